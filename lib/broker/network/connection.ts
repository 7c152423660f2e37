import type { Socket } from 'node:net'
import { decodeRequest, encodeResponse, encodeResponseFrame } from '../../protocol/codec.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { decodeRequestHeader } from '../../protocol/request-header.ts'
import type { FramePiece } from '../../protocol/message-writer.ts'
import type { DecodedRequestHeader } from '../../protocol/request-header.ts'
import { inVersions } from '../../protocol/versions.ts'
import { StorageError } from '../errors.ts'
import { handleFaulty } from '../faults/faults.ts'
import type { AnyHandler, AnyRequest, AnyResponse, RequestContext } from '../handlers/handler.ts'
import { unsupportedVersionAnswer } from '../handlers/18-api-versions.ts'
import type { SaslSession } from '../security/sasl-session.ts'
import { FrameReader, FrameSizeError } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'
import { addressOfNode } from './listener.ts'
import type { Listener } from './listener.ts'
import { ResponseQueue } from './response-queue.ts'
import type { ServerParts } from './server.ts'

const API_VERSIONS = 18
/** No more requests of a connection are handled while so many wait for their answers. */
const MAX_PENDING = 128
/** How many things a request may list, in all: what is decoded takes many times the bytes that came. */
const MAX_ELEMENTS = 1_000_000
const NO_FRAME: readonly Buffer[] = []

/** One client: reads requests, has them handled at once and in order, and answers in that order. */
export class Connection {
  readonly #socket: Socket
  readonly #parts: ServerParts
  readonly #listener: Listener
  readonly #frames: FrameReader
  readonly #responses: ResponseQueue
  readonly #writer: FrameWriter
  readonly #closed = new AbortController()
  readonly #addressOf: RequestContext['addressOf']
  readonly #clientHost: string
  /** Asked before any request is handled, on a listener whose clients have to say who they are. */
  readonly #sasl: SaslSession | undefined
  #principal: string
  /** Requests behind one that waits for something, which they must not overtake; and behind too many answers. */
  readonly #held: Buffer[] = []
  #holds = 0
  #isCatchingUp = false
  #isRefused = false
  /** Memory taken for a request that is being read, and by all that were read and are not answered. */
  #partialBytes = 0
  #queuedBytes = 0
  #stopWaiting: (() => void) | undefined

  /** `principal`: who the client is by its certificate, or nobody in particular. */
  constructor(socket: Socket, parts: ServerParts, listener: Listener, principal: string) {
    const { broker } = parts
    const { localAddress } = socket
    this.#socket = socket
    this.#parts = parts
    this.#listener = listener
    this.#principal = principal
    this.#sasl = listener.hasSasl ? parts.newSaslSession!() : undefined
    this.#addressOf = (id) => ({ ...addressOfNode(broker.listeners, listener.name, id, localAddress), rack: broker.cluster.rackOf(id) })
    this.#clientHost = `/${socket.remoteAddress ?? ''}`
    const maxBytes = this.#sasl === undefined ? broker.limits.maxRequestBytes : broker.config.number('sasl.server.max.receive.size')
    this.#frames = new FrameReader(maxBytes, (frame) => this.#arrived(frame), (bytes) => this.#admit(bytes))
    this.#writer = new FrameWriter(socket, { onSent: () => this.#catchUp(), onError: (error) => this.#drop(error) })
    this.#responses = new ResponseQueue((frame) => this.#writer.write(frame))
    // Only the socket's own silence counts: a request that waits here is not idleness, but neither does it last so long.
    socket.setTimeout(Math.max(0, broker.config.number('connections.max.idle.ms')), () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    socket.on('drain', () => this.#catchUp())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#close())
  }

  #data(chunk: Buffer): void {
    this.#socket.cork()
    this.#guarded(() => this.#frames.push(chunk))
    this.#socket.uncork()
    if (this.#held.length > 0 || this.#frames.isStalled || this.#isBusy()) this.#socket.pause()
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
    const { logger } = this.#parts.broker
    const expected = error instanceof ProtocolError || error instanceof FrameSizeError
    const fields = { client: this.#clientHost, error: error instanceof Error ? error.message : String(error) }
    if (expected) logger.debug(fields, 'connection closed: the request cannot be read')
    else logger.error({ ...fields, stack: error instanceof Error ? error.stack : undefined }, 'connection closed: a handler failed')
    this.#socket.destroy()
  }

  #close(): void {
    this.#closed.abort()
    this.#writer.close()
    this.#responses.close()
    this.#stopWaiting?.()
    this.#parts.memory.give(this.#partialBytes + this.#queuedBytes)
    this.#partialBytes = 0
    this.#queuedBytes = 0
    this.#held.length = 0
  }

  /** Whether there is memory for a request that comes in pieces; if not, it is read on when there is. */
  #admit(bytes: number): boolean {
    const { memory } = this.#parts
    if (memory.isExhausted) {
      this.#stopWaiting = memory.wait(() => {
        this.#guarded(() => this.#frames.retry())
        this.#catchUp()
      })
      return false
    }
    this.#partialBytes = bytes
    memory.take(bytes)
    return true
  }

  #arrived(frame: Buffer): void {
    if (this.#partialBytes > 0) {
      this.#parts.memory.give(this.#partialBytes)
      this.#partialBytes = 0
    }
    if (this.#held.length === 0 && !this.#isBusy()) this.#request(frame)
    else this.#hold(frame)
  }

  /** While it waits for a request, or its client does not read its answers, a connection lets no further one in. */
  #isBusy(): boolean {
    return this.#holds > 0 || this.#responses.length >= MAX_PENDING || this.#writer.unsentBytes > this.#parts.broker.limits.maxUnsentBytes
  }

  #hold(frame: Buffer): void {
    this.#held.push(frame)
    this.#take(frame.length)
  }

  #take(bytes: number): void {
    this.#queuedBytes += bytes
    this.#parts.memory.take(bytes)
  }

  #give(bytes: number): void {
    // What a connection had when it was closed has been given back.
    if (this.#queuedBytes < bytes) return
    this.#queuedBytes -= bytes
    this.#parts.memory.give(bytes)
  }

  /** Goes on with what was held up, if nothing holds it up any longer, and with reading. */
  #catchUp(): void {
    if (this.#isCatchingUp || this.#socket.destroyed) return
    this.#isCatchingUp = true
    this.#guarded(() => {
      while (this.#held.length > 0 && !this.#isBusy()) {
        const frame = this.#held.shift()!
        this.#give(frame.length)
        this.#request(frame)
      }
    })
    this.#isCatchingUp = false
    if (this.#held.length === 0 && !this.#isRefused && !this.#frames.isStalled && !this.#isBusy() && this.#socket.isPaused()) this.#socket.resume()
  }

  #request(frame: Buffer): void {
    if (this.#socket.destroyed || this.#isRefused) return
    const handler = frame.length < 2 ? undefined : this.#parts.handlers.get(frame.readInt16BE(0))
    if (handler instanceof Promise) {
      this.#held.unshift(frame)
      this.#take(frame.length)
      this.#holdUntil(handler)
      return
    }
    if (this.#sasl !== undefined && !this.#mayPass(this.#sasl, frame, handler)) return
    const header = decodeRequestHeader(frame, handler?.api)
    const isSupported = inVersions(handler?.api.versions, header.apiVersion)
    if (handler === undefined || !isSupported) {
      if (header.apiKey !== API_VERSIONS) throw new FrameSizeError(`api ${header.apiKey} version ${header.apiVersion} is not supported`)
      this.#responses.reserve()(unsupportedVersionAnswer(header.correlationId))
      return
    }
    header.reader.elementsLeft = MAX_ELEMENTS
    const request = decodeRequest(handler.api, header.apiVersion, header.reader)
    const respond = this.#responses.reserve()
    const answer = this.#parts.broker.faults.has(header.apiKey) ? this.#faulty(handler, header, request) : handler.handle(request, this.#context(header))
    if (answer instanceof Promise) this.#respondLater(respond, handler, header, request, answer, frame.length)
    else this.#respond(respond, handler, header, answer)
  }

  /** Whether a frame is a request of somebody who may come in; what it is otherwise is seen to here. */
  #mayPass(sasl: SaslSession, frame: Buffer, handler: AnyHandler | undefined): boolean {
    const verdict = sasl.take(frame)
    if (verdict.kind === 'request') return true
    if (verdict.kind === 'illegal') this.#refuse('a request came in the middle of authentication', illegalStateAnswer(frame, handler))
    else if (verdict.kind === 'refusal') this.#refuse(verdict.why, verdict.frame)
    else this.#responses.reserve()(verdict.frame)
    if (sasl.user !== undefined) {
      this.#principal = `User:${sasl.user}`
      this.#frames.maxBytes = this.#parts.broker.limits.maxRequestBytes
    }
    return false
  }

  /** Tells a client that it may not come in, after a moment, so that guessing takes long, and closes. */
  #refuse(why: string, frame: readonly Buffer[]): void {
    const { config, logger } = this.#parts.broker
    logger.info({ client: this.#clientHost, error: why }, 'connection closed: the client was not authenticated')
    this.#isRefused = true
    this.#socket.pause()
    const respond = this.#responses.reserve()
    const tell = (): void => {
      respond(frame)
      this.#writer.end()
    }
    const timer = setTimeout(tell, config.number('connection.failed.authentication.delay.ms'))
    this.#closed.signal.addEventListener('abort', () => clearTimeout(timer))
  }

  #context(header: DecodedRequestHeader): RequestContext {
    return {
      broker: this.#parts.broker,
      apiVersion: header.apiVersion,
      clientId: header.clientId ?? '',
      clientHost: this.#clientHost,
      principal: this.#principal,
      nodeId: this.#listener.nodeId,
      addressOf: this.#addressOf,
      closed: this.#closed.signal,
      hold: (until) => this.#holdUntil(until),
      disconnect: () => this.#writer.end(),
    }
  }

  async #faulty(handler: AnyHandler, { apiKey, apiVersion, clientId = '', ...header }: DecodedRequestHeader, request: AnyRequest): Promise<AnyResponse | undefined> {
    this.#holds++
    const decision = await this.#parts.broker.faults.decide(apiKey, { apiVersion, clientId, nodeId: this.#listener.nodeId, request })
    if (decision.disconnect === 'before') this.#socket.destroy()
    if (this.#socket.destroyed) return undefined
    const running = handleFaulty(decision, handler, request, this.#context({ apiKey, apiVersion, clientId, ...header }))
    this.#release()
    const answer = await running
    if (decision.disconnect === 'after') this.#socket.destroy()
    return answer
  }

  #holdUntil(until: Promise<unknown>): void {
    this.#holds++
    until.then(() => this.#release(), (error: unknown) => {
      this.#release()
      this.#drop(error)
    })
  }

  #release(): void {
    this.#holds--
    this.#catchUp()
  }

  #respondLater(respond: (frame: readonly FramePiece[]) => void, handler: AnyHandler, header: DecodedRequestHeader, request: AnyRequest, answer: Promise<AnyResponse | undefined>, bytes: number): void {
    this.#take(bytes)
    const settled = answer.then((body) => {
      this.#give(bytes)
      this.#respond(respond, handler, header, body)
    }, (error: unknown) => {
      this.#give(bytes)
      if (!(error instanceof StorageError)) throw error
      this.#parts.broker.logger.error({ client: this.#clientHost, error: error.message }, 'a request failed')
      this.#respond(respond, handler, header, handler.fail(request, errorCodes.KAFKA_STORAGE_ERROR))
    })
    settled.catch((error: unknown) => this.#drop(error))
  }

  #respond(respond: (frame: readonly FramePiece[]) => void, handler: AnyHandler, header: DecodedRequestHeader, body: AnyResponse | undefined): void {
    respond(body === undefined ? NO_FRAME : encodeResponseFrame(handler.api, header.apiVersion, header.correlationId, body))
    if (this.#socket.isPaused()) this.#catchUp()
  }
}

/** What a request of another api is told in the middle of authentication; nothing when it cannot be read. */
const illegalStateAnswer = (frame: Buffer, handler: AnyHandler | undefined): readonly Buffer[] => {
  if (handler === undefined) return NO_FRAME
  try {
    const header = decodeRequestHeader(frame, handler.api)
    const request = decodeRequest(handler.api, header.apiVersion, header.reader)
    return encodeResponse(handler.api, header.apiVersion, header.correlationId, handler.fail(request, errorCodes.ILLEGAL_SASL_STATE))
  } catch {
    return NO_FRAME
  }
}
