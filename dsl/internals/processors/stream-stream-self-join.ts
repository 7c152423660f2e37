import { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import type { WindowStore } from '../../../stores/window-store.ts'
import type { ValueJoiner } from '../../functions.ts'
import type { JoinWindows } from '../../windows.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'

export interface StreamSelfJoin<K, V, VR> {
  readonly storeName: string
  readonly windows: JoinWindows
  readonly joiner: ValueJoiner<K, V, V, VR>
}

/** A stream joined with itself over one store in place of two. Results come in the order in which two stores would give them. */
export class StreamSelfJoinProcessor<K, V, VR> implements Processor<K, V> {
  readonly #join: StreamSelfJoin<K, V, VR>
  #context!: DslContext
  #store!: WindowStore<K, V>
  #streamTime = -1

  constructor(join: StreamSelfJoin<K, V, VR>) {
    this.#join = join
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#store = context.getStateStore<WindowStore<K, V>>(this.#join.storeName)
  }

  process(record: Record<K, V>): void {
    const { key, value, timestamp } = record
    const { joiner, windows } = this.#join
    if (key === undefined || value === undefined) {
      this.#context.recordDropped('null join key or value')
      return
    }
    const withItself = joiner(value, value, key)
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    let isSelfDue = timestamp > this.#streamTime - (windows.size + windows.gracePeriodMs) + 1

    for (const [time, other] of this.#within(key, timestamp - windows.beforeMs, timestamp + windows.afterMs)) {
      this.#forward(record, joiner(value, other, key), time)
    }
    // What is newer than the record itself comes after it.
    for (const [time, other] of this.#within(key, timestamp - windows.afterMs, timestamp + windows.beforeMs)) {
      if (isSelfDue && time > timestamp) {
        isSelfDue = false
        this.#forward(record, withItself, timestamp)
      }
      this.#forward(record, joiner(other, value, key), time)
    }
    if (isSelfDue) this.#forward(record, withItself, timestamp)
  }

  #within(key: K, from: number, to: number) {
    return this.#store.fetch(key, Math.max(0, from), Math.max(0, to))
  }

  #forward(record: Record<K, V>, result: VR, time: number): void {
    const { key, timestamp, headers } = record
    this.#context.forward(new Record(key, result ?? undefined, time > timestamp ? time : timestamp, headers))
  }
}
