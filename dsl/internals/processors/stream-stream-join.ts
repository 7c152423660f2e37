import { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import type { ValueJoiner } from '../../functions.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import type { SharedUnmatchedRecords, UnmatchedRecords } from './stream-stream-unmatched.ts'
import { JoinWindow } from './stream-stream-window.ts'

/** One side of a join, which reads what the other side has kept. */
export interface StreamJoinSide<K, V, VO, VR> {
  readonly isLeft: boolean
  /** The other side's records. */
  readonly otherStoreName: string
  readonly joiner: ValueJoiner<K, unknown, unknown, VR>
  /** How much older than a record of this side a partner may be, ms; below 0: how much newer it has to be. */
  readonly beforeMs: number
  /** How much newer it may be. */
  readonly afterMs: number
  /** Records of this side that have no partner are results, too. */
  readonly keepsUnmatched: boolean
  /** Undefined for inner joins. */
  readonly unmatched: SharedUnmatchedRecords<K, V, VO, VR> | undefined
}

/** Joins each record of one stream with the records of the other that are in its window already. */
export class StreamStreamJoinProcessor<K, V, VO, VR> implements Processor<K, V> {
  readonly #side: StreamJoinSide<K, V, VO, VR>
  #context!: DslContext
  #others!: JoinWindow<K, VO>
  #unmatched: UnmatchedRecords<K, V, VO, VR> | undefined

  constructor(side: StreamJoinSide<K, V, VO, VR>) {
    this.#side = side
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#others = new JoinWindow(context, this.#side.otherStoreName)
    this.#unmatched = this.#side.unmatched?.of(context)
  }

  process(record: Record<K, V>): void {
    const { key, value, timestamp } = record
    const { keepsUnmatched, afterMs } = this.#side
    const unmatched = this.#unmatched
    unmatched?.advance(timestamp)
    if (key === undefined || value === undefined) {
      if (keepsUnmatched && value !== undefined) this.#forwardAlone(record)
      else this.#context.recordDropped('null join key or value')
      return
    }
    if (unmatched !== undefined && timestamp === unmatched.streamTime) unmatched.emitClosed(record, afterMs, this.#context)
    if (this.#joinAll(record) || !keepsUnmatched || unmatched === undefined) return
    if (Math.max(0, timestamp + afterMs) < unmatched.streamTime) this.#forwardAlone(record)
    else unmatched.add(this.#side.isLeft, record)
  }

  /** False when there was no partner. */
  #joinAll(record: Record<K, V>): boolean {
    const { isLeft, joiner, beforeMs, afterMs } = this.#side
    const { key, value, timestamp, headers } = record
    const others = this.#others.fetch(key, timestamp - beforeMs, timestamp + afterMs)
    let isJoined = false
    while (others.next()) {
      const { time } = others
      const other = this.#others.valueAt(others)
      isJoined = true
      this.#unmatched?.remove(!isLeft, key, time)
      const result = isLeft ? joiner(value, other, key) : joiner(other, value, key)
      this.#context.forward(new Record(key, result ?? undefined, time > timestamp ? time : timestamp, headers))
    }
    return isJoined
  }

  #forwardAlone(record: Record<K, V>): void {
    const { isLeft, joiner } = this.#side
    const { key, value } = record
    const result = isLeft ? joiner(value, undefined, key) : joiner(undefined, value, key)
    this.#context.forward(record.withValue(result ?? undefined))
  }
}
