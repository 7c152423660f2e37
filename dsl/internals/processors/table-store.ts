import { Record } from '../../../topology/api.ts'
import type { ProcessingContext, ProcessorContext, StateStore, TimestampedKeyValueStore, ValueAndTimestamp } from '../../../topology/api.ts'
import type { CachedStateStore } from '../../../stores/internals/store-context.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import type { ValueGetter, ValueGetterSupplier } from './table.ts'

type RowStore<K, V> = TimestampedKeyValueStore<K, V> & StateStore & Partial<CachedStateStore<K, ValueAndTimestamp<V>>>

/**
 * A table's store in the hands of the processor that fills it. Updates go downstream at once, or, when the store is cached,
 * as they leave the cache.
 */
export class TableStore<K, V> {
  readonly #store: RowStore<K, V>
  readonly #context: DslContext
  readonly #sendOldValues: boolean
  readonly #cached: boolean

  constructor(context: ProcessorContext, storeName: string, sendOldValues: boolean) {
    this.#context = dslContext(context)
    this.#store = context.getStateStore<RowStore<K, V>>(storeName)
    this.#sendOldValues = sendOldValues
    this.#cached = this.#store.setFlushListener?.(this.#flushed, sendOldValues) ?? false
  }

  readonly #flushed = (
    key: K,
    newRow: ValueAndTimestamp<V> | undefined,
    oldRow: ValueAndTimestamp<V> | undefined,
    timestamp: number,
  ): void => {
    const change = new Change(newRow?.value, oldRow?.value, true)
    this.#context.forward(new Record(key, change, newRow?.timestamp ?? timestamp, this.#context.currentHeaders))
  }

  get(key: K): ValueAndTimestamp<V> | undefined {
    return this.#store.get(key)
  }

  /** Stores a row (undefined deletes it) and lets those downstream know. */
  update(record: Record<K, unknown>, value: V | undefined, oldValue: V | undefined, timestamp: number): void {
    this.#store.put(record.key, value === undefined ? undefined : { value, timestamp })
    if (this.#cached) return
    const change = new Change(value, this.#sendOldValues ? oldValue : undefined, true)
    this.#context.forward(new Record(record.key, change, timestamp, record.headers))
  }
}

class StoreValueGetter<K, V> implements ValueGetter<K, V> {
  readonly #storeName: string
  #store!: RowStore<K, V>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessingContext): void {
    this.#store = context.getStateStore<RowStore<K, V>>(this.#storeName)
  }

  get(key: K): ValueAndTimestamp<V> | undefined {
    return this.#store.get(key)
  }
}

/** Looks rows up in a store. */
export const storeView = <K, V>(storeName: string): ValueGetterSupplier<K, V> => ({
  get: () => new StoreValueGetter<K, V>(storeName),
  storeNames: [storeName],
})
