import { Record } from '../../../topology/api.ts'
import type { ProcessingContext, ProcessorContext, StateStore, TimestampedKeyValueStore, ValueAndTimestamp } from '../../../topology/api.ts'
import type { CachedStateStore } from '../../../stores/internals/store-context.ts'
import { isVersioned } from '../../../stores/internals/versioned/metered-versioned-store.ts'
import { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../../../stores/versioned-store.ts'
import type { VersionedKeyValueStore } from '../../../stores/versioned-store.ts'
import { Change } from './change.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'
import { flushListener } from './flush-listener.ts'
import type { ValueGetter, ValueGetterSupplier } from './table.ts'

type RowStore<K, V> = TimestampedKeyValueStore<K, V> & StateStore & Partial<CachedStateStore<K, ValueAndTimestamp<V>>>

/** The same store as a versioned one, if it is; both give the latest row in the same form. */
const versionsOf = <K, V>(store: RowStore<K, V>): VersionedKeyValueStore<K, V> | undefined =>
  isVersioned(store) ? (store as unknown as VersionedKeyValueStore<K, V>) : undefined

/**
 * A table's store in the hands of the processor that fills it. Updates go downstream at once, or, when the store is cached,
 * as they leave the cache.
 */
export class TableStore<K, V> {
  readonly #store: RowStore<K, V>
  readonly #versions: VersionedKeyValueStore<K, V> | undefined
  readonly #context: DslContext
  readonly #sendOldValues: boolean
  readonly #cached: boolean

  constructor(context: ProcessorContext, storeName: string, sendOldValues: boolean) {
    this.#context = dslContext(context)
    this.#store = context.getStateStore<RowStore<K, V>>(storeName)
    this.#versions = versionsOf(this.#store)
    this.#sendOldValues = sendOldValues
    this.#cached = this.#store.setFlushListener?.(flushListener<K, V>(this.#context), sendOldValues) ?? false
  }

  get(key: K): ValueAndTimestamp<V> | undefined {
    return this.#store.get(key)
  }

  /** Stores a row (undefined deletes it) and lets those downstream know. */
  update(record: Record<K, unknown>, value: V | undefined, oldValue: V | undefined, timestamp: number): void {
    if (this.#versions !== undefined) {
      const validTo = this.#versions.put(record.key, value, timestamp)
      if (validTo !== PUT_RETURN_CODE_NOT_PUT) this.#forward(record, value, oldValue, timestamp, validTo === PUT_RETURN_CODE_VALID_TO_UNDEFINED)
      return
    }
    this.#store.put(record.key, value === undefined ? undefined : { value, timestamp })
    if (!this.#cached) this.#forward(record, value, oldValue, timestamp, true)
  }

  #forward(record: Record<K, unknown>, value: V | undefined, oldValue: V | undefined, timestamp: number, isLatest: boolean): void {
    const change = new Change(value, this.#sendOldValues ? oldValue : undefined, isLatest)
    this.#context.forward(new Record(record.key, change, timestamp, record.headers))
  }
}

class StoreValueGetter<K, V> implements ValueGetter<K, V> {
  readonly #storeName: string
  #store!: RowStore<K, V>
  #versions: VersionedKeyValueStore<K, V> | undefined

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: ProcessingContext): void {
    this.#store = context.getStateStore<RowStore<K, V>>(this.#storeName)
    this.#versions = versionsOf(this.#store)
  }

  get isVersioned(): boolean {
    return this.#versions !== undefined
  }

  getAsOf(key: K, timestamp: number): ValueAndTimestamp<V> | undefined {
    return this.#versions!.get(key, timestamp)
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
