import type { Engine, EngineTable } from '../../engines/engine.ts'
import { DecodingCursor } from '../buffered-rows.ts'
import { MergedCursor } from '../merged-cursor.ts'
import type { RowBytes } from '../row-codec.ts'
import { afterPrefix } from '../rows.ts'
import type { Deleted, RowCursor } from '../rows.ts'
import { WriteBehind } from '../write-behind.ts'
import { GroupChanges } from './group-changes.ts'
import type { GroupedRows } from './grouped-rows.ts'
import { groupPrefix, memberOf, rowKey } from './grouped-rows.ts'
import { MemberRows } from './member-rows.ts'
import { RecentGroups } from './recent-groups.ts'

/** Twice what other stores let wait: these rows are short, and the keys of most of them change with every update. */
const BUFFER_ROWS = 20_000

/** Grouped rows in an engine, below a write buffer; groups that were visited lately are answered from memory. */
export class BufferedGroups<R> implements GroupedRows<R> {
  readonly #table: EngineTable
  readonly #codec: RowBytes<R>
  readonly #recent: RecentGroups<R>
  readonly #buffer: WriteBehind<GroupChanges<R>, R>

  constructor(engine: Engine, storeName: string, codec: RowBytes<R>, recent = new RecentGroups<R>()) {
    const table = engine.table(storeName)
    this.#table = table
    this.#codec = codec
    this.#recent = recent
    this.#buffer = new WriteBehind(engine, storeName, codec, {
      maxRows: BUFFER_ROWS,
      make: () => new GroupChanges(),
      visit: (layer, visitor) => layer.forEach((group, member, row) => visitor(table, rowKey(group, member), row)),
      putBelow: (older, newer) => newer.putBelow(older),
    })
  }

  get wantsCommit(): boolean {
    return this.#buffer.wantsCommit
  }

  put(group: string, member: string, row: R): void {
    const known = this.#recent.get(group)
    if (known === undefined) {
      this.#buffer.dirty.put(group, member, row, false)
      return
    }
    const before = known.size
    known.put(member, row)
    const isNew = known.size !== before
    this.#buffer.dirty.put(group, member, row, isNew)
    if (isNew) this.#recent.grew(1)
  }

  delete(group: string, member: string): void {
    this.#buffer.dirty.delete(group, member)
    if (this.#recent.get(group)?.delete(member) === true) this.#recent.grew(-1)
  }

  visit(group: string, visitor: (row: R) => void): void {
    (this.#recent.visited(group) ?? this.#read(group, visitor))?.visit(visitor)
  }

  /** All rows of a group; of one that is too large to be remembered, undefined: its rows have gone to `visitor` then. */
  #read(group: string, visitor: (row: R) => void): MemberRows<R> | undefined {
    const rows = new MemberRows<R>()
    const cursor = this.#cursor(group)
    while (cursor.next()) {
      rows.put(memberOf(cursor.key), cursor.row())
      if (rows.size <= this.#recent.maxRows) continue
      rows.visit(visitor)
      while (cursor.next()) visitor(cursor.row())
      return undefined
    }
    this.#recent.remember(group, rows)
    return rows
  }

  #cursor(group: string): RowCursor<R> {
    const prefix = groupPrefix(group)
    const stored = new DecodingCursor(this.#table.range(prefix, afterPrefix(prefix), false), this.#codec)
    const layers = this.#buffer.layers().map((layer) => new ChangesCursor(prefix, layer.ofGroup(group)))
    return new MergedCursor<R>([...layers, stored], false)
  }

  commit(offsets: ReadonlyMap<string, number>): Promise<void> {
    return this.#buffer.commit(offsets)
  }

  committedOffset(partition: string): number | undefined {
    return this.#buffer.committedOffset(partition)
  }

  close(): Promise<void> {
    return this.#buffer.close()
  }
}

class ChangesCursor<R> implements RowCursor<R | Deleted> {
  key = ''
  readonly #prefix: string
  readonly #changes: readonly (readonly [member: string, row: R | Deleted])[]
  #next = 0

  constructor(prefix: string, changes: readonly (readonly [member: string, row: R | Deleted])[]) {
    this.#prefix = prefix
    this.#changes = changes
  }

  next(): boolean {
    if (this.#next === this.#changes.length) return false
    this.key = this.#prefix + this.#changes[this.#next++]![0]
    return true
  }

  row(): R | Deleted {
    return this.#changes[this.#next - 1]![1]
  }

  close(): void {}
}
