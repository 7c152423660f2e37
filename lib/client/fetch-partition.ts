import { partitionKey } from '../core/topic-partition.ts'
import { fetchMemory } from './fetch-memory.ts'

/** Where one assigned partition stands. */
export class FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly key: string
  /** The next offset to ask for. */
  position: number
  /** Grows whenever answers to earlier requests must not be used any more. */
  epoch = 0
  paused = false
  /** Part of a request that is under way. */
  inFlight = false
  /** Waits for a position from its owner, after OFFSET_OUT_OF_RANGE. */
  awaitsPosition = false
  /** Bytes handed out and not given back. */
  unreleasedBytes = 0
  /** Failures in a row, and when to try again (performance.now()). */
  failures = 0
  retryAt = 0
  highWatermark: number | undefined
  lastStableOffset: number | undefined
  logStartOffset: number | undefined
  /** A follower that the leader recommends (KIP-392), until then (performance.now()). */
  preferredReplica = -1
  preferredUntil = 0
  /** No longer assigned: what it still holds is no reason to fetch less. */
  #hasLeft = false
  readonly #unwatch: () => void

  constructor(topic: string, partition: number, position: number, unwatch: () => void) {
    this.topic = topic
    this.partition = partition
    this.key = partitionKey(topic, partition)
    this.position = position
    this.#unwatch = unwatch
  }

  /** Bytes are handed out, or (less than 0) given back. */
  hold(bytes: number): void {
    this.unreleasedBytes += bytes
    if (!this.#hasLeft) fetchMemory.take(bytes)
  }

  leave(): void {
    this.epoch += 1
    this.#hasLeft = true
    fetchMemory.take(-this.unreleasedBytes)
    this.#unwatch()
  }

  moveTo(offset: number): void {
    this.position = offset
    this.epoch += 1
    this.awaitsPosition = false
    this.failures = 0
    this.retryAt = 0
  }
}
