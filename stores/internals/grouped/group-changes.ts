import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'

/** What has changed in one group since the last commit. There may be many groups with one change each: Maps are made when they are needed. */
class Changes<R> {
  /** Rows that are nowhere below: deleting one again leaves nothing to write. */
  added: Map<string, R> | undefined
  changed: Map<string, R | Deleted> | undefined

  get size(): number {
    return (this.added?.size ?? 0) + (this.changed?.size ?? 0)
  }

  add(member: string, row: R): void {
    (this.added ??= new Map<string, R>()).set(member, row)
  }

  change(member: string, row: R | Deleted): void {
    (this.changed ??= new Map<string, R | Deleted>()).set(member, row)
  }

  /** Takes in an earlier row that was nowhere below, unless there is a later one. */
  addBelow(member: string, row: R): void {
    if (this.added?.has(member) !== true && this.changed?.has(member) !== true) this.add(member, row)
  }

  /** The same for an earlier change. That a later row was nowhere below counted on this one, which is not written. */
  changeBelow(member: string, row: R | Deleted): void {
    const later = this.added?.get(member)
    this.added?.delete(member)
    if (later !== undefined) this.change(member, later)
    else if (this.changed?.has(member) !== true) this.change(member, row)
  }
}

/** Changes of grouped rows that are not written yet. */
export class GroupChanges<R> {
  /** Rows to be written. */
  size = 0
  readonly #groups = new Map<string, Changes<R>>()

  /** `isNew`: there is no row of that member, here or below. */
  put(group: string, member: string, row: R, isNew: boolean): void {
    const changes = this.#changesOf(group)
    const before = changes.size
    if (isNew ? changes.changed?.has(member) === true : changes.added?.has(member) !== true) changes.change(member, row)
    else changes.add(member, row)
    this.size += changes.size - before
  }

  delete(group: string, member: string): void {
    const changes = this.#changesOf(group)
    const before = changes.size
    if (changes.added?.delete(member) !== true) changes.change(member, DELETED)
    this.size += changes.size - before
  }

  #changesOf(group: string): Changes<R> {
    let changes = this.#groups.get(group)
    if (changes === undefined) {
      changes = new Changes()
      this.#groups.set(group, changes)
    }
    return changes
  }

  forEach(visitor: (group: string, member: string, row: R | Deleted) => void): void {
    for (const [group, { added, changed }] of this.#groups) {
      changed?.forEach((row, member) => visitor(group, member, row))
      added?.forEach((row, member) => visitor(group, member, row))
    }
  }

  /** The changes of one group, in the order of its members. */
  ofGroup(group: string): readonly (readonly [member: string, row: R | Deleted])[] {
    const changes = this.#groups.get(group)
    if (changes === undefined) return []
    return [...(changes.changed ?? []), ...(changes.added ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Takes in earlier changes that could not be written, where later ones do not replace them. */
  putBelow(older: GroupChanges<R>): void {
    for (const [group, { added, changed }] of older.#groups) {
      const newer = this.#changesOf(group)
      const before = newer.size
      added?.forEach((row, member) => newer.addBelow(member, row))
      changed?.forEach((row, member) => newer.changeBelow(member, row))
      this.size += newer.size - before
    }
  }
}
