import type { CacheSpace, NamedCache } from './named-cache.ts'

/** What one thread keeps in its caches, over all its tasks and stores: bounded by bytes, filled and emptied as in Java. */
export class ThreadCache {
  /** Counts what all caches hold. */
  readonly space: CacheSpace
  readonly #caches = new Map<string, Pick<NamedCache<unknown>, 'sizeBytes'>>()

  /** `maxBytes` is `statestore.cache.max.bytes` divided by the number of threads; 0 caches nothing. */
  constructor(maxBytes: number) {
    this.space = { bytes: 0, maxBytes }
  }

  get maxBytes(): number {
    return this.space.maxBytes
  }

  /** Another share of the bytes, when threads come or go. What is too much now leaves with the next change. */
  resize(maxBytes: number): void {
    this.space.maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.space.bytes
  }

  /** The cache of that name. */
  get(name: string): Pick<NamedCache<unknown>, 'sizeBytes'> | undefined {
    return this.#caches.get(name)
  }

  /** What the caches of one task hold, bytes. */
  sizeOf(taskId: string): number {
    let bytes = 0
    for (const [name, cache] of this.#caches) if (name.startsWith(`${taskId}-`)) bytes += cache.sizeBytes
    return bytes
  }

  /** Adds the cache of one store of one task; names are `<task id>-<store name>`. */
  add<C extends Pick<NamedCache<unknown>, 'sizeBytes'>>(name: string, cache: C): C {
    this.remove(name)
    this.#caches.set(name, cache)
    return cache
  }

  /** Forgets that cache with what it holds, dirty or not. */
  remove(name: string): void {
    const cache = this.#caches.get(name)
    if (cache === undefined) return
    this.#caches.delete(name)
    this.space.bytes -= cache.sizeBytes
  }
}
