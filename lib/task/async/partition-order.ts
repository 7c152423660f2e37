import type { AsyncItem } from './async-item.ts'
import type { CallOrder } from './call-order.ts'
import { Fifo } from './fifo.ts'

/** Results leave in the order in which their records came; the window of calls moves on with the first of them. */
export class PartitionOrder implements CallOrder {
  readonly #concurrency: number
  readonly #begin: (item: AsyncItem) => void
  /** Begun and not delivered yet. */
  readonly #window = new Fifo<AsyncItem>()
  readonly #waiting = new Fifo<AsyncItem>()
  #delivering: AsyncItem | undefined

  constructor(concurrency: number, begin: (item: AsyncItem) => void) {
    this.#concurrency = concurrency
    this.#begin = begin
  }

  get size(): number {
    return this.#begun + this.#waiting.size
  }

  get #begun(): number {
    return this.#window.size + (this.#delivering === undefined ? 0 : 1)
  }

  get isFull(): boolean {
    return this.size >= this.#concurrency
  }

  add(item: AsyncItem): void {
    this.#waiting.push(item)
    this.#beginMore()
  }

  #beginMore(): void {
    while (this.#begun < this.#concurrency) {
      const item = this.#waiting.shift()
      if (item === undefined) return
      this.#window.push(item)
      this.#begin(item)
    }
  }

  settled(item: AsyncItem): boolean {
    return item === this.#window.peek()
  }

  take(): AsyncItem | undefined {
    if (this.#window.peek()?.isSettled !== true) return undefined
    this.#delivering = this.#window.shift()
    return this.#delivering
  }

  finished(): void {
    this.#delivering = undefined
    this.#beginMore()
  }

  clear(): AsyncItem[] {
    const items: AsyncItem[] = []
    for (const queue of [this.#window, this.#waiting]) {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item)
    }
    return items
  }
}
