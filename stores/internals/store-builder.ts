import { TopologyError } from '../../lib/core/errors.ts'
import type { StateStore, StoreBuilder } from '../../topology/api.ts'

/** The settings that all of Millrace's store builders share. Logging is on and caching off by default, as in Java. */
export abstract class BaseStoreBuilder<S extends StateStore> implements StoreBuilder<S> {
  readonly name: string
  #logging = true
  #logConfig: Readonly<Record<string, string>> = {}
  #caching = false

  constructor(name: string) {
    if (typeof name !== 'string' || name === '') throw new TopologyError(`A store needs a name, but got ${JSON.stringify(name)}`)
    this.name = name
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
