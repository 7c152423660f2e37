/** A transaction that was given up: its producer's records from the first offset to the marker do not count. */
export interface AbortedRange {
  readonly producerId: number
  readonly firstOffset: number
  /** Of the marker. */
  readonly lastOffset: number
}

/** Where the transactions of a partition that readers cannot know the end of began: from these comes the last stable offset. */
export class OpenTransactions {
  /** First offsets by producer, in the order in which they began: ascending. */
  readonly #open = new Map<number, number>()
  /** Ended by a marker that is not where readers may see it yet. */
  #ending: { readonly firstOffset: number; readonly markerOffset: number }[] = []

  get(producerId: number): number | undefined {
    return this.#open.get(producerId)
  }

  begin(producerId: number, firstOffset: number): void {
    this.#open.set(producerId, firstOffset)
  }

  end(producerId: number, markerOffset: number): void {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return
    this.#open.delete(producerId)
    this.#ending.push({ firstOffset, markerOffset })
  }

  /** The earliest first offset; `undefined` when all that is below the high watermark is decided. */
  firstUnstable(highWatermark: number): number | undefined {
    let first: number | undefined = this.#open.values().next().value
    if (this.#ending.length > 0) {
      this.#ending = this.#ending.filter(({ markerOffset }) => markerOffset >= highWatermark)
      for (const { firstOffset } of this.#ending) if (first === undefined || firstOffset < first) first = firstOffset
    }
    return first
  }

  /** Producers and first offsets, ascending. */
  entries(): IterableIterator<[producerId: number, firstOffset: number]> {
    return this.#open.entries()
  }
}
