import { Record } from '../../../topology/api.ts'
import type { ProcessorContext } from '../../../topology/api.ts'
import type { ValueJoiner } from '../../functions.ts'
import type { JoinWindows } from '../../windows.ts'
import type { UnmatchedStore } from '../unmatched-store-builder.ts'
import type { UnmatchedKey } from '../unmatched-serdes.ts'

const EMIT_INTERVAL = '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__'
const DEFAULT_EMIT_INTERVAL_MS = 1000

/**
 * The records of a left or outer join that have found no partner yet, of both sides, in one task. They go downstream when the
 * windows in which a partner could come are closed. It looks for them at most once in an interval of processing time, since that
 * reads the store from its beginning.
 */
export class UnmatchedRecords<K, V, VO, VR> {
  readonly #store: UnmatchedStore<K, V, VO>
  readonly #windows: JoinWindows
  readonly #joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>
  readonly #emitIntervalMs: number
  /** The largest timestamp of both sides. */
  streamTime = -1
  /** No record is older than this, or rather the last one seen that was not: Java moves it on while it looks, and so do we. */
  #minTime = Infinity
  #nextEmission = 0

  constructor(
    store: UnmatchedStore<K, V, VO>, windows: JoinWindows, joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>, emitIntervalMs: number,
  ) {
    this.#store = store
    this.#windows = windows
    this.#joiner = joiner
    this.#emitIntervalMs = emitIntervalMs
  }

  advance(timestamp: number): void {
    if (timestamp > this.streamTime) this.streamTime = timestamp
  }

  add(isLeft: boolean, { key, value, timestamp }: Record<K, V | VO>): void {
    if (timestamp < this.#minTime) this.#minTime = timestamp
    const place: UnmatchedKey<K> = { timestamp, isLeft, key }
    const before = this.#store.get(place)
    this.#store.put(place, { isLeft, values: before === undefined ? [value] : [...before.values, value] })
  }

  /** Records of that key, side and time have a partner now. */
  remove(isLeft: boolean, key: K, timestamp: number): void {
    const place: UnmatchedKey<K> = { timestamp, isLeft, key }
    if (this.#store.get(place) !== undefined) this.#store.put(place, undefined)
  }

  /** Sends records downstream whose windows are closed, oldest first. `afterMs`: how far the side of `cause` looks ahead. */
  emitClosed(cause: Record<K, unknown>, afterMs: number, context: ProcessorContext): void {
    const lookAhead = afterMs + this.#windows.gracePeriodMs
    // Java adds to its largest number when the store may be empty, which overflows unless nothing is added.
    const noneClosed = this.#minTime === Infinity ? lookAhead <= 0 : this.#minTime + lookAhead >= this.streamTime
    if (noneClosed) return
    const now = context.currentSystemTimeMs
    if (now < this.#nextEmission) return
    this.#nextEmission = now + this.#emitIntervalMs
    this.#minTime = Infinity
    this.#emitFrom(cause, context)
  }

  #emitFrom(cause: Record<K, unknown>, context: ProcessorContext): void {
    const { beforeMs, afterMs, gracePeriodMs } = this.#windows
    let emitted: UnmatchedKey<K> | undefined
    let isLeftOpen = false
    let isRightOpen = false
    places: for (const [place, { values }] of this.#store.all()) {
      const { timestamp, isLeft, key } = place
      const isOpen = timestamp + (isLeft ? afterMs : beforeMs) + gracePeriodMs >= this.streamTime
      for (const value of values) {
        this.#minTime = timestamp
        // What comes behind is open, too. That this is asked for each value decides where the next round begins.
        if (isLeftOpen && isRightOpen) break places
        if (isOpen) {
          if (isLeft) isLeftOpen = true
          else isRightOpen = true
          continue
        }
        const result = isLeft ? this.#joiner(value as V, undefined, key) : this.#joiner(undefined, value as VO, key)
        context.forward(new Record(key, result ?? undefined, timestamp, cause.headers))
        // One place late: if this one fails, the one before it is not lost with it.
        if (emitted !== undefined && emitted !== place) this.#store.put(emitted, undefined)
        emitted = place
      }
    }
    if (emitted !== undefined) this.#store.put(emitted, undefined)
  }
}

/** Gives both sides of a join in one task the same object. A store belongs to one task. */
export class SharedUnmatchedRecords<K, V, VO, VR> {
  readonly #storeName: string
  readonly #windows: JoinWindows
  readonly #joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>
  readonly #byStore = new WeakMap<object, UnmatchedRecords<K, V, VO, VR>>()

  constructor(storeName: string, windows: JoinWindows, joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>) {
    this.#storeName = storeName
    this.#windows = windows
    this.#joiner = joiner
  }

  of(context: ProcessorContext): UnmatchedRecords<K, V, VO, VR> {
    const store = context.getStateStore<UnmatchedStore<K, V, VO>>(this.#storeName)
    let records = this.#byStore.get(store)
    if (records === undefined) {
      const interval = Number(context.appConfigs()[EMIT_INTERVAL] ?? DEFAULT_EMIT_INTERVAL_MS)
      records = new UnmatchedRecords(store, this.#windows, this.#joiner, interval)
      this.#byStore.set(store, records)
    }
    return records
  }
}
