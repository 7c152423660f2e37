import { spread } from '../string-hash.ts'
import type { BufferedChange } from './buffered-change.ts'
import { compareKeys } from './key-parts.ts'

/** A power of two; windows that are open at the same time, roughly. */
const REMEMBERED_CHAINS = 16

const isBefore = <S>(a: BufferedChange<S>, b: BufferedChange<S>): boolean => a.time < b.time || (a.time === b.time && compareKeys(a, b) < 0)

/**
 * Changes that wait, the earliest first. All of a window have one time, and mostly leave together: they hang in a chain, in no
 * order, and only the first of it is in the heap. Where the earliest is wanted alone, its chain is taken apart first.
 */
export class TimeOrder<S> {
  readonly #heap: BufferedChange<S>[] = []
  /** Chains by a hash of their time. Where one is forgotten there may be a second chain of its time. */
  readonly #chains: (BufferedChange<S> | undefined)[] = new Array<undefined>(REMEMBERED_CHAINS).fill(undefined)
  /** Up to this time each change is in the heap itself. */
  #singleUntil = -Infinity

  /** Infinity when nothing waits. */
  get minTime(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.time
  }

  add(change: BufferedChange<S>): void {
    const { time } = change
    change.next = undefined
    if (time > this.#singleUntil) {
      const at = placeOf(time)
      const first = this.#chains[at]
      if (first !== undefined && first.time === time) {
        change.next = first.next
        first.next = change
        return
      }
      this.#chains[at] = change
    }
    this.#push(change)
  }

  /** Takes all changes of the earliest time out, as a chain in no order, unless that time is after `until`. */
  takeEarliest(until = Infinity): BufferedChange<S> | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.time > until) return undefined
    this.#pop()
    while (heap.length > 0 && heap[0]!.time === first.time) {
      const other = heap[0]!
      this.#pop()
      let last = other
      while (last.next !== undefined) last = last.next
      last.next = first.next
      first.next = other
    }
    const at = placeOf(first.time)
    if (this.#chains[at]?.time === first.time) this.#chains[at] = undefined
    return first
  }

  /** The one whose turn is next. */
  first(): BufferedChange<S> | undefined {
    const first = this.#heap[0]
    if (first === undefined || first.time <= this.#singleUntil) return first
    let change = this.takeEarliest()
    this.#singleUntil = first.time
    while (change !== undefined) {
      const { next } = change
      change.next = undefined
      this.#push(change)
      change = next
    }
    return this.#heap[0]
  }

  /** Takes out what {@link first} gave. */
  removeFirst(): void {
    this.#pop()
  }

  #push(change: BufferedChange<S>): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(change)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(change, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = change
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    const half = heap.length >> 1
    let at = 0
    while (at < half) {
      let child = 2 * at + 1
      const right = child + 1
      if (right < heap.length && isBefore(heap[right]!, heap[child]!)) child = right
      const below = heap[child]!
      if (!isBefore(below, last)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

const placeOf = (time: number): number => spread(time | 0) & (REMEMBERED_CHAINS - 1)
