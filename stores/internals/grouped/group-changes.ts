import { DELETED } from '../rows.ts'
import type { Deleted } from '../rows.ts'

/** What has changed in one group since the last commit. */
class Changes<R> {
  /** Rows that are nowhere below: deleting one again leaves nothing to write. */
  readonly added = new Map<string, R>()
  readonly changed = new Map<string, R | Deleted>()
}

/** Changes of grouped rows that are not written yet. */
export class GroupChanges<R> {
  /** Rows to be written. */
  size = 0
  readonly #groups = new Map<string, Changes<R>>()

  /** `isNew`: there is no row of that member, here or below. */
  put(group: string, member: string, row: R, isNew: boolean): void {
    const { added, changed } = this.#changesOf(group)
    const before = added.size + changed.size
    if (isNew ? changed.has(member) : !added.has(member)) changed.set(member, row)
    else added.set(member, row)
    this.size += added.size + changed.size - before
  }

  delete(group: string, member: string): void {
    const { added, changed } = this.#changesOf(group)
    if (added.delete(member)) {
      this.size--
      return
    }
    const before = changed.size
    changed.set(member, DELETED)
    this.size += changed.size - before
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
      for (const [member, row] of changed) visitor(group, member, row)
      for (const [member, row] of added) visitor(group, member, row)
    }
  }

  /** The changes of one group, in the order of its members. */
  ofGroup(group: string): readonly (readonly [member: string, row: R | Deleted])[] {
    const changes = this.#groups.get(group)
    if (changes === undefined) return []
    return [...changes.changed, ...changes.added].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** Takes in earlier changes that could not be written, where later ones do not replace them. */
  putBelow(older: GroupChanges<R>): void {
    for (const [group, { added, changed }] of older.#groups) {
      const newer = this.#changesOf(group)
      const before = newer.added.size + newer.changed.size
      for (const [member, row] of added) if (!newer.added.has(member) && !newer.changed.has(member)) newer.added.set(member, row)
      for (const [member, row] of changed) {
        const later = newer.added.get(member)
        // That it was nowhere below counted on the earlier change, which is not written.
        newer.added.delete(member)
        if (later !== undefined) newer.changed.set(member, later)
        else if (!newer.changed.has(member)) newer.changed.set(member, row)
      }
      this.size += newer.added.size + newer.changed.size - before
    }
  }
}
