import type { GroupedRows } from './grouped-rows.ts'
import { MemberRows } from './member-rows.ts'

/** Grouped rows in memory. */
export class MemoryGroups<R> implements GroupedRows<R> {
  readonly #groups = new Map<string, MemberRows<R>>()

  put(group: string, member: string, row: R): void {
    let rows = this.#groups.get(group)
    if (rows === undefined) {
      rows = new MemberRows()
      this.#groups.set(group, rows)
    }
    rows.put(member, row)
  }

  delete(group: string, member: string): void {
    const rows = this.#groups.get(group)
    if (rows !== undefined && rows.delete(member) && rows.size === 0) this.#groups.delete(group)
  }

  visit(group: string, visitor: (row: R) => void): void {
    this.#groups.get(group)?.visit(visitor)
  }
}
