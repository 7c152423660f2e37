import { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import type { ValueJoiner } from '../../functions.ts'
import type { JoinWindows } from '../../windows.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { JoinWindow } from './stream-stream-window.ts'

export interface StreamSelfJoin<K, V, VR> {
  readonly storeName: string
  readonly windows: JoinWindows
  readonly joiner: ValueJoiner<K, V, V, VR>
}

/** A stream joined with itself over one store in place of two. Results come in the order in which two stores would give them. */
export class StreamSelfJoinProcessor<K, V, VR> implements Processor<K, V> {
  readonly #join: StreamSelfJoin<K, V, VR>
  #context!: DslContext
  #window!: JoinWindow<K, V>
  #streamTime = -1

  constructor(join: StreamSelfJoin<K, V, VR>) {
    this.#join = join
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#window = new JoinWindow(context, this.#join.storeName)
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

    const window = this.#window
    const older = window.fetch(key, timestamp - windows.beforeMs, timestamp + windows.afterMs)
    while (older.next()) this.#forward(record, joiner(value, window.valueAt(older), key), older.time)
    // What is newer than the record itself comes after it.
    const newer = window.fetch(key, timestamp - windows.afterMs, timestamp + windows.beforeMs)
    while (newer.next()) {
      const { time } = newer
      if (isSelfDue && time > timestamp) {
        isSelfDue = false
        this.#forward(record, withItself, timestamp)
      }
      this.#forward(record, joiner(window.valueAt(newer), value, key), time)
    }
    if (isSelfDue) this.#forward(record, withItself, timestamp)
  }

  #forward(record: Record<K, V>, result: VR, time: number): void {
    const { key, timestamp, headers } = record
    this.#context.forward(new Record(key, result ?? undefined, time > timestamp ? time : timestamp, headers))
  }
}
