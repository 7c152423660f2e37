/** An index as it is kept in a file: three columns of the same length. */
export interface IndexEntries {
  readonly offsets: readonly number[]
  readonly positions: readonly number[]
  readonly timestampsBefore: readonly number[]
}

/**
 * Where batches begin, at most one entry per `intervalBytes` of the segment. Each entry also knows the largest timestamp of
 * everything before it, so that one index answers by offset, by position and by time.
 */
export class SparseIndex {
  readonly #offsets: number[]
  readonly #positions: number[]
  readonly #timestampsBefore: number[]
  readonly #intervalBytes: number
  #nextPosition = 0

  constructor(intervalBytes: number, entries?: IndexEntries) {
    this.#intervalBytes = intervalBytes
    this.#offsets = [...(entries?.offsets ?? [])]
    this.#positions = [...(entries?.positions ?? [])]
    this.#timestampsBefore = [...(entries?.timestampsBefore ?? [])]
  }

  get entries(): IndexEntries {
    return { offsets: this.#offsets, positions: this.#positions, timestampsBefore: this.#timestampsBefore }
  }

  /** Tells the index of a batch appended at `position`; `maxTimestampBefore` is the largest of the batches before it. */
  add(baseOffset: number, position: number, maxTimestampBefore: number): void {
    if (position < this.#nextPosition) return
    this.#offsets.push(baseOffset)
    this.#positions.push(position)
    this.#timestampsBefore.push(maxTimestampBefore)
    this.#nextPosition = position + this.#intervalBytes
  }

  /** The position of a batch at or before the one that holds the offset. */
  positionOfOffset(offset: number): number {
    return this.#positions[floor(this.#offsets, offset)] ?? 0
  }

  /** The last known batch start at or before the position. */
  positionAtOrBefore(position: number): number {
    return this.#positions[floor(this.#positions, position)] ?? 0
  }

  /** The position of a batch at or before the first one with this timestamp or a later one. */
  positionOfTimestamp(timestamp: number): number {
    return this.#positions[floor(this.#timestampsBefore, timestamp - 1)] ?? 0
  }
}

/** The last index whose value is at most `wanted`; -1 when there is none. The values ascend. */
const floor = (values: readonly number[], wanted: number): number => {
  let low = -1
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (values[middle]! <= wanted) low = middle
    else high = middle - 1
  }
  return low
}
