/**
 * A binary heap that moves its elements exactly as `java.util.PriorityQueue` does, so that elements which compare equal come
 * out in the order in which they would in Java.
 */
export class JavaHeap<T> {
  readonly #isBefore: (a: T, b: T) => boolean
  readonly #elements: T[] = []

  /** `isBefore` must be strict: false for elements of the same rank. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#elements.length
  }

  peek(): T | undefined {
    return this.#elements[0]
  }

  add(element: T): void {
    const elements = this.#elements
    let at = elements.length
    elements.push(element)
    while (at > 0) {
      const above = (at - 1) >>> 1
      const parent = elements[above]!
      if (!this.#isBefore(element, parent)) break
      elements[at] = parent
      at = above
    }
    elements[at] = element
  }

  /** Takes the first element out. */
  poll(): T | undefined {
    const elements = this.#elements
    const first = elements[0]
    const last = elements.pop()
    const size = elements.length
    if (last === undefined || size === 0) return first
    let at = 0
    const half = size >>> 1
    while (at < half) {
      let below = 2 * at + 1
      if (below + 1 < size && this.#isBefore(elements[below + 1]!, elements[below]!)) below++
      const child = elements[below]!
      if (!this.#isBefore(child, last)) break
      elements[at] = child
      at = below
    }
    elements[at] = last
    return first
  }
}
