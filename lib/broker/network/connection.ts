import type { Socket } from 'node:net'
import { decodeRequest, encodeResponse } from '../../protocol/codec.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { decodeRequestHeader } from '../../protocol/request-header.ts'
import type { DecodedRequestHeader } from '../../protocol/request-header.ts'
import { inVersions } from '../../protocol/versions.ts'
import type { BrokerState } from '../broker-state.ts'
import type { FaultDecision } from '../faults.ts'
import type { AnyHandler, AnyRequest, AnyResponse, RequestContext } from '../handlers/handler.ts'
import { unsupportedVersionAnswer } from '../handlers/18-api-versions.ts'
import type { HandlerTable } from '../handlers/handler-table.ts'
import { FrameReader, FrameSizeError } from './frame-reader.ts'
import { ResponseQueue } from './response-queue.ts'

const API_VERSIONS = 18
/** No more requests are read from a connection while so many wait for their answers. */
const MAX_PENDING = 128
/** Nor while so many bytes of answers wait for the client to read them. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024

/** One client: reads requests, has them handled at once and in order, and answers in that order. */
export class Connection {
  readonly #socket: Socket
  readonly #broker: BrokerState
  readonly #handlers: HandlerTable
  readonly #frames: FrameReader
  readonly #responses: ResponseQueue
  readonly #closed = new AbortController()
  readonly #nodeId: number
  readonly #addressOf: RequestContext['addressOf']
  readonly #clientHost: string
  /** Requests behind one that waits for something: they must not overtake it. */
  readonly #held: Buffer[] = []
  #holds = 0

  constructor(socket: Socket, broker: BrokerState, handlers: HandlerTable, nodeId: number) {
    this.#socket = socket
    this.#broker = broker
    this.#handlers = handlers
    this.#nodeId = nodeId
    const { localAddress } = socket
    this.#addressOf = (id) => broker.addressFor(id, localAddress)
    this.#clientHost = `/${socket.remoteAddress ?? ''}`
    this.#frames = new FrameReader(broker.limits.maxRequestBytes, (frame) => this.#request(frame))
    this.#responses = new ResponseQueue((frame) => this.#write(frame))
    // Only the socket's own silence counts: a request that waits here is not idleness, but neither does it last so long.
    socket.setTimeout(Math.max(0, broker.config.number('connections.max.idle.ms')), () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    socket.on('drain', () => this.#resumeIfCalm())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#closed.abort())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #data(chunk: Buffer): void {
    this.#socket.cork()
    this.#guarded(() => this.#frames.push(chunk))
    this.#socket.uncork()
    if (this.#responses.length >= MAX_PENDING) this.#socket.pause()
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#drop(error)
    }
  }

  /** Whatever a client sends that cannot be answered costs it the connection, and nobody else anything. */
  #drop(error: unknown): void {
    if (this.#socket.destroyed) return
    const expected = error instanceof ProtocolError || error instanceof FrameSizeError
    const fields = { client: this.#clientHost, error: error instanceof Error ? error.message : String(error) }
    if (expected) this.#broker.logger.debug(fields, 'connection closed: the request cannot be read')
    else this.#broker.logger.error({ ...fields, stack: error instanceof Error ? error.stack : undefined }, 'connection closed: a handler failed')
    this.#socket.destroy()
  }

  #request(frame: Buffer): void {
    if (this.#socket.destroyed) return
    if (this.#holds > 0) {
      this.#held.push(frame)
      return
    }
    const handler = frame.length < 2 ? undefined : this.#handlers.get(frame.readInt16BE(0))
    if (handler instanceof Promise) {
      this.#held.unshift(frame)
      this.#hold(handler)
      return
    }
    const header = decodeRequestHeader(frame, handler?.api)
    const isSupported = inVersions(handler?.api.versions, header.apiVersion)
    if (handler === undefined || !isSupported) {
      if (header.apiKey !== API_VERSIONS) throw new FrameSizeError(`api ${header.apiKey} version ${header.apiVersion} is not supported`)
      this.#responses.reserve()(unsupportedVersionAnswer(header.correlationId))
      return
    }
    const request = decodeRequest(handler.api, header.apiVersion, header.reader)
    const respond = this.#responses.reserve()
    const fault = this.#broker.faults.decide(header.apiKey, { apiVersion: header.apiVersion, clientId: header.clientId ?? '', request })
    const answer = fault === undefined ? handler.handle(request, this.#context(header)) : this.#faulty(fault, handler, header, request)
    if (answer instanceof Promise) {
      answer.then((body) => this.#respond(respond, handler, header, body)).catch((error: unknown) => this.#drop(error))
    } else {
      this.#respond(respond, handler, header, answer)
    }
  }

  #context(header: DecodedRequestHeader): RequestContext {
    return {
      broker: this.#broker,
      apiVersion: header.apiVersion,
      clientId: header.clientId ?? '',
      clientHost: this.#clientHost,
      nodeId: this.#nodeId,
      addressOf: this.#addressOf,
      closed: this.#closed.signal,
      hold: (until) => this.#hold(until),
      disconnect: () => this.#socket.destroySoon(),
    }
  }

  async #faulty(pending: Promise<FaultDecision>, handler: AnyHandler, header: DecodedRequestHeader, request: AnyRequest): Promise<AnyResponse | undefined> {
    this.#holds++
    const { disconnect, error, alter } = await pending
    if (disconnect === 'before') this.#socket.destroy()
    if (this.#socket.destroyed) return undefined
    const running = error === undefined ? handler.handle(request, this.#context(header)) : handler.fail(request, error)
    this.#releaseHeld()
    const answer = await running
    if (disconnect === 'after') this.#socket.destroy()
    return answer === undefined || alter === undefined ? answer : (alter(answer) as AnyResponse)
  }

  #hold(until: Promise<unknown>): void {
    this.#holds++
    const release = (): void => this.#guarded(() => this.#releaseHeld())
    until.then(release, (error: unknown) => {
      release()
      this.#drop(error)
    })
  }

  #releaseHeld(): void {
    this.#holds--
    while (this.#holds === 0 && this.#held.length > 0) this.#request(this.#held.shift()!)
  }

  #respond(respond: (frame: readonly Buffer[]) => void, handler: AnyHandler, header: DecodedRequestHeader, body: AnyResponse | undefined): void {
    respond(body === undefined ? [] : encodeResponse(handler.api, header.apiVersion, header.correlationId, body))
    if (this.#socket.isPaused()) this.#resumeIfCalm()
  }

  #write(frame: readonly Buffer[]): void {
    const socket = this.#socket
    if (socket.destroyed) return
    socket.cork()
    for (const piece of frame) socket.write(piece)
    socket.uncork()
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.pause()
  }

  #resumeIfCalm(): void {
    if (this.#responses.length < MAX_PENDING && this.#socket.writableLength <= MAX_UNSENT_BYTES) this.#socket.resume()
  }
}
