import type { Logger } from '../../core/log.ts'
import type { Time } from '../../core/time.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { ProducerIds } from '../producer-ids.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'
import { whyCannotEnd } from './end-rules.ts'
import { LAST_EPOCH, NO_EPOCH, NO_PRODUCER, isEpochExhausted, isPreparing, newTransaction, restoreTransaction, storeTransaction } from './transaction.ts'
import type { Transaction } from './transaction.ts'

/** The leader epoch of the log that Kafka's coordinator lives in; one process is always the same coordinator. */
export const COORDINATOR_EPOCH = 0

/** What InitProducerId and EndTxn answer. Id and epoch are -1 with an error. */
export interface ProducerAnswer {
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
}

/** Who writes: a transactional id with the producer id and epoch it was given. */
export interface TransactionOwner {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** What a transaction is to cover: partitions and groups' offsets. */
export interface TransactionScope {
  readonly partitions?: readonly (readonly [topic: string, partition: number])[]
  readonly groups?: readonly string[]
}

const refuse = (errorCode: number): ProducerAnswer => ({ errorCode, producerId: NO_PRODUCER, producerEpoch: NO_EPOCH })
const current = ({ producerId, epoch }: Transaction): ProducerAnswer => ({ errorCode: errorCodes.NONE, producerId, producerEpoch: epoch })

interface Parts {
  readonly config: BrokerConfig
  readonly journal: Journal
  readonly topics: TopicRegistry
  readonly groups: GroupCoordinator
  readonly producerIds: ProducerIds
  readonly time: Time
  readonly logger: Logger
}

/**
 * The coordinator of all transactions. Every state is in the journal before anything follows from it: a restart finishes
 * what was prepared, and leaves open what was open.
 */
export class TransactionCoordinator {
  readonly #parts: Parts
  readonly #transactions = new Map<string, Transaction>()
  readonly #timers: NodeJS.Timeout[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    for (const [key, value] of parts.journal.restored('transaction/')) {
      const id = journalKeyParts(key)[1]!
      this.#transactions.set(id, restoreTransaction(id, value))
    }
    this.#recover()
  }

  /**
   * Finishes what was prepared when the process ended. Logs may hold the first batch of a transaction of which the journal
   * has not heard: it belongs to its producer's next transaction when it is of the present epoch, since its producer will send
   * it again and go on, and it is aborted otherwise.
   */
  #recover(): void {
    const owners = new Map<number, Transaction>()
    for (const transaction of this.#transactions.values()) {
      owners.set(transaction.producerId, transaction)
      if (transaction.nextProducerId !== NO_PRODUCER) owners.set(transaction.nextProducerId, transaction)
      if (isPreparing(transaction)) transaction.completing = this.#finish(transaction, true)
    }
    for (const { partitions } of this.#parts.topics.all()) {
      for (const log of partitions) {
        for (const [producerId] of [...log.producers.transactions.entries()]) {
          const owner = owners.get(producerId)
          const { epoch } = log.producers.get(producerId)!
          const scope: TransactionScope = { partitions: [[log.topic, log.partition]] }
          if (owner?.state === 'Ongoing' && covers(owner, scope)) continue
          if (owner !== undefined && isNext(owner, producerId, epoch)) this.#adopt(owner, scope)
          else log.endTransaction({ producerId, producerEpoch: epoch, committed: false, coordinatorEpoch: COORDINATOR_EPOCH })
        }
      }
    }
  }

  /** Takes a batch that was found into the owner's next transaction, which begins when the one before it is complete. */
  #adopt(owner: Transaction, scope: TransactionScope): void {
    if (owner.completing === undefined) this.#extend(owner, scope)
    else void owner.completing.then(() => this.#extend(owner, scope))
  }

  /** Begins to look for transactions past their time and for ids that nobody uses any more. */
  start(): void {
    const { config } = this.#parts
    const every = (setting: string, run: () => void): void => void this.#timers.push(setInterval(run, config.number(setting)).unref())
    every('transaction.abort.timed.out.transaction.cleanup.interval.ms', () => this.abortTimedOut())
    every('transaction.remove.expired.transaction.cleanup.interval.ms', () => this.expire())
  }

  all(): IterableIterator<Transaction> {
    return this.#transactions.values()
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  #store(transaction: Transaction): void {
    this.#parts.journal.put(journalKey('transaction', transaction.transactionalId), storeTransaction(transaction))
  }

  /**
   * Gives a producer its id and a new epoch, which shuts out whoever had the one before. A transaction that is open is
   * aborted first: the producer is told to come again. The caller waits for the journal.
   */
  init(transactionalId: string, timeoutMs: number, expected: { readonly producerId: number; readonly epoch: number } | undefined): ProducerAnswer {
    const { config, producerIds, time } = this.#parts
    if (transactionalId === '') return refuse(errorCodes.INVALID_REQUEST)
    if (timeoutMs <= 0 || timeoutMs > config.number('transaction.max.timeout.ms')) return refuse(errorCodes.INVALID_TRANSACTION_TIMEOUT)
    const nowMs = time.now()
    const transaction = this.#transactions.get(transactionalId) ?? newTransaction(transactionalId, producerIds.next(), timeoutMs, nowMs)
    this.#transactions.set(transactionalId, transaction)
    if (expected !== undefined && !mayExpect(transaction, expected)) return refuse(errorCodes.PRODUCER_FENCED)
    if (isPreparing(transaction)) return refuse(errorCodes.CONCURRENT_TRANSACTIONS)
    if (transaction.state === 'Ongoing') {
      this.#fence(transaction)
      return refuse(errorCodes.CONCURRENT_TRANSACTIONS)
    }
    const given = this.#nextEpoch(transaction, expected?.epoch)
    if (given !== errorCodes.NONE) return refuse(given)
    transaction.state = 'Empty'
    transaction.timeoutMs = timeoutMs
    transaction.startMs = -1
    transaction.updateMs = nowMs
    this.#store(transaction)
    return current(transaction)
  }

  #nextEpoch(transaction: Transaction, expected: number | undefined): number {
    const { epoch } = transaction
    if (isEpochExhausted(transaction) && (expected === undefined || expected === epoch)) {
      transaction.previousProducerId = transaction.producerId
      transaction.producerId = this.#parts.producerIds.next()
      transaction.epoch = 0
      transaction.lastEpoch = expected === undefined ? NO_EPOCH : epoch
      return errorCodes.NONE
    }
    if (expected === undefined || epoch === NO_EPOCH || expected === epoch) {
      transaction.lastEpoch = expected === undefined ? NO_EPOCH : epoch
      transaction.epoch = epoch + 1
      return errorCodes.NONE
    }
    // A retry of the request that got the present epoch gets it again.
    return expected === transaction.lastEpoch ? errorCodes.NONE : errorCodes.PRODUCER_FENCED
  }

  /** Adds partitions and groups to the owner's transaction, which begins with the first. The caller waits for the journal. */
  add(owner: TransactionOwner, scope: TransactionScope): number {
    const transaction = this.#transactions.get(owner.transactionalId)
    const error = owner.transactionalId === '' ? errorCodes.INVALID_REQUEST : ownerError(transaction, owner)
    if (error !== errorCodes.NONE || transaction === undefined) return error
    if (transaction.state !== 'Ongoing' || !covers(transaction, scope)) this.#extend(transaction, scope)
    return errorCodes.NONE
  }

  #extend(transaction: Transaction, scope: TransactionScope): void {
    const nowMs = this.#parts.time.now()
    if (transaction.state !== 'Ongoing') transaction.startMs = nowMs
    transaction.state = 'Ongoing'
    transaction.previousProducerId = transaction.producerId
    transaction.updateMs = nowMs
    for (const [topic, partition] of scope.partitions ?? []) {
      const partitions = transaction.partitions.get(topic)
      if (partitions === undefined) transaction.partitions.set(topic, new Set([partition]))
      else partitions.add(partition)
    }
    for (const group of scope.groups ?? []) transaction.groups.add(group)
    this.#store(transaction)
  }

  /** Whether the owner's transaction covers all of it. */
  verify(owner: TransactionOwner, scope: TransactionScope): number {
    const transaction = this.#transactions.get(owner.transactionalId)
    const error = owner.transactionalId === '' ? errorCodes.INVALID_REQUEST : ownerError(transaction, owner)
    if (error !== errorCodes.NONE || transaction === undefined) return error
    return covers(transaction, scope) ? errorCodes.NONE : errorCodes.TRANSACTION_ABORTABLE
  }

  /**
   * Commits or aborts. With `raisesEpoch` (transactions v2) the producer goes on with the next epoch, which the answer has.
   * Settled when the decision is in the journal and the markers are on their way.
   */
  end(owner: TransactionOwner, commit: boolean, raisesEpoch: boolean): ProducerAnswer | Promise<ProducerAnswer> {
    if (owner.transactionalId === '') return refuse(errorCodes.INVALID_REQUEST)
    const transaction = this.#transactions.get(owner.transactionalId)
    if (transaction === undefined) return refuse(errorCodes.INVALID_PRODUCER_ID_MAPPING)
    const verdict = whyCannotEnd(transaction, owner, commit, raisesEpoch)
    if (verdict === 'retry') return current(transaction)
    if (verdict !== errorCodes.NONE) return refuse(verdict)
    if (raisesEpoch && isEpochExhausted(transaction)) transaction.nextProducerId = this.#parts.producerIds.next()
    transaction.endingEpoch = transaction.epoch
    if (raisesEpoch) {
      transaction.lastEpoch = transaction.epoch
      transaction.epoch++
    }
    const after: ProducerAnswer = transaction.nextProducerId === NO_PRODUCER
      ? current(transaction)
      : { errorCode: errorCodes.NONE, producerId: transaction.nextProducerId, producerEpoch: 0 }
    const prepared = this.#prepare(transaction, commit)
    return prepared === undefined ? after : prepared.then(() => after)
  }

  /** Aborts an open transaction over its owner's head, who is shut out until it asks for the epoch that came with that. */
  #fence(transaction: Transaction): void {
    transaction.endingEpoch = transaction.epoch
    transaction.lastEpoch = transaction.epoch
    transaction.epoch++
    this.#prepare(transaction, false)?.catch((error: unknown) => this.#report(error))
  }

  /** Puts the decision into the journal and has the markers follow. Settled when the decision is safe. */
  #prepare(transaction: Transaction, commit: boolean): Promise<void> | undefined {
    const { journal, time } = this.#parts
    const nowMs = time.now()
    // An abort of what never began still has a beginning.
    if (transaction.state !== 'Ongoing') transaction.startMs = nowMs
    transaction.state = commit ? 'PrepareCommit' : 'PrepareAbort'
    transaction.updateMs = nowMs
    this.#store(transaction)
    const flushed = journal.flushed()
    if (flushed === undefined) {
      transaction.completing = this.#finish(transaction, false)
      return undefined
    }
    let finished: Promise<void> | undefined
    const decided = flushed.then(() => {
      finished = this.#finish(transaction, false)
    })
    transaction.completing = decided.then(() => finished).catch((error: unknown) => this.#report(error))
    return decided
  }

  /** Writes the markers and completes the transaction when they are written; `undefined` when all that happened at once. */
  #finish(transaction: Transaction, isRecovery: boolean): Promise<void> | undefined {
    const { topics, groups } = this.#parts
    const { producerId, epoch: producerEpoch, endingEpoch } = transaction
    const committed = transaction.state === 'PrepareCommit'
    const waits: Promise<void>[] = []
    for (const [topic, partitions] of transaction.partitions) {
      for (const partition of partitions) {
        const log = topics.log(topic, partition)
        // After a restart the log knows best whether its marker was written: then nothing is open there, or the next transaction is.
        if (log === undefined || (isRecovery && !isOpenUpTo(log, producerId, endingEpoch))) continue
        const { error, lastOffset } = log.endTransaction({ producerId, producerEpoch, committed, coordinatorEpoch: COORDINATOR_EPOCH })
        const written = error === errorCodes.NONE ? log.whenWritten(lastOffset) : undefined
        if (written !== undefined) waits.push(written)
      }
    }
    for (const group of transaction.groups) groups.pendingOffsets.complete(group, producerId, committed ? groups.offsets : undefined)
    if (waits.length === 0) {
      this.#complete(transaction)
      return undefined
    }
    return Promise.all(waits).then(() => this.#complete(transaction)).catch((error: unknown) => this.#report(error))
  }

  #complete(transaction: Transaction): void {
    transaction.state = transaction.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort'
    transaction.previousProducerId = transaction.producerId
    if (transaction.nextProducerId !== NO_PRODUCER) {
      transaction.producerId = transaction.nextProducerId
      transaction.nextProducerId = NO_PRODUCER
      transaction.epoch = 0
      transaction.lastEpoch = LAST_EPOCH
    }
    transaction.endingEpoch = NO_EPOCH
    transaction.partitions.clear()
    transaction.groups.clear()
    transaction.updateMs = this.#parts.time.now()
    transaction.completing = undefined
    this.#store(transaction)
  }

  #report(error: unknown): void {
    this.#parts.logger.error({ error: error instanceof Error ? error.message : String(error) }, 'a transaction could not be finished; it will be when the broker starts again')
  }

  /** Aborts the transactions that have been open for longer than their time-out. */
  abortTimedOut(): void {
    const nowMs = this.#parts.time.now()
    for (const transaction of this.#transactions.values()) {
      if (transaction.state === 'Ongoing' && transaction.startMs + transaction.timeoutMs < nowMs) this.#fence(transaction)
    }
  }

  /** Forgets ids that nothing has happened to for `transactional.id.expiration.ms`. */
  expire(): void {
    const { config, journal, time } = this.#parts
    const before = time.now() - config.number('transactional.id.expiration.ms')
    for (const transaction of [...this.#transactions.values()]) {
      if (transaction.state === 'Ongoing' || isPreparing(transaction) || transaction.updateMs > before) continue
      this.#transactions.delete(transaction.transactionalId)
      journal.remove(journalKey('transaction', transaction.transactionalId))
    }
  }

  /** Resolves when all markers that are due are written. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([...this.#transactions.values()].map(({ completing }) => completing))
  }
}

/** Whether a producer may come with this id: it is its own, or the one before a change of ids that it has not heard of. */
const mayExpect = (transaction: Transaction, { producerId, epoch }: { readonly producerId: number; readonly epoch: number }): boolean =>
  transaction.epoch === NO_EPOCH || producerId === transaction.producerId || (producerId === transaction.previousProducerId && epoch >= LAST_EPOCH)

/** Whether a batch of this epoch begins the transaction that the producer may have now, or as soon as the prepared one is complete. */
const isNext = ({ producerId, nextProducerId, epoch }: Transaction, writer: number, writtenEpoch: number): boolean =>
  nextProducerId === NO_PRODUCER ? writer === producerId && writtenEpoch === epoch : writer === nextProducerId && writtenEpoch === 0

/** Whether a log has a transaction of the producer open whose batches are of this epoch or an earlier one. */
const isOpenUpTo = ({ producers }: PartitionLog, producerId: number, epoch: number): boolean =>
  producers.transactions.get(producerId) !== undefined && producers.get(producerId)!.epoch <= epoch

const ownerError = (transaction: Transaction | undefined, { producerId, producerEpoch }: TransactionOwner): number => {
  if (transaction === undefined || transaction.producerId !== producerId) return errorCodes.INVALID_PRODUCER_ID_MAPPING
  if (transaction.epoch !== producerEpoch) return errorCodes.PRODUCER_FENCED
  return isPreparing(transaction) ? errorCodes.CONCURRENT_TRANSACTIONS : errorCodes.NONE
}

const covers = (transaction: Transaction, { partitions = [], groups = [] }: TransactionScope): boolean =>
  partitions.every(([topic, partition]) => transaction.partitions.get(topic)?.has(partition) ?? false) && groups.every((group) => transaction.groups.has(group))
