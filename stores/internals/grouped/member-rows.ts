/**
 * The rows of one group. Where many groups have one member each, a Map for each would take several times the memory of the row, so
 * it comes with the second member.
 */
export class MemberRows<R> {
  #member: string | undefined
  #row: R | undefined
  #rows: Map<string, R> | undefined
  /** Members in their order; made when it is asked for, and forgotten when members come or go. */
  #order: readonly string[] | undefined

  get size(): number {
    return this.#rows?.size ?? (this.#member === undefined ? 0 : 1)
  }

  has(member: string): boolean {
    return this.#rows === undefined ? member === this.#member : this.#rows.has(member)
  }

  put(member: string, row: R): void {
    let rows = this.#rows
    if (rows === undefined) {
      if (this.#member === undefined || this.#member === member) {
        this.#member = member
        this.#row = row
        return
      }
      rows = new Map([[this.#member, this.#row as R]])
      this.#rows = rows
      this.#row = undefined
    }
    const before = rows.size
    rows.set(member, row)
    if (rows.size !== before) this.#order = undefined
  }

  /** False when there was none. */
  delete(member: string): boolean {
    if (this.#rows !== undefined) {
      if (!this.#rows.delete(member)) return false
      this.#order = undefined
      return true
    }
    if (this.#member !== member) return false
    this.#member = undefined
    this.#row = undefined
    return true
  }

  visit(visitor: (row: R) => void): void {
    const rows = this.#rows
    if (rows === undefined) {
      if (this.#member !== undefined) visitor(this.#row as R)
      return
    }
    const order = (this.#order ??= [...rows.keys()].sort())
    for (let i = 0; i < order.length; i++) {
      const row = rows.get(order[i]!)
      if (row !== undefined) visitor(row)
    }
  }
}
