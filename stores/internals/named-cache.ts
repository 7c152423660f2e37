import type { RecordContext } from '../../topology/api.ts'

/** A change as it leaves the cache. `row` undefined is a delete. */
export interface CacheEntry<R> {
  readonly key: string
  readonly row: R | undefined
  /** The context of the record that made the change. */
  readonly context: RecordContext | undefined
}

/** Java's constants for a node and its entry: references and the dirty flag, offset, timestamp and partition. */
const NODE_BYTES = 25
const CONTEXT_BYTES = 20

/** What Java counts of the record that made a change: its topic and headers. */
const sourceBytes = ({ topic, headers }: RecordContext): number => {
  let bytes = topic?.length ?? 0
  if (headers.size > 0) for (const { key, value } of headers) bytes += key.length + (value?.length ?? 0)
  return bytes
}

/**
 * A row in the cache, a change or (when not dirty) one that was read from below. It hangs in two lists, by use and by change;
 * both are walked and cut on every put, so they are links in the node and not collections beside it.
 */
interface Node<R> {
  readonly key: string
  row: R | undefined
  context: RecordContext | undefined
  dirty: boolean
  bytes: number
  newer: Node<R> | undefined
  older: Node<R> | undefined
  changedBefore: Node<R> | undefined
  changedAfter: Node<R> | undefined
}

/**
 * The cache of one store: least recently used rows leave first, and a dirty row that leaves takes all other dirty rows with
 * it, in the order of their last change (which is what users see as the order of a cached store's updates).
 */
export class NamedCache<R> {
  readonly name: string
  readonly #resize: (change: number) => void
  readonly #makeRoom: (cache: NamedCache<unknown>) => void
  readonly #nodes = new Map<string, Node<R>>()
  #newest: Node<R> | undefined
  #oldest: Node<R> | undefined
  #firstChanged: Node<R> | undefined
  #lastChanged: Node<R> | undefined
  #bytes = 0
  #listener: ((entries: readonly CacheEntry<R>[]) => void) | undefined

  constructor(name: string, resize: (change: number) => void, makeRoom: (cache: NamedCache<unknown>) => void) {
    this.name = name
    this.#resize = resize
    this.#makeRoom = makeRoom
  }

  get size(): number {
    return this.#nodes.size
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** Receives dirty entries when they have to be written. */
  onFlush(listener: (entries: readonly CacheEntry<R>[]) => void): void {
    this.#listener = listener
  }

  /** The entry of that key, which thereby becomes the most recently used. Good until the next call. */
  get(key: string): CacheEntry<R> | undefined {
    const node = this.#nodes.get(key)
    if (node !== undefined && node !== this.#newest) {
      this.#unlinkUse(node)
      this.#linkUse(node)
    }
    return node
  }

  /** A change: `valueBytes` is the approximate size of the row. */
  putDirty(key: string, row: R | undefined, context: RecordContext | undefined, valueBytes: number): void {
    this.#put(key, row, context, true, valueBytes)
  }

  /** A row that was read from the store below. */
  putClean(key: string, row: R, valueBytes: number): void {
    this.#put(key, row, undefined, false, valueBytes)
  }

  #put(key: string, row: R | undefined, context: RecordContext | undefined, dirty: boolean, valueBytes: number): void {
    const bytes = NODE_BYTES + CONTEXT_BYTES + key.length + valueBytes + (context === undefined ? 0 : sourceBytes(context))
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = {
        key, row, context, dirty: false, bytes,
        newer: undefined, older: undefined, changedBefore: undefined, changedAfter: undefined,
      }
      this.#nodes.set(key, node)
      this.#linkUse(node)
      this.#grow(bytes)
    } else {
      if (node !== this.#newest) {
        this.#unlinkUse(node)
        this.#linkUse(node)
      }
      node.row = row
      node.context = context
      if (bytes !== node.bytes) this.#grow(bytes - node.bytes)
      node.bytes = bytes
    }
    if (dirty && node !== this.#lastChanged) {
      if (node.dirty) this.#unlinkChange(node)
      this.#linkChange(node)
    }
    this.#makeRoom(this as NamedCache<unknown>)
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    this.#resize(bytes)
  }

  #linkUse(node: Node<R>): void {
    node.older = this.#newest
    node.newer = undefined
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
  }

  #unlinkUse(node: Node<R>): void {
    if (node.newer === undefined) this.#newest = node.older
    else node.newer.older = node.older
    if (node.older === undefined) this.#oldest = node.newer
    else node.older.newer = node.newer
  }

  #linkChange(node: Node<R>): void {
    node.dirty = true
    node.changedBefore = this.#lastChanged
    node.changedAfter = undefined
    if (this.#lastChanged === undefined) this.#firstChanged = node
    else this.#lastChanged.changedAfter = node
    this.#lastChanged = node
  }

  #unlinkChange(node: Node<R>): void {
    if (node.changedBefore === undefined) this.#firstChanged = node.changedAfter
    else node.changedBefore.changedAfter = node.changedAfter
    if (node.changedAfter === undefined) this.#lastChanged = node.changedBefore
    else node.changedAfter.changedBefore = node.changedBefore
  }

  #drop(node: Node<R>): void {
    this.#nodes.delete(node.key)
    this.#unlinkUse(node)
    this.#grow(-node.bytes)
  }

  /** Removes the least recently used entry; when it is dirty, everything dirty is flushed, it first. */
  evict(): void {
    const eldest = this.#oldest
    if (eldest === undefined) return
    this.#drop(eldest)
    if (!eldest.dirty) return
    this.#unlinkChange(eldest)
    this.#flush(eldest)
  }

  /** The store below has another row by now, one that did not come from here: what was read of it is no longer true. */
  forget(key: string): void {
    if (this.#nodes.size === 0) return
    const node = this.#nodes.get(key)
    if (node !== undefined && !node.dirty) this.#drop(node)
  }

  flush(): void {
    if (this.#firstChanged !== undefined) this.#flush(undefined)
  }

  #flush(evicted: Node<R> | undefined): void {
    const entries: CacheEntry<R>[] = []
    if (evicted !== undefined) entries.push({ key: evicted.key, row: evicted.row, context: evicted.context })
    const deleted: Node<R>[] = []
    for (let node = this.#firstChanged; node !== undefined; node = node.changedAfter) {
      entries.push({ key: node.key, row: node.row, context: node.context })
      node.dirty = false
      node.context = undefined
      if (node.row === undefined) deleted.push(node)
    }
    // Before the listener, which may change this very cache.
    this.#firstChanged = undefined
    this.#lastChanged = undefined
    this.#listener?.(entries)
    for (const node of deleted) if (node.row === undefined && !node.dirty && this.#nodes.get(node.key) === node) this.#drop(node)
  }

  /** Changes and reads alike, in no useful order. */
  entries(): IterableIterator<CacheEntry<R>> {
    return this.#nodes.values()
  }

  /** The changes that were not flushed yet, in the order of the flush. */
  *dirtyEntries(): IterableIterator<CacheEntry<R>> {
    for (let node = this.#firstChanged; node !== undefined; node = node.changedAfter) yield node
  }
}
