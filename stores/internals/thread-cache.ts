import { NamedCache } from './named-cache.ts'

/** What one thread keeps in its caches, over all its tasks and stores: bounded by bytes, filled and emptied as in Java. */
export class ThreadCache {
  #maxBytes: number
  readonly #caches = new Map<string, NamedCache<unknown>>()
  #bytes = 0

  /** `maxBytes` is `statestore.cache.max.bytes` divided by the number of threads; 0 caches nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get maxBytes(): number {
    return this.#maxBytes
  }

  /** Another share of the bytes, when threads come or go. What is too much now leaves with the next growth. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** The cache of one store of one task; names are `<task id>-<store name>`. */
  named<R>(name: string): NamedCache<R> {
    let cache = this.#caches.get(name)
    if (cache === undefined) {
      cache = new NamedCache<unknown>(name, this.#resize, this.#makeRoom)
      this.#caches.set(name, cache)
    }
    return cache as NamedCache<R>
  }

  /** Forgets that cache with what it holds, dirty or not. */
  remove(name: string): void {
    const cache = this.#caches.get(name)
    if (cache === undefined) return
    this.#caches.delete(name)
    this.#bytes -= cache.sizeBytes
  }

  readonly #resize = (change: number): void => {
    this.#bytes += change
  }

  /** Only the cache that grew gives way: others may be in the middle of a flush that caused the growth. */
  readonly #makeRoom = (cache: NamedCache<unknown>): void => {
    while (this.#bytes > this.#maxBytes && cache.size > 0) cache.evict()
  }
}
