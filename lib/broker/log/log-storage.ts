import { MemoryBytes } from './memory-bytes.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { SegmentBytes } from './segment-bytes.ts'

/** Where the segments of one partition's log live. */
export interface LogStorage {
  /** The empty bytes of a new segment. */
  create(baseOffset: number): SegmentBytes
  /** Whether so many bytes may still be appended. */
  hasRoomFor(bytes: number): boolean
  /** Gives back what is not a segment: after the last segment was closed, or deleted. */
  close(deleted: boolean): void
}

export class MemoryStorage implements LogStorage {
  readonly #budget: MemoryBudget

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  create(): SegmentBytes {
    return new MemoryBytes(this.#budget)
  }

  hasRoomFor(bytes: number): boolean {
    return this.#budget.fits(bytes)
  }

  close(): void {}
}
