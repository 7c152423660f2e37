import type { CacheNode } from './cache-node.ts'
import { NamedCache } from './named-cache.ts'
import type { CacheSpace } from './named-cache.ts'
import type { InternalStoreContext } from './store-context.ts'

/** The cache of a key-value store. */
export class KeyedCache<R> extends NamedCache<R> {
  readonly #nodes = new Map<string, CacheNode<R>>()
  /** Get and put of one key follow each other. */
  #last: CacheNode<R> | undefined

  constructor(space: CacheSpace, context: InternalStoreContext, write: (node: CacheNode<R>) => void) {
    super(space, context, write, true)
  }

  protected insert(node: CacheNode<R>): void {
    this.#nodes.set(node.key, node)
    this.#last = node
  }

  protected remove(node: CacheNode<R>): void {
    this.#nodes.delete(node.key)
    if (node === this.#last) this.#last = undefined
  }

  #find(key: string): CacheNode<R> | undefined {
    if (this.#last !== undefined && this.#last.key === key) return this.#last
    const node = this.#nodes.get(key)
    if (node !== undefined) this.#last = node
    return node
  }

  /** The row of that key (undefined in it: deleted), which thereby becomes the most recently used. Good until the next call. */
  get(key: string): CacheNode<R> | undefined {
    const node = this.#find(key)
    if (node !== undefined) this.use(node)
    return node
  }

  /** A change; undefined deletes. `rowBytes` is the approximate size of the row. */
  put(key: string, row: R | undefined, rowBytes: number): void {
    this.change(this.#find(key), key, 0, 0, row, key.length + rowBytes)
  }

  /** A row that was read from the store below, because it was not here. */
  putRead(key: string, row: R, rowBytes: number): void {
    this.keep(key, 0, 0, row, key.length + rowBytes)
  }

  forget(key: string): void {
    if (this.#nodes.size > 0) this.forgetNode(this.#find(key))
  }

  /** Changes and reads alike, in no useful order. */
  nodes(): IterableIterator<CacheNode<R>> {
    return this.#nodes.values()
  }
}
