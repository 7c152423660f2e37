import { CacheNode } from './cache-node.ts'
import type { InternalStoreContext } from './store-context.ts'

/** Java's constants for a node and its entry: references and the dirty flag, offset, timestamp and partition. */
const ENTRY_BYTES = 25 + 20

/** What all caches of a thread share. */
export interface CacheSpace {
  bytes: number
  maxBytes: number
}

/** What Java counts of the record that made a change: its topic and headers. */
const sourceBytes = <R>({ topic, headers }: CacheNode<R>): number => {
  let bytes = topic === undefined ? 0 : topic.length
  if (headers.size > 0) for (const { key, value } of headers) bytes += key.length + (value?.length ?? 0)
  return bytes
}

/**
 * The cache of one store: least recently used rows leave first, and a dirty row that leaves takes all other dirty rows with
 * it, in the order of their last change (which is what users see as the order of a cached store's updates). How rows are found
 * is up to the kind of store.
 */
export abstract class NamedCache<R> {
  readonly #space: CacheSpace
  readonly #context: InternalStoreContext
  readonly #write: (node: CacheNode<R>) => void
  #newest: CacheNode<R> | undefined
  #oldest: CacheNode<R> | undefined
  #firstChanged: CacheNode<R> | undefined
  #lastChanged: CacheNode<R> | undefined
  /** The list of changes that a flush is writing. */
  #firstLeaving: CacheNode<R> | undefined
  #bytes = 0
  /** A node that left and serves for the next row: when keys are many, each row that comes sends one away. */
  #spare: CacheNode<R> | undefined
  readonly #reusesNodes: boolean

  /** `write` receives dirty rows when they have to be written, in the context of the record that made them. With `reusesNodes` nobody keeps a node beyond the call that gave it. */
  constructor(space: CacheSpace, context: InternalStoreContext, write: (node: CacheNode<R>) => void, reusesNodes: boolean) {
    this.#space = space
    this.#reusesNodes = reusesNodes
    this.#context = context
    this.#write = write
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  protected abstract insert(node: CacheNode<R>): void
  protected abstract remove(node: CacheNode<R>): void

  /** The row becomes the most recently used one. */
  use(node: CacheNode<R>): void {
    if (node === this.#newest) return
    this.#unlinkUse(node)
    this.#linkUse(node)
  }

  /** A change to what is `node`, if that is in the cache. `dataBytes` is the size of key and row. */
  protected change(node: CacheNode<R> | undefined, key: string, time: number, minor: number, row: R | undefined, dataBytes: number): void {
    const changed = node === undefined || node.leaving ? this.#replaced(node, key, time, minor) : node
    this.use(changed)
    changed.hasContext = this.#context.copyRecordContext?.(changed) ?? false
    this.#fill(changed, row, dataBytes + (changed.hasContext ? sourceBytes(changed) : 0))
    if (changed !== this.#lastChanged) {
      if (changed.dirty) this.#unlinkChange(changed)
      this.#linkChange(changed)
    }
    this.#makeRoom()
  }

  /** A row that was read from the store below, where nothing was here. */
  protected keep(key: string, time: number, minor: number, row: R, dataBytes: number): void {
    const node = this.#replaced(undefined, key, time, minor)
    this.#fill(node, row, dataBytes)
    this.#makeRoom()
  }

  /** A new node; one that is just being written stays as it is for that. */
  #replaced(node: CacheNode<R> | undefined, key: string, time: number, minor: number): CacheNode<R> {
    if (node !== undefined) this.drop(node)
    const made = this.#spare ?? new CacheNode<R>(key, time, minor)
    this.#spare = undefined
    made.key = key
    made.gone = false
    this.insert(made)
    this.#linkUse(made)
    return made
  }

  #fill(node: CacheNode<R>, row: R | undefined, dataBytes: number): void {
    const bytes = ENTRY_BYTES + dataBytes
    node.row = row
    if (bytes === node.bytes) return
    this.#grow(bytes - node.bytes)
    node.bytes = bytes
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    this.#space.bytes += bytes
  }

  /** Only the cache that grew gives way: others may be in the middle of a flush that caused the growth. */
  #makeRoom(): void {
    const space = this.#space
    while (space.bytes > space.maxBytes && this.#oldest !== undefined) this.#evict(this.#oldest)
  }

  #linkUse(node: CacheNode<R>): void {
    node.older = this.#newest
    node.newer = undefined
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
  }

  #unlinkUse(node: CacheNode<R>): void {
    if (node.newer === undefined) this.#newest = node.older
    else node.newer.older = node.older
    if (node.older === undefined) this.#oldest = node.newer
    else node.older.newer = node.newer
  }

  #linkChange(node: CacheNode<R>): void {
    node.dirty = true
    node.changedBefore = this.#lastChanged
    node.changedAfter = undefined
    if (this.#lastChanged === undefined) this.#firstChanged = node
    else this.#lastChanged.changedAfter = node
    this.#lastChanged = node
  }

  #unlinkChange(node: CacheNode<R>): void {
    if (node.changedBefore === undefined) this.#firstChanged = node.changedAfter
    else node.changedBefore.changedAfter = node.changedAfter
    if (node.changedAfter === undefined) this.#lastChanged = node.changedBefore
    else node.changedAfter.changedBefore = node.changedBefore
  }

  protected drop(node: CacheNode<R>): void {
    this.remove(node)
    this.#unlinkUse(node)
    node.gone = true
    // Nodes that left long ago must not hang together: a list of them in old memory would keep each other alive.
    node.newer = undefined
    node.older = undefined
    this.#grow(-node.bytes)
    node.bytes = 0
  }

  /** Removes the least recently used row; when it is dirty, everything dirty is flushed, it first. */
  #evict(eldest: CacheNode<R>): void {
    this.drop(eldest)
    if (!eldest.dirty) {
      if (this.#reusesNodes && !eldest.leaving) this.#spare = eldest
      return
    }
    this.#unlinkChange(eldest)
    eldest.dirty = false
    eldest.leaving = true
    this.#flush(eldest)
  }

  /** The store below has another row by now, one that did not come from here: what was read of it is no longer true. */
  protected forgetNode(node: CacheNode<R> | undefined): void {
    if (node !== undefined && !node.dirty) this.drop(node)
  }

  flush(): void {
    if (this.#firstChanged !== undefined) this.#flush(undefined)
  }

  /** What is changed meanwhile, by those who hear of the changes, is not part of it. */
  #flush(evicted: CacheNode<R> | undefined): void {
    const first = this.#firstChanged
    this.#firstChanged = undefined
    this.#lastChanged = undefined
    this.#firstLeaving = first
    for (let node = first; node !== undefined; node = node.changedAfter) {
      node.dirty = false
      node.leaving = true
    }
    const context = this.#context
    const current = context.saveRecordContext?.()
    try {
      if (evicted !== undefined) this.#send(evicted)
      for (let node = first; node !== undefined; node = node.changedAfter) this.#send(node)
    } finally {
      this.#firstLeaving = undefined
      context.restoreRecordContext?.(current)
    }
    this.#flushed(first)
  }

  #send(node: CacheNode<R>): void {
    this.#context.restoreRecordContext?.(node.hasContext ? node : undefined)
    this.#write(node)
  }

  #flushed(first: CacheNode<R> | undefined): void {
    let node = first
    while (node !== undefined) {
      const next: CacheNode<R> | undefined = node.changedAfter
      node.changedBefore = undefined
      node.changedAfter = undefined
      node.leaving = false
      node.dropContext()
      if (node.row === undefined && !node.gone) this.drop(node)
      node = next
    }
  }

  /** The changes that the store below may not have yet, earlier changes first. */
  *dirtyNodes(): IterableIterator<CacheNode<R>> {
    for (let node = this.#firstLeaving; node !== undefined; node = node.changedAfter) if (!node.gone) yield node
    for (let node = this.#firstChanged; node !== undefined; node = node.changedAfter) yield node
  }
}
