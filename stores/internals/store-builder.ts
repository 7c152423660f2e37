import { TopologyError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { StateStore, StoreBuilder, ValueAndTimestamp } from '../../topology/api.ts'

/** For stores that keep timestamps: Java's `ValueAndTimestamp.make(null, …)` is null, and so deletes. */
export const hasNoValue = (value: ValueAndTimestamp<unknown>): boolean => value.value === undefined && typeof value.timestamp === 'number'

/**
 * What all of Millrace's store builders share. Serdes left out are the configured default ones. Logging is on and caching
 * off by default, as in Java.
 */
export abstract class BaseStoreBuilder<K, V, S extends StateStore, P extends { readonly name: string }> implements StoreBuilder<S> {
  readonly name: string
  readonly supplier: P
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  #logging = true
  #logConfig: Readonly<Record<string, string>> = {}
  #caching = false

  constructor(supplier: P, keySerde?: Serde<K>, valueSerde?: Serde<V>) {
    const { name } = supplier
    if (typeof name !== 'string' || name === '') throw new TopologyError(`A store needs a name, but got ${JSON.stringify(name)}`)
    this.name = name
    this.supplier = supplier
    this.keySerde = keySerde
    this.valueSerde = valueSerde
  }

  /** The sides for which the configured default serde is used, and therefore needed. */
  get needsDefaults(): readonly ('key' | 'value')[] {
    return [...(this.keySerde === undefined ? ['key' as const] : []), ...(this.valueSerde === undefined ? ['value' as const] : [])]
  }

  get loggingEnabled(): boolean {
    return this.#logging
  }

  get cachingEnabled(): boolean {
    return this.#caching
  }

  get logConfig(): Readonly<Record<string, string>> {
    return this.#logConfig
  }

  withLoggingEnabled(config: Readonly<Record<string, string>> = {}): this {
    this.#logging = true
    this.#logConfig = config
    return this
  }

  withLoggingDisabled(): this {
    this.#logging = false
    this.#logConfig = {}
    return this
  }

  withCachingEnabled(): this {
    this.#caching = true
    return this
  }

  withCachingDisabled(): this {
    this.#caching = false
    return this
  }

  abstract build(): S
}
