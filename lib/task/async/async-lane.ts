import type { Record } from '../../../topology/api.ts'
import type { AsyncCall, AsyncCalls, CheckedAsyncOptions } from '../../../topology/async.ts'
import type { AsyncItem } from './async-item.ts'
import type { CallOrder } from './call-order.ts'
import { KeyOrder } from './key-order.ts'
import { PartitionOrder } from './partition-order.ts'

/** What a lane asks of the task. */
export interface LaneHost {
  /** Notes a call for the record being processed. */
  enter(record: Record<unknown, unknown>, call: (call: AsyncCall) => unknown, done: (result: unknown) => void): AsyncItem
  /** A result may be delivered. */
  ready(): void
}

/** The calls of one processor. */
export class AsyncLane implements AsyncCalls {
  readonly nodeName: string
  readonly order: CallOrder
  readonly #host: LaneHost
  #isClosed = false

  constructor(nodeName: string, { concurrency, order, timeoutMs }: CheckedAsyncOptions, host: LaneHost) {
    this.nodeName = nodeName
    this.#host = host
    const settled = (item: AsyncItem): void => {
      if (!this.#isClosed && this.order.settled(item)) host.ready()
    }
    const begin = (item: AsyncItem): void => item.begin(timeoutMs, settled)
    this.order = order === 'partition' ? new PartitionOrder(concurrency, begin) : new KeyOrder(concurrency, begin)
  }

  start<K, V, R>(record: Record<K, V>, call: (call: AsyncCall) => R | PromiseLike<R>, done: (result: R) => void): void {
    if (this.#isClosed) return
    this.order.add(this.#host.enter(record, call, done as (result: unknown) => void))
  }

  /** Aborts what is under way; nothing is delivered any more. */
  close(): void {
    this.#isClosed = true
    for (const item of this.order.clear()) item.abandon()
  }
}
