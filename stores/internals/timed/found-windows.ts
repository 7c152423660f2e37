/** Lists that are longer are not kept for the next search. */
const MOST_KEPT = 1024

/** What a search in a window store has found: starts and values, in order. Used again for the next one. */
export class FoundWindows<V> {
  count = 0
  #starts: number[] = []
  #values: V[] = []

  clear(): void {
    this.count = 0
    if (this.#starts.length <= MOST_KEPT) return
    this.#starts = []
    this.#values = []
  }

  add(start: number, value: V): void {
    this.#starts[this.count] = start
    this.#values[this.count++] = value
  }

  startAt(index: number): number {
    return this.#starts[index]!
  }

  valueAt(index: number): V {
    return this.#values[index]!
  }
}
