import type { FetchMemory } from './fetch-memory.ts'
import type { ResolvedFetcherOptions } from './fetcher-options.ts'

const LARGEST_RESPONSE = 8 * 1024 * 1024
const SMALLEST_RESPONSE = 1024 * 1024
/** The least a partition asks for while memory is short: a batch of most producers fits. */
const SMALLEST_SHARE = 256 * 1024
/** The least it asks for otherwise: any batch of a topic with Kafka's defaults fits. */
const USUAL_SHARE = 1_048_576

/** How much a fetcher asks for: little at first, so that records come soon, then more as long as there is memory for it. */
export class FetchSizes {
  readonly #options: ResolvedFetcherOptions
  readonly #memory: FetchMemory
  /** The largest response that may be asked for next. */
  #most = SMALLEST_RESPONSE

  constructor(options: ResolvedFetcherOptions, memory: FetchMemory) {
    this.#options = options
    this.#memory = memory
  }

  /** Bytes of one response. */
  get response(): number {
    return this.#options.maxBytes ?? Math.min(this.#most, Math.max(SMALLEST_RESPONSE, Math.floor(this.#memory.free / 2)))
  }

  /** What one of `partitions` that share a response may fill of it, bytes. */
  share(partitions: number): number {
    const { maxPartitionBytes } = this.#options
    if (maxPartitionBytes !== undefined) return maxPartitionBytes
    const { response } = this
    const least = Math.min(response, this.#memory.free > 0 ? USUAL_SHARE : SMALLEST_SHARE)
    return Math.max(least, Math.floor(response / Math.max(1, partitions)))
  }

  /** A response brought so much: when it was full, the next may be larger. */
  came(bytes: number): void {
    if (2 * bytes > this.#most) this.#most = Math.min(LARGEST_RESPONSE, 2 * this.#most)
  }
}
