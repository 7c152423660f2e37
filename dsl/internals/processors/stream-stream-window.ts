import type { ProcessingContext, Processor, ProcessorContext, Record, ValueAndTimestamp } from '../../../topology/api.ts'
import type { RowsByKey, TimedCursor } from '../../../stores/internals/timed/timed-rows.ts'
import type { WindowStore } from '../../../stores/window-store.ts'

/** As the stores of joins are. */
type JoinStore<K> = WindowStore<K, unknown> & RowsByKey<K, unknown> & { readonly keepsTimestamps?: boolean }

/** One side's records as a join keeps and reads them. Stores over storage of the user's own hold records, the others values. */
export class JoinWindow<K, V> {
  readonly #store: JoinStore<K>
  readonly #holdsRecords: boolean

  constructor(context: ProcessingContext, storeName: string) {
    const store = context.getStateStore<JoinStore<K>>(storeName)
    this.#store = store
    this.#holdsRecords = store.keepsTimestamps === true
  }

  put({ key, value, timestamp, headers }: Record<K, V>): void {
    this.#store.put(key, this.#holdsRecords && value !== undefined ? { value, timestamp, headers } : value, timestamp)
  }

  /** The rows of a key from one time to another, both included, as they are now; times before 0 are 0. */
  fetch(key: K, from: number, to: number): TimedCursor<unknown> {
    return this.#store.rowsOf(key, Math.max(0, from), Math.max(0, to), false)
  }

  /** The value on which such a cursor stands. */
  valueAt(cursor: TimedCursor<unknown>): V {
    const value = this.#store.toValue(cursor.row())
    return (this.#holdsRecords ? (value as ValueAndTimestamp<V>).value : value) as V
  }
}

/** Keeps the records of one side of a join for those of the other side that are still to come. */
export class JoinWindowProcessor<K, V> implements Processor<K, V> {
  readonly #storeName: string
  #context!: ProcessorContext
  #window!: JoinWindow<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessorContext): void {
    this.#context = context
    this.#window = new JoinWindow<K, V>(context, this.#storeName)
  }

  /** Joined first, kept afterwards, so that a stream joined with itself finds each record once. */
  process(record: Record<K, V>): void {
    this.#context.forward(record)
    if (record.key !== undefined) this.#window.put(record)
  }
}
