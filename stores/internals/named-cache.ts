import type { RecordContext } from '../../topology/api.ts'

/** A change (or, when not dirty, a row read from below) in a cache. `row` undefined is a delete. */
export interface CacheEntry<R> {
  readonly key: string
  readonly row: R | undefined
  /** The context of the record that made the change. */
  readonly context: RecordContext | undefined
  dirty: boolean
  readonly bytes: number
}

/** Java's constants for a node and its entry: references and the dirty flag. */
const NODE_BYTES = 25

/**
 * The cache of one store: least recently used rows leave first, and a dirty row that leaves takes all other dirty rows with
 * it, in the order of their last change (which is what users see as the order of a cached store's updates).
 */
export class NamedCache<R> {
  readonly name: string
  readonly #resize: (change: number) => void
  readonly #makeRoom: (cache: NamedCache<unknown>) => void
  /** A Map keeps insertion order: the first entry is the least recently used. */
  readonly #entries = new Map<string, CacheEntry<R>>()
  /** In the order of the last change. */
  readonly #dirty = new Set<string>()
  #bytes = 0
  #listener: ((entries: readonly CacheEntry<R>[]) => void) | undefined

  constructor(name: string, resize: (change: number) => void, makeRoom: (cache: NamedCache<unknown>) => void) {
    this.name = name
    this.#resize = resize
    this.#makeRoom = makeRoom
  }

  get size(): number {
    return this.#entries.size
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** Receives dirty entries when they have to be written. */
  onFlush(listener: (entries: readonly CacheEntry<R>[]) => void): void {
    this.#listener = listener
  }

  /** The entry of that key, which thereby becomes the most recently used. */
  get(key: string): CacheEntry<R> | undefined {
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    }
    return entry
  }

  /** A change: `valueBytes` is the approximate size of the row. */
  putDirty(key: string, row: R | undefined, context: RecordContext | undefined, valueBytes: number): void {
    this.#dirty.delete(key)
    this.#dirty.add(key)
    this.#put({ key, row, context, dirty: true, bytes: this.#size(key, valueBytes, context) })
  }

  /** A row that was read from the store below. */
  putClean(key: string, row: R, valueBytes: number): void {
    this.#put({ key, row, context: undefined, dirty: false, bytes: this.#size(key, valueBytes, undefined) })
  }

  #size(key: string, valueBytes: number, context: RecordContext | undefined): number {
    return NODE_BYTES + key.length + valueBytes + 20 + (context?.topic?.length ?? 0)
  }

  #put(entry: CacheEntry<R>): void {
    const before = this.#entries.get(entry.key)
    if (before !== undefined) {
      this.#entries.delete(entry.key)
      this.#grow(-before.bytes)
    }
    this.#entries.set(entry.key, entry)
    this.#grow(entry.bytes)
    this.#makeRoom(this as NamedCache<unknown>)
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    this.#resize(bytes)
  }

  #drop(entry: CacheEntry<R>): void {
    this.#entries.delete(entry.key)
    this.#grow(-entry.bytes)
  }

  /** Removes the least recently used entry; when it is dirty, everything dirty is flushed, it first. */
  evict(): void {
    for (const eldest of this.#entries.values()) {
      this.#drop(eldest)
      if (eldest.dirty) this.#flush(eldest)
      return
    }
  }

  flush(): void {
    if (this.#dirty.size > 0) this.#flush(undefined)
  }

  #flush(evicted: CacheEntry<R> | undefined): void {
    const entries: CacheEntry<R>[] = []
    if (evicted !== undefined) {
      entries.push(evicted)
      this.#dirty.delete(evicted.key)
    }
    const deleted: CacheEntry<R>[] = []
    for (const key of this.#dirty) {
      const entry = this.#entries.get(key)
      if (entry === undefined) continue
      entry.dirty = false
      entries.push(entry)
      if (entry.row === undefined) deleted.push(entry)
    }
    // Before the listener, which may change this very cache.
    this.#dirty.clear()
    this.#listener?.(entries)
    for (const entry of deleted) if (this.#entries.get(entry.key) === entry) this.#drop(entry)
  }

  /** Changes and reads alike, in no useful order. */
  entries(): IterableIterator<CacheEntry<R>> {
    return this.#entries.values()
  }

  /** The changes that were not flushed yet, in the order of the flush. */
  *dirtyEntries(): IterableIterator<CacheEntry<R>> {
    for (const key of this.#dirty) {
      const entry = this.#entries.get(key)
      if (entry !== undefined) yield entry
    }
  }
}
