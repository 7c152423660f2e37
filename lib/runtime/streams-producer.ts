import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { AuthenticationError, TransactionAbortableError } from '../client/errors.ts'
import type { ClientError } from '../client/errors.ts'
import type { DeliveryErrorHook, GroupMetadata, OffsetAndMetadata, RecordProducer, TopicAppender } from '../client/types.ts'
import { StreamsError } from '../core/errors.ts'
import type { DeadLetterRecord, ErrorHandlerContext, ProductionResult } from '../../topology/exception-handlers.ts'
import type { Headers } from '../core/headers.ts'
import { partitionForKey } from '../core/murmur2.ts'
import { TaskMigratedError } from '../task/errors.ts'
import { isLostTransaction, isPassing } from './lost-transaction.ts'

/** A record, or a batch of them, that could not be written to a topic. */
export interface ProductionFailure {
  readonly error: StreamsError
  readonly topic: string
  /** Undefined when the failure came before a partition was chosen. */
  readonly partition: number | undefined
  /** How many records are lost when the answer is `continue`. */
  readonly recordCount: number
  /** The sink or store that wrote it, when known. */
  readonly nodeName?: string | undefined
  readonly taskId?: string | undefined
  /** The record, when it failed before it was part of a batch. */
  readonly record?: { readonly key: unknown; readonly value: unknown; readonly timestamp: number; readonly headers: Headers } | undefined
  /** The serializer that failed; undefined when the broker or the client refused the record. */
  readonly serialization: 'key' | 'value' | undefined
  /** The source record, when it failed before it was part of a batch. */
  readonly context?: ErrorHandlerContext | undefined
}

/** Decides about records that could not be written: drop them and go on, begin again from the last commit, or stop. */
export type ProductionFailureHandler = (failure: ProductionFailure) => ProductionResult

/** Records could not be written and the production exception handler did not say `continue`. */
export class ProductionError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_PRODUCTION_FAILED', message, options)
  }
}

/** How long the end of a thread waits for its last transaction to be aborted, ms; the coordinator does it later by itself. */
const LAST_ABORT_MS = 3000

export interface TransactionOptions {
  /** How long transactions may be impossible to begin, ms, before that counts as an error (`task.timeout.ms`). */
  readonly timeoutMs: number
}

/**
 * The producer of one stream thread, shared by the record collectors of its tasks. It remembers the first failure that the
 * handler did not forgive: from then on the thread cannot commit. With exactly-once all that it sends is part of a transaction,
 * which is open at all times.
 */
export class StreamsProducer {
  readonly #producer: RecordProducer
  readonly #handler: ProductionFailureHandler
  readonly #transactions: TransactionOptions | undefined
  readonly #preparing = new Map<string, Promise<void>>()
  #waiting = 0
  #failure: StreamsError | undefined
  /** A failure after which all is to be done again: the handler wants that, or the transaction is lost. */
  #retry: TaskMigratedError | undefined
  #isClosed = false

  /** `create` gets the hook that the producer must call for batches it gives up; `transactions`: when it makes some. */
  constructor(create: (onError: DeliveryErrorHook) => RecordProducer, handler: ProductionFailureHandler, transactions?: TransactionOptions) {
    this.#handler = handler
    this.#transactions = transactions
    this.#producer = create((error, topic, partition, recordCount) => {
      const isForgiven = this.report({ error, topic, partition, recordCount, serialization: undefined })
      if (isForgiven && transactions !== undefined) this.#failure ??= notLeftOut(error)
    })
  }

  /** Shuts out whoever had the same transactional id, and opens the first transaction; without transactions nothing. */
  async begin(): Promise<void> {
    if (this.#transactions === undefined) return
    const deadline = performance.now() + this.#transactions.timeoutMs
    for (;;) {
      try {
        await this.#producer.initTransactions()
        break
      } catch (error) {
        if (!isPassing(error) || this.#isClosed || performance.now() > deadline) throw error
      }
    }
    this.#producer.beginTransaction()
  }

  /**
   * Commits all that was sent since the last time, and the offsets with it, in the name of a member of the group.
   * @throws {ClientError} when the transaction cannot be committed, see {@link isLostTransaction}
   * @throws as {@link throwIfFailed}
   */
  async commitTransaction(offsets: ReadonlyMap<string, OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    await this.#topicsKnown()
    const [sent] = await Promise.allSettled([this.#producer.sendOffsetsToTransaction(offsets, group), this.#producer.flush()])
    this.throwIfFailed()
    if (sent.status === 'rejected') throw sent.reason
    await this.#producer.commitTransaction()
    this.#producer.beginTransaction()
  }

  /** Gives up the open transaction, so that nobody has to wait until it times out. Never rejects, and takes not too long. */
  async abort(): Promise<void> {
    if (this.#transactions === undefined) return
    this.#isClosed = true
    await Promise.race([this.#producer.abortTransaction().catch(() => {}), pause(LAST_ABORT_MS, undefined, { ref: false })])
  }

  /**
   * The tasks may belong to others by now: what is not sent yet must not come behind what those write. Until {@link recover} all
   * that is asked of this producer fails. With transactions nothing: theirs cannot be committed.
   */
  lose(cause: ClientError): void {
    if (this.#transactions !== undefined) return
    this.#retry ??= new TaskMigratedError(`the membership has lapsed, and the tasks may belong to other members by now: ${cause.message}`, { cause })
    this.#producer.abandon(cause)
  }

  /** What an error of the producer means to a task: that its transaction is lost, or just the error. */
  meaningOf(error: unknown): unknown {
    if (error !== undefined && error === this.#retry?.cause) return this.#retry
    if (this.#transactions === undefined || !isLostTransaction(error)) return error
    return new TaskMigratedError(`the transaction is lost, and what was done in it is done again: ${error.message}`, { cause: error })
  }

  /** True when no more should be processed until {@link drained}: memory is used up, or a topic is not known yet. */
  get full(): boolean {
    return this.#waiting > 0 || this.#producer.full
  }

  /** Bytes sent and not yet acknowledged. */
  get bufferedBytes(): number {
    return this.#producer.bufferedBytes
  }

  async drained(): Promise<void> {
    await this.#topicsKnown()
    await this.#producer.drained()
  }

  appender(topic: string): TopicAppender {
    return this.#producer.appender(topic)
  }

  ackedOffset(topic: string, partition: number): number | undefined {
    return this.#producer.ackedOffset(topic, partition)
  }

  /** Asks the cluster for a topic ahead of the first record to it. */
  prepare(topic: string): Promise<void> {
    const known = this.#preparing.get(topic)
    if (known) return known
    const prepared = this.#producer.prepare([topic]).finally(() => this.#preparing.delete(topic))
    this.#preparing.set(topic, prepared)
    prepared.catch(() => {})
    return prepared
  }

  /** Sends `parked` once the topic is known; until then the producer counts as full. */
  sendWhenKnown(topic: string, parked: () => void): void {
    this.#waiting++
    this.prepare(topic)
      .then(parked)
      .catch((cause: unknown) => {
        if (cause instanceof TaskMigratedError) return void (this.#retry ??= cause)
        const advice = cause instanceof AuthenticationError ? '' : '. Create the topic before the application starts'
        const error = new ProductionError(`records cannot be written to topic '${topic}': ${messageOf(cause)}${advice}`, { cause })
        this.report({ error, topic, partition: undefined, recordCount: 1, serialization: undefined })
      })
      .finally(() => this.#waiting--)
  }

  /** Sends a record of bytes beside the tasks' own, to a dead letter topic; its partition is chosen by the key. */
  sendBytes({ topic, key, value, timestamp, headers }: DeadLetterRecord): void {
    const appender = this.#producer.appender(topic)
    const send = (): void => {
      const partition = key === undefined ? 0 : partitionForKey(key, appender.numPartitions)
      try {
        appender.appendBytes(partition, timestamp, key, value, headers)
      } catch (error) {
        // it goes down with the transaction that its record is part of
        if (!(error instanceof TransactionAbortableError || this.meaningOf(error) instanceof TaskMigratedError)) throw error
      }
    }
    if (appender.numPartitions > 0) send()
    else this.sendWhenKnown(topic, send)
  }

  /** Asks the handler; keeps the failure when it is not forgiven. Answers whether to go on. */
  report(failure: ProductionFailure): boolean {
    const { error } = failure
    const meaning = this.meaningOf(error)
    if (meaning instanceof TaskMigratedError) {
      this.#retry ??= meaning
      return false
    }
    let answer: ProductionResult
    try {
      answer = this.#handler(failure)
    } catch (thrown) {
      // the producer's hook must not throw, and the records are not forgiven
      this.#failure ??= thrown instanceof StreamsError ? thrown : new ProductionError(messageOf(thrown), { cause: thrown })
      return false
    }
    if (answer === 'continue') return true
    if (answer === 'retry') this.#retry ??= new TaskMigratedError(`the tasks begin again from their last commit: ${error.message}`, { cause: error })
    else this.#failure ??= error
    return false
  }

  /**
   * Forgets failures to be tried again, once all that is under way has arrived or failed; drops the open transaction for a new
   * one. To be called when no task is open.
   */
  async recover(): Promise<void> {
    if (this.#transactions === undefined && this.#retry === undefined) return
    await this.#topicsKnown()
    if (this.#transactions === undefined) {
      await this.#producer.flush().catch(() => {})
      this.#producer.resume()
    } else {
      await this.begin()
    }
    this.#retry = undefined
  }

  /**
   * @throws {StreamsError} the first failure that was not forgiven, or the producer's fatal error
   * @throws {TaskMigratedError} when the handler wants the first failure to be tried again, or the transaction is lost
   */
  throwIfFailed(): void {
    const failure = this.#failure ?? this.meaningOf(this.#producer.fatalError) ?? this.#retry
    if (failure !== undefined) throw failure
  }

  /** Resolves when all that was sent is acknowledged or forgiven. */
  async flush(): Promise<void> {
    await this.#topicsKnown()
    // what failed went through the hook already: the handler may have forgiven it
    await this.#producer.flush().catch((error: unknown) => {
      if (!(error instanceof StreamsError)) throw error
    })
    this.throwIfFailed()
  }

  /** Closes the producer; `timeoutMs` 0 drops what is not acknowledged. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true
    await this.#producer.close({ timeoutMs })
  }

  async #topicsKnown(): Promise<void> {
    while (this.#waiting > 0) {
      await Promise.allSettled([...this.#preparing.values()])
      await Promise.resolve()
    }
  }
}

const notLeftOut = (error: StreamsError): ProductionError =>
  new ProductionError(
    `records that a broker has refused cannot be left out of a transaction, whatever the production exception handler says: ${error.message}`,
    { cause: error },
  )

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
