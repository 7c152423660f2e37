import { errorCodes } from '../../protocol/error-table.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { OpenTransactions } from './open-transactions.ts'
import type { TransactionEnd } from './transaction-marker.ts'

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
  /** Of its last batch or marker (ms); left out in old snapshots. */
  lastTimestamp?: number
  /** Where its open transaction began; left out when it has none. */
  transactionStart?: number | undefined
  /** Of the last marker; left out when there was none. */
  coordinatorEpoch?: number
}

/** What the log makes of a batch's sequence: take it, answer as the first time, or refuse with an error code. */
export type SequenceVerdict = { readonly kind: 'append' } | { readonly kind: 'duplicate'; readonly of: ProducerBatch } | { readonly kind: 'refuse'; readonly error: number }

const APPEND: SequenceVerdict = { kind: 'append' }
const OUT_OF_ORDER: SequenceVerdict = { kind: 'refuse', error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER }
const NOT_TRANSACTIONAL: SequenceVerdict = { kind: 'refuse', error: errorCodes.INVALID_TXN_STATE }
const OLD_EPOCH: SequenceVerdict = { kind: 'refuse', error: errorCodes.INVALID_PRODUCER_EPOCH }

/** Sequences wrap from 2^31-1 to 0. */
const sequenceAfter = (sequence: number): number => (sequence === LAST_SEQUENCE ? 0 : sequence + 1)

/** The lowest sequence with which a producer came to begin its transaction: it must begin there, or before. */
interface Attempt {
  readonly epoch: number
  readonly lowestSequence: number
  readonly fromZero: boolean
}

/**
 * Which idempotent producers wrote to a partition, what they wrote last, and which transactions they have open: duplicates
 * are found and gaps refused here.
 */
export class ProducerState {
  readonly transactions = new OpenTransactions()
  /** Who tried to begin a transaction here and has not written to it yet. */
  readonly #attempts = new Map<number, Attempt>()
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

  /** Whether the producer has a transaction open here, in this epoch. */
  isInTransaction(producerId: number, epoch: number): boolean {
    return this.transactions.get(producerId) !== undefined && this.#entries.get(producerId)?.epoch === epoch
  }

  /** A producer comes with a batch that would begin its transaction here; with `fromZero` (transactions v2) not amid its sequences. */
  attempt(producerId: number, epoch: number, sequence: number, fromZero: boolean): void {
    const known = this.#attempts.get(producerId)
    const isLater = known !== undefined && (epoch < known.epoch || (epoch === known.epoch && sequence >= known.lowestSequence))
    const isFenced = epoch < (this.#entries.get(producerId)?.epoch ?? -1)
    if (!isLater && !isFenced) this.#attempts.set(producerId, { epoch, lowestSequence: sequence, fromZero: known?.fromZero ?? fromZero })
  }

  /**
   * Judges a batch before it is appended. A producer never seen here may start anywhere; a new epoch, and one that a marker
   * began, starts at 0.
   */
  check(producerId: number, epoch: number, firstSequence: number, lastSequence: number, isTransactional = false): SequenceVerdict {
    const entry = this.#entries.get(producerId)
    const attempt = this.#attempts.get(producerId)
    const amid = attempt !== undefined && (firstSequence > attempt.lowestSequence || (entry === undefined && attempt.fromZero && firstSequence !== 0))
    if (entry === undefined) return amid ? OUT_OF_ORDER : APPEND
    if (epoch < entry.epoch) return OLD_EPOCH
    if (epoch === entry.epoch) {
      const same = entry.batches.find((batch) => batch.firstSequence === firstSequence && batch.lastSequence === lastSequence)
      if (same !== undefined) return { kind: 'duplicate', of: same }
    }
    if (amid) return OUT_OF_ORDER
    const last = epoch === entry.epoch ? entry.batches.at(-1) : undefined
    if (firstSequence !== (last === undefined ? 0 : sequenceAfter(last.lastSequence))) return OUT_OF_ORDER
    return entry.transactionStart !== undefined && !isTransactional ? NOT_TRANSACTIONAL : APPEND
  }

  /** The error of a marker that comes too late: of an epoch that the producer, or the coordinator, has left behind. */
  markerError({ producerId, producerEpoch, coordinatorEpoch }: TransactionEnd): number {
    const entry = this.#entries.get(producerId)
    if (entry === undefined) return errorCodes.NONE
    if (producerEpoch < entry.epoch) return errorCodes.INVALID_PRODUCER_EPOCH
    return coordinatorEpoch < (entry.coordinatorEpoch ?? -1) ? errorCodes.TRANSACTION_COORDINATOR_FENCED : errorCodes.NONE
  }

  /** Remembers a batch that was appended, or that was found in the log at start. */
  note(appended: RecordBatch, nowMs: number): void {
    const { producerId, producerEpoch: epoch, baseOffset, lastOffset } = appended
    const batch: ProducerBatch = { firstSequence: appended.baseSequence, lastSequence: appended.lastSequence, baseOffset, lastOffset, timestamp: appended.maxTimestamp }
    const entry = this.#entryIn(producerId, epoch, nowMs, appended.maxTimestamp)
    entry.batches.push(batch)
    if (entry.batches.length > REMEMBERED_BATCHES) entry.batches.shift()
    if (!appended.isTransactional) return
    this.#attempts.delete(producerId)
    if (entry.transactionStart !== undefined) return
    entry.transactionStart = baseOffset
    this.transactions.begin(producerId, baseOffset)
  }

  /** Takes in a marker at its offset. Returns where the transaction began that it ends; `undefined` when there was none here. */
  end({ producerId, producerEpoch, coordinatorEpoch }: TransactionEnd, markerOffset: number, timestamp: number, nowMs: number): number | undefined {
    const entry = this.#entryIn(producerId, producerEpoch, nowMs, timestamp)
    const start = entry.transactionStart
    entry.coordinatorEpoch = coordinatorEpoch
    entry.transactionStart = undefined
    this.#attempts.delete(producerId)
    this.transactions.end(producerId, markerOffset)
    return start
  }

  /** The entry of a producer that writes now; what an earlier epoch wrote is forgotten. */
  #entryIn(producerId: number, epoch: number, nowMs: number, timestamp: number): ProducerEntry {
    let entry = this.#entries.get(producerId)
    if (entry === undefined) this.#entries.set(producerId, (entry = { producerId, epoch, batches: [], lastSeenMs: nowMs }))
    if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    entry.lastSeenMs = nowMs
    entry.lastTimestamp = timestamp
    return entry
  }

  /** Forgets producers that were last seen before this time (ms) and have no transaction open. */
  expire(beforeMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.lastSeenMs >= beforeMs || entry.transactionStart !== undefined) continue
      this.#entries.delete(entry.producerId)
      this.#attempts.delete(entry.producerId)
    }
  }

  restore(entries: readonly ProducerEntry[]): void {
    for (const entry of entries) this.#entries.set(entry.producerId, { ...entry, batches: [...entry.batches] })
    const open = entries.filter(({ transactionStart }) => transactionStart !== undefined).sort((a, b) => a.transactionStart! - b.transactionStart!)
    for (const { producerId, transactionStart } of open) this.transactions.begin(producerId, transactionStart!)
  }
}
