import type { AsyncItem } from './async-item.ts'
import type { CallOrder } from './call-order.ts'
import { Fifo } from './fifo.ts'
import { keyIdentity } from './key-identity.ts'

/** Records taken for each call under way: so that a key with many records does not keep those of others waiting. */
const BACKLOG = 8

/** Results leave as they are ready; the calls of one key are made one after the other. */
export class KeyOrder implements CallOrder {
  readonly #concurrency: number
  readonly #begin: (item: AsyncItem) => void
  readonly #items = new Set<AsyncItem>()
  /** The last call of each key that has some. */
  readonly #last = new Map<unknown, AsyncItem>()
  readonly #startable = new Fifo<AsyncItem>()
  readonly #ready = new Fifo<AsyncItem>()
  #begun = 0

  constructor(concurrency: number, begin: (item: AsyncItem) => void) {
    this.#concurrency = concurrency
    this.#begin = begin
  }

  get size(): number {
    return this.#items.size
  }

  get isFull(): boolean {
    return this.#begun >= this.#concurrency || this.#items.size >= this.#concurrency * BACKLOG
  }

  add(item: AsyncItem): void {
    this.#items.add(item)
    const key = keyIdentity(item.record.key)
    const before = key === undefined ? undefined : this.#last.get(key)
    if (key !== undefined) this.#last.set(key, item)
    if (before !== undefined) {
      before.nextOfKey = item
      return
    }
    this.#startable.push(item)
    this.#beginMore()
  }

  #beginMore(): void {
    while (this.#begun < this.#concurrency) {
      const item = this.#startable.shift()
      if (item === undefined) return
      this.#begun++
      this.#begin(item)
    }
  }

  settled(item: AsyncItem): boolean {
    this.#ready.push(item)
    return true
  }

  take(): AsyncItem | undefined {
    return this.#ready.shift()
  }

  finished(item: AsyncItem): void {
    this.#items.delete(item)
    this.#begun--
    const next = item.nextOfKey
    if (next !== undefined) this.#startable.push(next)
    else {
      const key = keyIdentity(item.record.key)
      if (this.#last.get(key) === item) this.#last.delete(key)
    }
    this.#beginMore()
  }

  clear(): AsyncItem[] {
    const items = [...this.#items]
    this.#items.clear()
    this.#last.clear()
    this.#startable.clear()
    this.#ready.clear()
    return items
  }
}
