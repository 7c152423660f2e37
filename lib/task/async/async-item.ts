import type { Headers } from '../../core/headers.ts'
import type { Record, RecordContext } from '../../../topology/api.ts'
import type { AsyncCall } from '../../../topology/async.ts'
import type { RecordState } from '../record-state.ts'
import { AsyncAbortedError, AsyncTimeoutError } from '../errors.ts'
import type { SourceAnchor } from './source-anchor.ts'

/** What a call is told; its signal is made when it is asked for. */
class CallInfo implements AsyncCall {
  readonly topic: string | undefined
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: Headers
  #controller: AbortController | undefined
  #reason: Error | undefined

  constructor({ topic, partition, offset, timestamp, headers }: RecordContext) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.headers = headers
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** One call: from its record to the delivery of its result. */
export class AsyncItem {
  readonly record: Record<unknown, unknown>
  /** The state of the task when the call was asked for, and again when its result is delivered. */
  readonly context: RecordContext
  readonly isSent: boolean
  readonly contextRecord: object | undefined
  /** Undefined where no source record is the cause, as in punctuators: a commit waits for such work. */
  readonly anchor: SourceAnchor | undefined
  readonly done: (result: unknown) => void
  result: unknown = undefined
  error: unknown = undefined
  hasFailed = false
  isSettled = false
  /** The next one of the same key, which waits for this. */
  nextOfKey: AsyncItem | undefined
  #call: ((call: AsyncCall) => unknown) | undefined
  #info: CallInfo | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(
    record: Record<unknown, unknown>,
    state: RecordState,
    anchor: SourceAnchor | undefined,
    call: (call: AsyncCall) => unknown,
    done: (result: unknown) => void,
  ) {
    this.record = record
    this.context = anchor === undefined ? state.kept() : keptUnder(anchor, state)
    this.isSent = state.isSent
    this.contextRecord = state.record
    this.anchor = anchor
    this.#call = call
    this.done = done
  }

  /** Makes the call; `onSettled` is told once, never before this returns. */
  begin(timeoutMs: number | undefined, onSettled: (item: AsyncItem) => void): void {
    const call = this.#call!
    const info = new CallInfo(this.context)
    this.#call = undefined
    this.#info = info
    const settle = (hasFailed: boolean, result: unknown): void => {
      if (this.isSettled) return
      clearTimeout(this.#timer)
      this.isSettled = true
      this.hasFailed = hasFailed
      if (hasFailed) this.error = result
      else this.result = result
      onSettled(this)
    }
    // the executor catches what the call throws at once
    new Promise((resolve) => resolve(call(info))).then(
      (result) => settle(false, result),
      (error: unknown) => settle(true, error),
    )
    if (timeoutMs === undefined) return
    this.#timer = setTimeout(() => {
      const error = new AsyncTimeoutError(timeoutMs)
      settle(true, error)
      info.abort(error)
    }, timeoutMs)
  }

  /** The result is no longer wanted, and will not be told. */
  abandon(): void {
    if (this.isSettled) return
    this.isSettled = true
    clearTimeout(this.#timer)
    this.#info?.abort(new AsyncAbortedError())
  }
}

/** The state shows the anchor as the source of the record, so that work that follows from the result has the same one. */
const keptUnder = (source: SourceAnchor, state: RecordState): RecordContext => ({ ...state.context(), source }) as RecordContext
