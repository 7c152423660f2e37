/** What has a turn. */
export interface Timed {
  readonly time: number
  /** Decides between equals in time. */
  readonly key: string
}

const isBefore = (a: Timed, b: Timed): boolean => a.time < b.time || (a.time === b.time && a.key < b.key)

/** Waiting entries, the earliest first: a binary heap, so that one comes or goes in logarithmic time. */
export class TimeOrder<E extends Timed> {
  #heap: E[]

  /** Starts with these, in any order. */
  constructor(entries: Iterable<E> = []) {
    // A sorted array is a heap.
    this.#heap = [...entries].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  get size(): number {
    return this.#heap.length
  }

  first(): E | undefined {
    return this.#heap[0]
  }

  add(entry: E): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(entry, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  removeFirst(): void {
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
