import type { RowColumns } from '../engines/row-columns.ts'
import { AFTER, BEFORE, BYTES, CacheColumns, DIRTY, GONE, LEAVING, NEWER, NONE, OLDER } from './cache-columns.ts'
import type { InternalStoreContext } from './store-context.ts'

/** Java's constants for a node and its entry: references and the dirty flag, offset, timestamp and partition. */
const ENTRY_BYTES = 25 + 20

/** What all caches of a thread share. */
export interface CacheSpace {
  bytes: number
  maxBytes: number
}

/** What a cache is made of. */
export interface CacheParts<R> {
  readonly space: CacheSpace
  readonly context: InternalStoreContext
  /** Empty columns. */
  readonly rows: RowColumns<R>
  /** Receives dirty rows by number when they have to be written, in the context of the record that made them. */
  readonly write: (row: number) => void
}

/**
 * The cache of one store: least recently used rows leave first, and a dirty row that leaves takes all other dirty rows with
 * it, in the order of their last change (which is what users see as the order of a cached store's updates). How rows are found
 * is up to the kind of store. Rows go by their numbers; NONE is no row.
 */
export abstract class NamedCache<R> {
  protected readonly columns: CacheColumns<R>
  readonly #space: CacheSpace
  readonly #context: InternalStoreContext
  readonly #write: (row: number) => void
  #newest = NONE
  #oldest = NONE
  #firstChanged = NONE
  #lastChanged = NONE
  /** The list of changes that a flush is writing. */
  #firstLeaving = NONE
  #bytes = 0

  constructor({ space, context, rows, write }: CacheParts<R>) {
    this.columns = new CacheColumns(rows)
    this.#space = space
    this.#context = context
    this.#write = write
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  keyOf(row: number): string {
    return this.columns.key(row)
  }

  timeOf(row: number): number {
    return this.columns.time(row)
  }

  minorOf(row: number): number {
    return this.columns.minor(row)
  }

  /** Undefined is a delete. */
  rowOf(row: number): R | undefined {
    return this.columns.row(row)
  }

  protected abstract insert(row: number): void
  protected abstract remove(row: number): void

  /** The row becomes the most recently used one. */
  use(row: number): void {
    if (row === this.#newest) return
    this.#unlinkUse(row)
    this.#linkUse(row)
  }

  /** A change to what is `row`, if that is in the cache. `dataBytes` is the size of key and row. */
  protected change(row: number, key: string, time: number, minor: number, to: R | undefined, dataBytes: number): void {
    const columns = this.columns
    const changed = row === NONE || columns.has(row, LEAVING) ? this.#replaced(row, key, time, minor) : row
    this.use(changed)
    const contextBytes = columns.keepContext(changed, this.#context)
    this.#fill(changed, to, dataBytes + contextBytes)
    if (changed !== this.#lastChanged) {
      if (columns.has(changed, DIRTY)) this.#unlinkChange(changed)
      this.#linkChange(changed)
    }
    this.#makeRoom()
  }

  /** A row that was read from the store below, where nothing was here. */
  protected keep(key: string, time: number, minor: number, row: R, dataBytes: number): void {
    this.#fill(this.#replaced(NONE, key, time, minor), row, dataBytes)
    this.#makeRoom()
  }

  /** A new row; one that is just being written stays as it is for that. */
  #replaced(row: number, key: string, time: number, minor: number): number {
    if (row !== NONE) this.drop(row)
    const made = this.columns.add(key, time, minor)
    this.insert(made)
    this.#linkUse(made)
    return made
  }

  #fill(row: number, to: R | undefined, dataBytes: number): void {
    this.columns.setRow(row, to)
    this.#count(row, ENTRY_BYTES + dataBytes)
  }

  #count(row: number, bytes: number): void {
    const more = bytes - this.columns.link(row, BYTES)
    if (more === 0) return
    this.columns.setLink(row, BYTES, bytes)
    this.#bytes += more
    this.#space.bytes += more
  }

  /** Only the cache that grew gives way: others may be in the middle of a flush that caused the growth. */
  #makeRoom(): void {
    const space = this.#space
    while (space.bytes > space.maxBytes && this.#oldest !== NONE) this.#evict(this.#oldest)
  }

  #linkUse(row: number): void {
    const { columns } = this
    columns.setLink(row, OLDER, this.#newest)
    columns.setLink(row, NEWER, NONE)
    if (this.#newest === NONE) this.#oldest = row
    else columns.setLink(this.#newest, NEWER, row)
    this.#newest = row
  }

  #unlinkUse(row: number): void {
    const { columns } = this
    const newer = columns.link(row, NEWER)
    const older = columns.link(row, OLDER)
    if (newer === NONE) this.#newest = older
    else columns.setLink(newer, OLDER, older)
    if (older === NONE) this.#oldest = newer
    else columns.setLink(older, NEWER, newer)
  }

  #linkChange(row: number): void {
    const { columns } = this
    columns.mark(row, DIRTY)
    columns.setLink(row, BEFORE, this.#lastChanged)
    columns.setLink(row, AFTER, NONE)
    if (this.#lastChanged === NONE) this.#firstChanged = row
    else columns.setLink(this.#lastChanged, AFTER, row)
    this.#lastChanged = row
  }

  #unlinkChange(row: number): void {
    const { columns } = this
    const before = columns.link(row, BEFORE)
    const after = columns.link(row, AFTER)
    if (before === NONE) this.#firstChanged = after
    else columns.setLink(before, AFTER, after)
    if (after === NONE) this.#lastChanged = before
    else columns.setLink(after, BEFORE, before)
  }

  /** All rows, those first that were used longest ago. */
  *rows(): IterableIterator<number> {
    for (let row = this.#oldest; row !== NONE; row = this.columns.link(row, NEWER)) yield row
  }

  /** Takes a row out of the cache. Its number is free once it is not to be written any more. */
  protected drop(row: number): void {
    const { columns } = this
    this.remove(row)
    this.#unlinkUse(row)
    this.#count(row, 0)
    if (columns.has(row, DIRTY | LEAVING)) columns.mark(row, GONE)
    else columns.free(row)
  }

  /** Removes the least recently used row; when it is dirty, everything dirty is flushed, it first. */
  #evict(eldest: number): void {
    const { columns } = this
    const isDirty = columns.has(eldest, DIRTY)
    this.drop(eldest)
    if (!isDirty) return
    this.#unlinkChange(eldest)
    columns.unmark(eldest, DIRTY)
    columns.mark(eldest, LEAVING)
    this.#flush(eldest)
    columns.free(eldest)
  }

  /** The store below has another row by now, one that did not come from here: what was read of it is no longer true. */
  protected forgetRow(row: number): void {
    if (row !== NONE && !this.columns.has(row, DIRTY)) this.drop(row)
  }

  flush(): void {
    if (this.#firstChanged !== NONE) this.#flush(NONE)
  }

  /** What is changed meanwhile, by those who hear of the changes, is not part of it. */
  #flush(evicted: number): void {
    const { columns } = this
    const first = this.#firstChanged
    this.#firstChanged = NONE
    this.#lastChanged = NONE
    this.#firstLeaving = first
    for (let row = first; row !== NONE; row = columns.link(row, AFTER)) {
      columns.unmark(row, DIRTY)
      columns.mark(row, LEAVING)
    }
    const context = this.#context
    const current = context.saveRecordContext?.()
    try {
      if (evicted !== NONE) this.#send(evicted)
      for (let row = first; row !== NONE; row = columns.link(row, AFTER)) this.#send(row)
    } finally {
      this.#firstLeaving = NONE
      context.restoreRecordContext?.(current)
    }
    this.#flushed(first)
  }

  #send(row: number): void {
    this.#context.restoreRecordContext?.(this.columns.context(row))
    this.#write(row)
  }

  #flushed(first: number): void {
    const { columns } = this
    let row = first
    while (row !== NONE) {
      const next = columns.link(row, AFTER)
      columns.unmark(row, LEAVING)
      columns.dropContext(row)
      if (columns.has(row, GONE)) columns.free(row)
      else if (columns.isDelete(row)) this.drop(row)
      row = next
    }
  }

  /** The changes that the store below may not have yet, earlier changes first. */
  *dirtyRows(): IterableIterator<number> {
    const { columns } = this
    for (let row = this.#firstLeaving; row !== NONE; row = columns.link(row, AFTER)) if (!columns.has(row, GONE)) yield row
    for (let row = this.#firstChanged; row !== NONE; row = columns.link(row, AFTER)) yield row
  }
}
