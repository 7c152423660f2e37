import type { MemberRows } from './member-rows.ts'

/** Rows that may be remembered before those of groups that were not visited meanwhile are forgotten; twice that at most. */
const GENERATION_ROWS = 50_000

/**
 * Groups that were visited lately, with all of their rows: so that the next visit needs no look into the files, not even for groups that
 * have no rows. Two generations, of which the older is thrown away when the younger is full; see RowCache.
 */
export class RecentGroups<R> {
  readonly #generationRows: number
  #young = new Map<string, MemberRows<R>>()
  #old = new Map<string, MemberRows<R>>()
  #youngRows = 0

  constructor(generationRows = GENERATION_ROWS) {
    this.#generationRows = generationRows
  }

  /** The largest group that is remembered. */
  get maxRows(): number {
    return this.#generationRows
  }

  /** All rows of that group; undefined when they are not known. */
  get(group: string): MemberRows<R> | undefined {
    return this.#young.get(group) ?? this.#old.get(group)
  }

  /** The same of a group that is being visited, which makes it one of the latest. */
  visited(group: string): MemberRows<R> | undefined {
    const young = this.#young.get(group)
    if (young !== undefined) return young
    const old = this.#old.get(group)
    if (old !== undefined) this.remember(group, old)
    return old
  }

  remember(group: string, rows: MemberRows<R>): void {
    this.#young.set(group, rows)
    this.grew(rows.size + 1)
  }

  /** A group that is remembered has got that many rows more. */
  grew(rows: number): void {
    this.#youngRows += rows
    if (this.#youngRows < this.#generationRows) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngRows = 0
  }
}
