import { BaseStoreBuilder } from '../../../stores/internals/store-builder.ts'
import type { StreamsConfig } from '../../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import { Headers } from '../../core/headers.ts'
import type { Header } from '../../core/headers.ts'
import { asBuffer } from '../../serdes/make-serde.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { Windowed } from '../../serdes/windowed.ts'

/** Where a row stands in its store: under a key, at a time (windows of one key), under a key in a window. */
export type Place = 'key' | 'time' | 'windowed'

/** What of a shown value is the store's value: all of it, or one field beside timestamps and headers. */
export type Shape = 'plain' | 'value' | 'aggregation'

/**
 * Keys and values of one store on their way between threads: as the bytes of the store's serdes, so that they are over there what they
 * are here, of whatever class. Those of a store without serdes are sent as data.
 */
export class StoreRows {
  readonly #topic: string
  readonly #keySerde: Serde<unknown> | undefined
  readonly #valueSerde: Serde<unknown> | undefined

  constructor(builder: InternalTopologyBuilder, { settings }: StreamsConfig, storeName: string) {
    this.#topic = `${settings.applicationId}-${storeName}-changelog`
    const store = builder.storeBuilder(storeName)
    if (!(store instanceof BaseStoreBuilder)) return
    const { keySerde, valueSerde } = store as BaseStoreBuilder<unknown, unknown, never, { readonly name: string }>
    this.#keySerde = keySerde ?? settings.defaultKeySerde
    this.#valueSerde = valueSerde ?? settings.defaultValueSerde
  }

  packKey(key: unknown): unknown {
    return this.#pack(this.#keySerde, key)
  }

  unpackKey(packed: unknown): unknown {
    return this.#unpack(this.#keySerde, packed)
  }

  packPlace(place: unknown, kind: Place): unknown {
    if (kind === 'time') return place
    if (kind === 'key') return this.packKey(place)
    const { key, window } = place as Windowed<unknown>
    return { key: this.packKey(key), window: { start: window.start, end: window.end } }
  }

  unpackPlace(packed: unknown, kind: Place): unknown {
    if (kind === 'time') return packed
    if (kind === 'key') return this.unpackKey(packed)
    const { key, window } = packed as Windowed<unknown>
    return { key: this.unpackKey(key), window }
  }

  packShown(shown: unknown, shape: Shape): unknown {
    if (shown === undefined || shape === 'plain') return this.#pack(this.#valueSerde, shown)
    const { headers, ...fields } = shown as Record<string, unknown>
    return {
      ...fields,
      [shape]: this.#pack(this.#valueSerde, fields[shape]),
      ...(headers instanceof Headers ? { headers: headers.toArray() } : {}),
    }
  }

  unpackShown(packed: unknown, shape: Shape): unknown {
    if (packed === undefined || shape === 'plain') return this.#unpack(this.#valueSerde, packed)
    const { headers, ...fields } = packed as Record<string, unknown>
    return {
      ...fields,
      [shape]: this.#unpack(this.#valueSerde, fields[shape]),
      ...(headers === undefined ? {} : { headers: Headers.of((headers as Header[]).map(({ key, value }) => ({ key, value: value && asBuffer(value) }))) }),
    }
  }

  #pack(serde: Serde<unknown> | undefined, value: unknown): unknown {
    if (value === undefined || serde === undefined) return value
    const bytes = serde.serializer.serialize(this.#topic, value)
    // a small buffer is a view of a large one, all of which would be sent
    return bytes === undefined ? undefined : Uint8Array.from(bytes)
  }

  #unpack(serde: Serde<unknown> | undefined, packed: unknown): unknown {
    if (packed === undefined || serde === undefined) return packed
    return serde.deserializer.deserialize(this.#topic, asBuffer(packed as Uint8Array))
  }
}
