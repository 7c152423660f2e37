import { BufferedChange } from './buffered-change.ts'
import type { KeyTail } from './key-parts.ts'

/**
 * Changes whose turn is over, for the next keys: what waits outlives many collections of the young generation, so it is dear to
 * make and to throw away. No more of them are kept than wait.
 */
export class SpareChanges<S> {
  #first: BufferedChange<S> | undefined
  #count = 0

  take(head: string, tail: KeyTail, hash: number, time: number): BufferedChange<S> {
    const spare = this.#first
    if (spare === undefined) return new BufferedChange(head, tail, hash, time)
    this.#first = spare.next
    this.#count--
    spare.next = undefined
    spare.head = head
    spare.tail = tail
    spare.hash = hash
    spare.time = time
    return spare
  }

  /** Changes that have been emptied: a chain of `count`, from first to last; `waiting`: how many others are in use. */
  give(first: BufferedChange<S>, last: BufferedChange<S>, count: number, waiting: number): void {
    const isEnough = this.#count > waiting + count
    last.next = isEnough ? undefined : this.#first
    this.#first = first
    this.#count = isEnough ? count : this.#count + count
  }

  clear(): void {
    this.#first = undefined
    this.#count = 0
  }
}
