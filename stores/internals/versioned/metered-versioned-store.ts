import { StreamsError } from '../../../lib/core/errors.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { StateStore } from '../../../topology/api.ts'
import type { VersionedStoreSupplier } from '../../store-suppliers.ts'
import type { VersionedKeyValueStore, VersionedRecord } from '../../versioned-store.ts'
import { PUT_RETURN_CODE_NOT_PUT } from '../../versioned-store.ts'
import { MeteredStore } from '../metered-store.ts'
import type { MeteredSettings } from '../metered-store.ts'
import type { Slots } from '../slots.ts'
import { slotsFor } from '../slots.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import type { VersionHistory } from './version-history.ts'
import { openVersionedStorage } from './versioned-storage.ts'
import type { VersionedStorage } from './versioned-storage.ts'

export interface VersionedStoreSettings<K, V> extends MeteredSettings<K> {
  readonly supplier: VersionedStoreSupplier
  readonly valueSerde: Serde<V> | undefined
}

/** The outermost layer of a versioned store, with its changelog: a plain key and value in a record of the version's timestamp. */
export class MeteredVersionedStore<K, V> extends MeteredStore<K, VersionedStorage<unknown>> implements VersionedKeyValueStore<K, V> {
  readonly #settings: VersionedStoreSettings<K, V>
  #slots!: Slots<V, unknown>
  #history: VersionHistory<unknown> | undefined
  #changelog: ChangelogAppender | undefined
  #context!: InternalStoreContext

  constructor(settings: VersionedStoreSettings<K, V>) {
    super(settings)
    this.#settings = settings
  }

  protected open(context: InternalStoreContext, topic: string): VersionedStorage<unknown> | Promise<VersionedStorage<unknown>> {
    this.#slots = slotsFor(this.#settings.valueSerde ?? (context.valueSerde as Serde<V>), topic)
    return openVersionedStorage(this.#settings.supplier, this.#slots, context)
  }

  protected build(storage: VersionedStorage<unknown>, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void {
    this.#history = storage.history
    this.#context = context
    this.#changelog = changelog
  }

  /** The changelog has also what came too late; it is dropped again, and not counted. */
  protected restore({ history }: VersionedStorage<unknown>, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number): void {
    const key = buffer.latin1Slice(keyStart, keyEnd)
    history.put(key, value === undefined ? undefined : this.#slots.read(value, 0, value.length), timestamp)
  }

  protected dismantle(): void {
    this.#history = undefined
  }

  put(key: K, value: V | undefined, timestamp: number): number {
    const storeKey = this.storeKey(key)
    if (!(timestamp >= 0)) {
      throw new StreamsError('MILLRACE_STORE_NEGATIVE_TIME', `Store ${this.name}: versions begin at ms since the epoch, but got ${timestamp}`)
    }
    const slot = value == null ? undefined : this.#logged(storeKey, value, timestamp)
    if (slot === undefined) this.#changelog?.append(storeKey, undefined, timestamp)
    const validTo = this.#open.put(storeKey, slot, timestamp)
    if (validTo === PUT_RETURN_CODE_NOT_PUT) this.#context.recordDropped?.(`expired put into store ${this.name}`)
    return validTo
  }

  /** A value that its serializer refuses must not get into the store. */
  #logged(storeKey: string, value: V, timestamp: number): unknown {
    try {
      const slot = this.#slots.toSlot(value)
      if (this.#changelog === undefined) this.#slots.check(slot)
      else this.#changelog.appendValue(storeKey, slot, this.#slots.serializer, timestamp)
      return slot
    } catch (error) {
      throw this.named(error)
    }
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | undefined {
    const before = this.get(key, timestamp)
    return this.put(key, undefined, timestamp) === PUT_RETURN_CODE_NOT_PUT ? undefined : before
  }

  get(key: K, asOfTimestamp?: number): VersionedRecord<V> | undefined {
    const storeKey = this.storeKey(key)
    return this.#shown(asOfTimestamp === undefined ? this.#open.latest(storeKey) : this.#open.asOf(storeKey, asOfTimestamp))
  }

  /** The versions of a key that held at some time from `from` to `to`, both included, the newest first. */
  versions(key: K, from: number, to: number): VersionedRecord<V>[] {
    return this.#open.versions(this.storeKey(key), from, to).map((record) => this.#shown(record)!)
  }

  get #open(): VersionHistory<unknown> {
    return this.#history ?? this.refuse()
  }

  #shown(record: VersionedRecord<unknown> | undefined): VersionedRecord<V> | undefined {
    return record === undefined ? undefined : { ...record, value: this.#slots.toValue(record.value) }
  }
}

/** Tells versioned stores from others. */
export const isVersioned = (store: StateStore): store is MeteredVersionedStore<unknown, unknown> => store instanceof MeteredVersionedStore
