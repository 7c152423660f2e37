import type { CacheNode } from '../cache-node.ts'
import type { TimedOrder } from './timed-order.ts'
import type { TimedCursor } from './timed-rows.ts'

/** Rows of a cache, as they are now, above the rows below, both in the same order. */
export class CachedTimedCursor<R> implements TimedCursor<R> {
  key = ''
  time = 0
  minor = 0
  readonly #nodes: readonly CacheNode<R>[]
  readonly #rows: (R | undefined)[] = []
  readonly #below: TimedCursor<R>
  readonly #order: TimedOrder
  readonly #sign: 1 | -1
  #at = 0
  #isBelow: boolean
  #row: R | undefined

  constructor(nodes: readonly CacheNode<R>[], below: TimedCursor<R>, order: TimedOrder, reverse: boolean) {
    this.#nodes = nodes
    for (let i = 0; i < nodes.length; i++) this.#rows.push(nodes[i]!.row)
    this.#below = below
    this.#order = order
    this.#sign = reverse ? -1 : 1
    this.#isBelow = below.next()
  }

  next(): boolean {
    const below = this.#below
    for (;;) {
      const node = this.#nodes[this.#at]
      const difference = node === undefined ? 1 : this.#isBelow ? this.#compare(node, below) : -1
      if (node === undefined || difference > 0) {
        if (!this.#isBelow) return false
        this.#stand(below, below.row())
        this.#isBelow = below.next()
        return true
      }
      const row = this.#rows[this.#at++]
      if (difference === 0) this.#isBelow = below.next()
      if (row === undefined) continue
      this.#stand(node, row)
      return true
    }
  }

  #compare(node: CacheNode<R>, below: TimedCursor<R>): number {
    if (node.time === below.time && node.minor === below.minor && node.key === below.key) return 0
    return this.#sign * this.#order(node, below)
  }

  #stand({ key, time, minor }: { readonly key: string; readonly time: number; readonly minor: number }, row: R): void {
    this.key = key
    this.time = time
    this.minor = minor
    this.#row = row
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    this.#below.close()
    this.#isBelow = false
    this.#at = this.#nodes.length
    this.#row = undefined
  }
}
