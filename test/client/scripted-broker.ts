import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { decodeRequest, encodeResponse } from '../../lib/protocol/codec.ts'
import { definitions } from '../../lib/protocol/definitions.ts'
import { decodeRequestHeader } from '../../lib/protocol/request-header.ts'
import type { ApiDefinition, ResponseInput } from '../../lib/protocol/schema.ts'
import { apiVersions } from '../../lib/protocol/messages/18-api-versions.ts'
import { parseVersions } from '../../lib/protocol/versions.ts'
import { FrameReader } from '../../lib/client/frame-reader.ts'

/** A request that waits for the test to answer it. */
export interface ScriptedRequest {
  readonly api: ApiDefinition
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | undefined
  readonly body: Record<string, unknown>
  answer<A extends ApiDefinition>(api: A, body: ResponseInput<A>): void
  /** Raw bytes instead of an answer. */
  write(bytes: Buffer): void
  disconnect(): void
}

/** A server that does only what a test tells it: it answers the version question, everything else waits for the test. */
export class ScriptedBroker {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #requests: ScriptedRequest[] = []
  readonly #waiters: ((request: ScriptedRequest) => void)[] = []
  connections = 0
  /** False: the version question waits for the test too. */
  answersVersions = true
  /** Levels of what works across the cluster. */
  features: Readonly<Record<string, number>> = {}

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#accept(socket))
  }

  static async start(): Promise<ScriptedBroker> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ScriptedBroker(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** The next request in order of arrival. */
  next(): Promise<ScriptedRequest> {
    const waiting = this.#requests.shift()
    return waiting === undefined ? new Promise((resolve) => this.#waiters.push(resolve)) : Promise.resolve(waiting)
  }

  /** Requests that came and were not taken by {@link next}. */
  get waiting(): number {
    return this.#requests.length
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    this.connections += 1
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    const reader = new FrameReader(({ bytes }) => this.#receive(socket, bytes))
    socket.on('data', (data) => reader.push(data as Buffer))
  }

  #receive(socket: Socket, frame: Buffer): void {
    const api = definitions.get(frame.readInt16BE(0))!
    const { apiVersion, correlationId, clientId, reader } = decodeRequestHeader(frame, api)
    const request: ScriptedRequest = {
      api,
      version: apiVersion,
      correlationId,
      clientId,
      body: decodeRequest(api, apiVersion, reader) as Record<string, unknown>,
      answer: (of, body) => encodeResponse(of, apiVersion, correlationId, body).forEach((part) => socket.write(part)),
      write: (bytes) => void socket.write(bytes),
      disconnect: () => socket.destroy(),
    }
    if (api === apiVersions && this.answersVersions) request.answer(apiVersions, { ...everything, finalizedFeaturesEpoch: 0, finalizedFeatures: levels(this.features) })
    else (this.#waiters.shift() ?? ((late) => this.#requests.push(late)))(request)
  }
}

const levels = (features: Readonly<Record<string, number>>) =>
  Object.entries(features).map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level }))

/** Offers every version that our protocol has. */
const everything = {
  errorCode: 0,
  apiKeys: [...definitions.values()].map((api) => {
    const { min, max } = parseVersions(api.versions)
    return { apiKey: api.key, minVersion: min, maxVersion: max }
  }),
}
