import type { ProcessingContext, Processor, ProcessorContext, Record, ValueAndTimestamp } from '../../../topology/api.ts'
import { FoundWindows } from '../../../stores/internals/timed/found-windows.ts'
import type { WindowStore } from '../../../stores/window-store.ts'

/** As the stores of joins are. */
interface JoinStore<K> extends WindowStore<K, unknown> {
  readonly keepsTimestamps?: boolean
  find(key: K, from: number, to: number, found: FoundWindows<unknown>): void
}

/** One side's records as a join keeps and reads them. Stores over storage of the user's own hold records, the others values. */
export class JoinWindow<K, V> {
  readonly #store: JoinStore<K>
  readonly #holdsRecords: boolean
  readonly #found = new FoundWindows<unknown>()

  constructor(context: ProcessingContext, storeName: string) {
    const store = context.getStateStore<JoinStore<K>>(storeName)
    this.#store = store
    this.#holdsRecords = store.keepsTimestamps === true
  }

  put({ key, value, timestamp, headers }: Record<K, V>): void {
    this.#store.put(key, this.#holdsRecords && value !== undefined ? { value, timestamp, headers } : value, timestamp)
  }

  /** Finds the rows of a key from one time to another, both included; times before 0 are 0. How many there are. */
  find(key: K, from: number, to: number): number {
    const found = this.#found
    found.clear()
    this.#store.find(key, Math.max(0, from), Math.max(0, to), found)
    return found.count
  }

  timeAt(index: number): number {
    return this.#found.startAt(index)
  }

  valueAt(index: number): V {
    const row = this.#found.valueAt(index)
    return (this.#holdsRecords ? (row as ValueAndTimestamp<V>).value : row) as V
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
