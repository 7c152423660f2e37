import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { decodeResponse, encodeRequest } from '../../../lib/protocol/index.ts'
import type { ApiDefinition, RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'

interface Waiting {
  readonly resolve: (frame: Buffer) => void
  readonly reject: (error: Error) => void
}

/** A client of one socket that says what it is told to: no retries, no metadata, no second thoughts. */
export class RawClient {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  #received: Buffer = Buffer.alloc(0)
  #nextId = 1
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    // Whatever ends a connection, that it has ended is what tests look at.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
    void this.closed.then(() => this.#waiting.splice(0).forEach(({ reject }) => reject(new Error('the connection was closed'))))
  }

  static async connect(address: string, tls?: ConnectionOptions): Promise<RawClient> {
    const [host, port] = address.split(':')
    // Requests go out in pieces, none of which is to wait for an acknowledgement of the one before.
    const to = { host: host!, port: Number(port), noDelay: true }
    const socket = tls === undefined ? connect(to) : connectTls({ ...to, ...tls })
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve)
      socket.once('error', reject)
    })
    return new RawClient(socket)
  }

  #data(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const frame = this.#received.subarray(4, end)
      this.#received = this.#received.subarray(end)
      this.#waiting.shift()?.resolve(frame)
    }
  }

  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** The next frame that comes, without its size. */
  nextFrame(): Promise<Buffer> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Sends a request to which no response comes. */
  send<A extends ApiDefinition>(api: A, version: number, body: RequestInput<A>): void {
    for (const piece of encodeRequest(api, version, { correlationId: this.#nextId++, clientId: 'raw' }, body)) this.write(piece)
  }

  async request<A extends ApiDefinition>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const correlationId = this.#nextId
    const frame = this.nextFrame()
    this.send(api, version, body)
    const answer = await frame
    expect(answer.readInt32BE(0)).toBe(correlationId)
    return decodeResponse(api, version, answer)
  }

  close(): void {
    this.#socket.destroy()
  }
}
