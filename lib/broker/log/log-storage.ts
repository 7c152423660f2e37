import { MemoryBytes } from './memory-bytes.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { ProducerState } from './producer-state.ts'
import { MemoryReplacement } from './replacement.ts'
import type { Replacement } from './replacement.ts'
import type { Segment } from './segment.ts'
import type { SegmentBytes } from './segment-bytes.ts'

/** Where the segments of one partition's log live. */
export interface LogStorage {
  /** Segments do not grow beyond it (bytes), whatever the topic's settings say. */
  readonly maxSegmentBytes: number
  /** The empty bytes of a new segment. */
  create(baseOffset: number): SegmentBytes
  /** Begins a segment that takes the place of others, the first of which has this base offset. */
  replace(baseOffset: number): Replacement
  /** Told when a replacement is in its place. */
  replaced(segment: Segment): void
  /** Whether so many bytes may still be appended. */
  hasRoomFor(bytes: number): boolean
  /** Told when a segment gets no more appends, with the producers that wrote so far. */
  rolled(closed: Segment, producers: ProducerState): void
  /** Resolves when everything is where it belongs; segments are closed after that. */
  drained(): Promise<void>
  /** Told when the log is deleted, after its segments. */
  deleted(): void
}

/** How many segments the memory has room for at least: retention gives back whole ones. */
const SEGMENTS = 16

export class MemoryStorage implements LogStorage {
  readonly maxSegmentBytes: number
  readonly #budget: MemoryBudget

  constructor(budget: MemoryBudget) {
    this.#budget = budget
    this.maxSegmentBytes = Math.floor(budget.limit / SEGMENTS)
  }

  create(): MemoryBytes {
    return new MemoryBytes(this.#budget)
  }

  replace(): MemoryReplacement {
    return new MemoryReplacement(this.create())
  }

  replaced(): void {}

  hasRoomFor(bytes: number): boolean {
    return this.#budget.fits(bytes)
  }

  rolled(): void {}

  drained(): Promise<void> {
    return Promise.resolve()
  }

  deleted(): void {}
}
