import type { Rows } from '../rows.ts'

/** Keys that are read at once. */
const AHEAD = 64

/** The keys of rows in their order, for one who deletes each row in turn: read ahead, since a scan per row would be dear. */
export class UpcomingKeys {
  #keys: string[] = []
  #at = 0
  /** True when there are no rows behind the last of the keys. */
  #isAll = false
  /** There are no rows before this key. */
  #from = ''

  /** The first key; undefined when there are no rows. */
  first(rows: Rows<unknown>): string | undefined {
    if (this.#at === this.#keys.length && !this.#isAll) this.#readAhead(rows)
    return this.#keys[this.#at]
  }

  #readAhead(rows: Rows<unknown>): void {
    const keys: string[] = []
    const cursor = rows.range(this.#from, undefined, false)
    let isMore = cursor.next()
    for (; isMore && keys.length < AHEAD; isMore = cursor.next()) keys.push(cursor.key)
    cursor.close()
    this.#keys = keys
    this.#at = 0
    this.#isAll = !isMore
  }

  /** The row of the first key was deleted. */
  removedFirst(): void {
    this.#from = this.#keys[this.#at]!
    this.#at++
    if (this.#at < AHEAD) return
    this.#keys = this.#keys.slice(this.#at)
    this.#at = 0
  }

  /** A row was put under a new key. */
  added(key: string): void {
    if (key < this.#from) this.#from = key
    const keys = this.#keys
    const isBehind = this.#at === keys.length || key > keys.at(-1)!
    if (isBehind && !this.#isAll) return
    let low = this.#at
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    keys.splice(low, 0, key)
    if (keys.length - this.#at <= 2 * AHEAD) return
    keys.length = this.#at + AHEAD
    this.#isAll = false
  }
}
