import type { Serde } from '../../lib/serdes/serde.ts'
import { MeteredKeyValueStore } from '../../stores/internals/metered-key-value-store.ts'
import { plainRows } from '../../stores/internals/row-codec.ts'
import { slotsFor } from '../../stores/internals/slots.ts'
import { BaseStoreBuilder } from '../../stores/internals/store-builder.ts'
import type { KeyValueStoreSupplier } from '../../stores/store-suppliers.ts'
import type { KeyValueStore } from '../../topology/api.ts'
import type { UnmatchedKey, UnmatchedValues } from './unmatched-serdes.ts'
import { unmatchedKeySerde, unmatchedValuesSerde } from './unmatched-serdes.ts'

export type UnmatchedStore<K, V, VO> = KeyValueStore<UnmatchedKey<K>, UnmatchedValues<V | VO>>

export interface UnmatchedStoreSerdes<K, V, VO> {
  readonly key: Serde<K> | undefined
  readonly left: Serde<V> | undefined
  readonly right: Serde<VO> | undefined
}

/** The store of a left or outer join for records that have found no partner yet; both sides share it. Never cached. */
export class UnmatchedStoreBuilder<K, V, VO>
  extends BaseStoreBuilder<UnmatchedKey<K>, UnmatchedValues<V | VO>, UnmatchedStore<K, V, VO>, KeyValueStoreSupplier> {
  readonly #serdes: UnmatchedStoreSerdes<K, V, VO>

  constructor(supplier: KeyValueStoreSupplier, serdes: UnmatchedStoreSerdes<K, V, VO>) {
    super(supplier)
    this.#serdes = serdes
  }

  override get needsDefaults(): readonly ('key' | 'value')[] {
    const { key, left, right } = this.#serdes
    return [...(key === undefined ? ['key' as const] : []), ...(left === undefined || right === undefined ? ['value' as const] : [])]
  }

  build(): UnmatchedStore<K, V, VO> {
    const { key, left, right } = this.#serdes
    return new MeteredKeyValueStore<UnmatchedKey<K>, UnmatchedValues<V | VO>, unknown>({
      supplier: this.supplier,
      keepsTimestamps: false,
      keySerde: undefined,
      keySerdeOf: (context, topic) => unmatchedKeySerde(key ?? (context.keySerde as Serde<K>), topic),
      makeCodec: (context, topic) => {
        const values = unmatchedValuesSerde(left ?? (context.valueSerde as Serde<V>), right ?? (context.valueSerde as Serde<VO>), topic)
        return plainRows(slotsFor(values, topic))
      },
      isDelete: () => false,
      loggingEnabled: this.loggingEnabled,
      cachingEnabled: false,
    })
  }
}
