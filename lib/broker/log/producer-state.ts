import { errorCodes } from '../../protocol/error-table.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'

/** How many batches of a producer a partition remembers, so that a retry of any that may be in flight is recognised. */
const REMEMBERED_BATCHES = 5
const LAST_SEQUENCE = 2147483647

/** One batch of an idempotent producer, as the log took it. */
export interface ProducerBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

export interface ProducerEntry {
  readonly producerId: number
  epoch: number
  /** The last ones, oldest first. */
  batches: ProducerBatch[]
  /** When it last appended, by the broker's clock (ms). */
  lastSeenMs: number
}

/** What the log makes of a batch's sequence: take it, answer as the first time, or refuse with an error code. */
export type SequenceVerdict = { readonly kind: 'append' } | { readonly kind: 'duplicate'; readonly of: ProducerBatch } | { readonly kind: 'refuse'; readonly error: number }

const APPEND: SequenceVerdict = { kind: 'append' }
const OUT_OF_ORDER: SequenceVerdict = { kind: 'refuse', error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER }
const OLD_EPOCH: SequenceVerdict = { kind: 'refuse', error: errorCodes.INVALID_PRODUCER_EPOCH }

/** Sequences wrap from 2^31-1 to 0. */
const sequenceAfter = (sequence: number): number => (sequence === LAST_SEQUENCE ? 0 : sequence + 1)

/** Which idempotent producers wrote to a partition, and what they wrote last: duplicates are found and gaps refused here. */
export class ProducerState {
  readonly #entries = new Map<number, ProducerEntry>()

  get size(): number {
    return this.#entries.size
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#entries.values()
  }

  /** Judges a batch before it is appended. A producer never seen here may start anywhere; a new epoch starts at 0. */
  check(producerId: number, epoch: number, firstSequence: number, lastSequence: number): SequenceVerdict {
    const entry = this.#entries.get(producerId)
    if (entry === undefined) return APPEND
    if (epoch < entry.epoch) return OLD_EPOCH
    if (epoch > entry.epoch) return firstSequence === 0 ? APPEND : OUT_OF_ORDER
    const same = entry.batches.find((batch) => batch.firstSequence === firstSequence && batch.lastSequence === lastSequence)
    if (same !== undefined) return { kind: 'duplicate', of: same }
    const last = entry.batches.at(-1)
    return last === undefined || firstSequence === sequenceAfter(last.lastSequence) ? APPEND : OUT_OF_ORDER
  }

  /** Remembers a batch that was appended, or that was found in the log at start. */
  note(appended: RecordBatch, nowMs: number): void {
    const { producerId, producerEpoch: epoch, baseOffset, lastOffset } = appended
    const batch: ProducerBatch = { firstSequence: appended.baseSequence, lastSequence: appended.lastSequence, baseOffset, lastOffset, timestamp: appended.maxTimestamp }
    const entry = this.#entries.get(producerId)
    if (entry === undefined) {
      this.#entries.set(producerId, { producerId, epoch, batches: [batch], lastSeenMs: nowMs })
      return
    }
    if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    entry.batches.push(batch)
    if (entry.batches.length > REMEMBERED_BATCHES) entry.batches.shift()
    entry.lastSeenMs = nowMs
  }

  /** Forgets producers that were last seen before this time (ms). */
  expire(beforeMs: number): void {
    for (const entry of this.#entries.values()) if (entry.lastSeenMs < beforeMs) this.#entries.delete(entry.producerId)
  }

  restore(entries: readonly ProducerEntry[]): void {
    for (const entry of entries) this.#entries.set(entry.producerId, { ...entry, batches: [...entry.batches] })
  }
}
