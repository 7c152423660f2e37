import type { Socket } from 'node:net'
import { decodeResponse, encodeRequest } from '../protocol/codec.ts'
import { saslHandshake } from '../protocol/messages/17-sasl-handshake.ts'
import { saslAuthenticate } from '../protocol/messages/36-sasl-authenticate.ts'
import type { ApiDefinition, RequestInput, ResponseOf } from '../protocol/schema.ts'
import { parseVersions } from '../protocol/versions.ts'
import type { BufferPool } from './buffer-pool.ts'
import { BrokerUnavailableError, ClosedError, TimeoutError, UnsupportedVersionError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { FrameReader } from './frame-reader.ts'
import type { Frame } from './frame-reader.ts'
import type { Endpoint } from './options.ts'
import { openSocket } from './socket.ts'
import type { SocketOptions } from './socket.ts'

export interface ConnectionOptions extends Pick<SocketOptions, 'tls'> {
  readonly clientId: string
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Where large responses live; see {@link ReceivedResponse.release}. */
  readonly pool?: BufferPool | undefined
  /** Called once, when the connection is no more. */
  readonly onClose?: ((error: ClientError) => void) | undefined
}

export interface RequestOptions {
  /** Default: the connection's. Requests that wait at the broker must add their wait. */
  readonly timeoutMs?: number | undefined
  /** The newest version this caller can deal with. */
  readonly maxVersion?: number | undefined
}

/** A decoded response together with the memory that its byte fields are views of. */
export interface ReceivedResponse<A extends ApiDefinition> {
  readonly body: ResponseOf<A>
  /** The size of all of it. */
  readonly byteLength: number
  /** Lets the connection use the memory again; nobody has to. Afterwards byte fields of `body` are garbage. */
  release(): void
}

interface Pending {
  readonly correlationId: number
  readonly what: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: ClientError) => void
}

/** Levels of what works across all brokers of a cluster (KIP-584). Of two, the one with the higher epoch is newer. */
export interface Features {
  readonly epoch: number
  readonly levels: ReadonlyMap<string, number>
}

export const NO_FEATURES: Features = { epoch: -1, levels: new Map() }

/** How long the broker takes this client for who it said it is, and how it says so again (KIP-368). */
interface Proof {
  /** By performance.now(). */
  readonly renewAt: number
  readonly renew: () => Promise<void>
}

const LARGEST_CORRELATION_ID = 0x7fffffff

/**
 * One connection to one broker: requests go out as they come, answers come back in the same order. The first thing that
 * goes wrong (time-out, broken socket, an answer to another question) ends the connection and rejects everything that
 * waits on it with a retriable error.
 */
export class Connection {
  readonly endpoint: Endpoint
  readonly #options: ConnectionOptions
  readonly #pending: Pending[] = []
  #socket: Socket | undefined
  #correlationId = 0
  #closed: ClientError | undefined
  /** By api key, what the broker offers; empty before {@link offer}. */
  #offered = new Map<number, { min: number; max: number }>()
  #features: Features = NO_FEATURES
  #proof: Proof | undefined
  #isProving = false
  /** Requests that wait until the client has proven again who it is. */
  readonly #held: (() => void)[] = []

  private constructor(endpoint: Endpoint, options: ConnectionOptions) {
    this.endpoint = endpoint
    this.#options = options
  }

  /**
   * A connected socket, before any hand-shake.
   * @throws {BrokerUnavailableError} {@link TimeoutError}
   */
  static async open(endpoint: Endpoint, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(endpoint, options)
    const reader = new FrameReader((frame) => connection.#receive(frame), options.pool)
    const socket = await openSocket(endpoint, {
      tls: options.tls,
      timeoutMs: options.connectTimeoutMs,
      onData: (buffer, length) => {
        try {
          reader.push(buffer, length)
        } catch (error) {
          connection.close(error as ClientError)
        }
      },
    })
    connection.#socket = socket
    socket.on('error', (error) => connection.close(connection.#lost(error.message, error)))
    socket.on('close', () => connection.close(connection.#lost('the broker closed it')))
    socket.on('end', () => connection.close(connection.#lost('the broker closed it')))
    return connection
  }

  get alive(): boolean {
    return this.#closed === undefined
  }

  /** Requests sent and not answered yet. */
  get pending(): number {
    return this.#pending.length
  }

  /** Notes which versions the broker knows, and what works across the cluster. */
  offer(apis: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[], features = NO_FEATURES): void {
    this.#offered = new Map(apis.map((api) => [api.apiKey, { min: api.minVersion, max: api.maxVersion }]))
    this.#features = features
  }

  /** What the broker said of its cluster when the connection was made. */
  get features(): Features {
    return this.#features
  }

  /** Has `renew` called before the first request after `renewAt`, by performance.now(). When it fails the connection is closed. */
  renewProof(renewAt: number, renew: () => Promise<void>): void {
    this.#proof = { renewAt, renew }
  }

  /** Nothing may come between the messages of a proof. Those themselves do not wait. */
  #mustWait(api: ApiDefinition): boolean {
    const proof = this.#proof
    if (proof === undefined || api.key === saslHandshake.key || api.key === saslAuthenticate.key) return false
    if (!this.#isProving && performance.now() >= proof.renewAt) this.#renew(proof)
    return this.#isProving
  }

  #renew({ renew }: Proof): void {
    this.#isProving = true
    renew().then(() => {
      this.#isProving = false
      for (const send of this.#held.splice(0)) send()
    }, (error: ClientError) => this.close(error))
  }

  /** The newest version both sides know. @throws {UnsupportedVersionError} */
  versionOf(api: ApiDefinition, maxVersion = Infinity): number {
    const ours = parseVersions(api.versions)
    const theirs = this.#offered.get(api.key)
    const version = Math.min(ours.max, theirs?.max ?? -1, maxVersion)
    if (theirs !== undefined && version >= Math.max(ours.min, theirs.min)) return version
    const { host, port } = this.endpoint
    throw new UnsupportedVersionError(
      `broker ${host}:${port} ${theirs === undefined ? `does not know ${api.name}` : `knows ${api.name} ${theirs.min} to ${theirs.max}`}, this client ${ours.min} to ${Math.min(ours.max, maxVersion)}`,
    )
  }

  /** Whether the broker knows this request in a version that we know too. */
  supports(api: ApiDefinition, minVersion = 0): boolean {
    const ours = parseVersions(api.versions)
    const theirs = this.#offered.get(api.key)
    return theirs !== undefined && Math.min(ours.max, theirs.max) >= Math.max(ours.min, theirs.min, minVersion)
  }

  /**
   * Sends a request and gives the decoded answer. Error codes inside of the answer are the caller's business.
   * @throws {BrokerUnavailableError} {@link TimeoutError} {@link UnsupportedVersionError} {@link ClosedError}
   */
  async request<A extends ApiDefinition>(api: A, body: RequestInput<A>, options: RequestOptions = {}): Promise<ResponseOf<A>> {
    return (await this.receive(api, body, options)).body
  }

  /** The same for callers that can say when they are done with the bytes. */
  async receive<A extends ApiDefinition>(api: A, body: RequestInput<A>, options: RequestOptions = {}): Promise<ReceivedResponse<A>> {
    const version = this.versionOf(api, options.maxVersion)
    const frame = await this.#exchange(api, version, body, options.timeoutMs ?? this.#options.requestTimeoutMs)
    return { body: decodeResponse(api, version, frame.bytes), byteLength: frame.bytes.length, release: frame.release }
  }

  /** The same without decoding: the frame from the correlation id on. For answers whose layout is not known beforehand. */
  async requestFrame<A extends ApiDefinition>(api: A, version: number, body: RequestInput<A>, timeoutMs: number): Promise<Buffer> {
    return (await this.#exchange(api, version, body, timeoutMs)).bytes
  }

  /** Sends a request that the broker never answers (acks = 0). Resolves when the kernel has the bytes. */
  sendOneWay<A extends ApiDefinition>(api: A, body: RequestInput<A>, options: RequestOptions = {}): Promise<void> {
    const version = this.versionOf(api, options.maxVersion)
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#closed
      if (this.#mustWait(api)) {
        this.#held.push(() => this.sendOneWay(api, body, options).then(resolve, reject))
        return
      }
      this.#write(encodeRequest(api, version, { correlationId: this.#nextId(), clientId: this.#options.clientId }, body), (error) => {
        if (error == null) resolve()
        else reject(this.#lost(error.message, error))
      })
    })
  }

  /** Ends the connection; what waits on it is rejected with `error`. */
  close(error: ClientError = new ClosedError('the connection was closed')): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#socket?.destroy()
    for (const pending of this.#pending.splice(0)) {
      clearTimeout(pending.timer)
      pending.reject(error)
    }
    // Each finds the connection closed.
    for (const send of this.#held.splice(0)) send()
    this.#options.onClose?.(error)
  }

  #exchange<A extends ApiDefinition>(api: A, version: number, body: RequestInput<A>, timeoutMs: number): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed)
        return
      }
      if (this.#mustWait(api)) {
        this.#held.push(() => this.#exchange(api, version, body, timeoutMs).then(resolve, reject))
        return
      }
      const correlationId = this.#nextId()
      const buffers = encodeRequest(api, version, { correlationId, clientId: this.#options.clientId }, body)
      const timer = setTimeout(() => this.#expire(correlationId, timeoutMs), timeoutMs)
      this.#pending.push({ correlationId, what: api.name, timer, resolve, reject })
      this.#write(buffers)
    })
  }

  #nextId(): number {
    const id = this.#correlationId
    this.#correlationId = id === LARGEST_CORRELATION_ID ? 0 : id + 1
    return id
  }

  #write(buffers: readonly Buffer[], done?: (error?: Error | null) => void): void {
    const socket = this.#socket!
    if (buffers.length === 1) {
      socket.write(buffers[0]!, done)
      return
    }
    socket.cork()
    for (let i = 0; i < buffers.length - 1; i++) socket.write(buffers[i]!)
    socket.write(buffers[buffers.length - 1]!, done)
    socket.uncork()
  }

  #receive(frame: Frame): void {
    const pending = this.#pending.shift()
    const correlationId = frame.bytes.readInt32BE(0)
    if (pending === undefined || pending.correlationId !== correlationId) {
      if (pending !== undefined) this.#pending.unshift(pending)
      this.close(this.#lost(`answer ${correlationId} came where ${pending?.correlationId ?? 'none'} was expected`))
      return
    }
    clearTimeout(pending.timer)
    pending.resolve(frame)
  }

  /** A timer that is due after a long synchronous stretch runs before the sockets are read: look again after they were. */
  #expire(correlationId: number, timeoutMs: number): void {
    setImmediate(() => {
      const waiting = this.#pending.find((pending) => pending.correlationId === correlationId)
      if (waiting === undefined) return
      const { host, port } = this.endpoint
      this.close(new TimeoutError(`broker ${host}:${port} did not answer ${waiting.what} within ${timeoutMs} ms`))
    })
  }

  #lost(why: string, cause?: Error): BrokerUnavailableError {
    const { host, port } = this.endpoint
    return new BrokerUnavailableError(`the connection to broker ${host}:${port} is lost: ${why}`, { cause })
  }
}
