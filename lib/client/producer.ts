import type { Cluster } from './cluster.ts'
import { deferred } from './deferred.ts'
import type { Deferred } from './deferred.ts'
import { ClosedError, InvalidRequestError, UnknownTopicError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { FlushWaiter } from './flush-waiter.ts'
import { asClientError } from './kafka-errors.ts'
import { obtainIdentity } from './producer-identity.ts'
import type { ProducerBatch } from './producer-batch.ts'
import { bytesOf, headersOf, partitionOf } from './producer-messages.ts'
import { resolveProducerOptions } from './producer-options.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import { RecordAccumulator } from './record-accumulator.ts'
import { pause } from './retry.ts'
import { Sender } from './sender.ts'
import { Sequencer } from './sequencer.ts'
import { AccumulatingAppender } from './topic-appender.ts'
import { Transactions } from './transactions.ts'
import type { GroupMetadata, OffsetAndMetadata, ProducerMessage, ProducerOptions, RecordProducer, TopicAppender } from './types.ts'

const CLOSE_TIMEOUT_MS = 30_000

/** Writes records to topics: batches by partition, in order, repeated safely until acknowledged. */
export class Producer implements RecordProducer {
  readonly #cluster: Cluster
  readonly #options: ResolvedProducerOptions
  readonly #accumulator: RecordAccumulator
  readonly #sequencer: Sequencer | undefined
  readonly #transactions: Transactions | undefined
  readonly #sender: Sender
  readonly #appenders = new Map<string, AccumulatingAppender>()
  readonly #releases: (() => void)[] = []
  readonly #closing = new AbortController()
  #identityRequested = false
  #fatalError: ClientError | undefined
  /** Why nothing can be appended ever again: closed or failed. */
  #ended: ClientError | undefined
  #dropping = false
  #isAbandoned = false
  /** A delivery error that no flush has reported yet. */
  #unreported: ClientError | undefined
  #drainWaiters: Deferred<void>[] = []
  #keyless = 0

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#options = resolveProducerOptions(options, cluster.options)
    this.#accumulator = new RecordAccumulator(this.#options, () => this.#sender.wake())
    const { idempotent, transactionalId } = this.#options
    this.#sequencer = idempotent ? new Sequencer(transactionalId === undefined) : undefined
    this.#sender = new Sender(cluster, this.#options, this.#accumulator, this.#sequencer, {
      mayWrite: () => this.#options.fence?.isOpen ?? true,
      admits: (queue) => this.#identified() && (this.#transactions?.admits(queue) ?? true),
      addsPartitions: () => this.#transactions?.isV2 ?? false,
      abandons: () => this.#isAbandoned || (this.#transactions?.isLost ?? false),
      settled: (batch) => this.#settled(batch),
      gaveUp: (error, queue, batch) => {
        // what comes back after the first failure goes down with its transaction: nobody is told
        if (this.#dropping || this.#isAbandoned || this.#transactions?.isLost === true) return
        if (batch.waiters.length === 0 && batch.receipts.length === 0) this.#unreported ??= error
        this.#transactions?.noteFailure(error)
        this.#report(error, queue.topic, queue.partition, batch.recordCount)
      },
      failed: (error) => this.#fail(error),
    })
    if (transactionalId !== undefined) {
      this.#transactions = new Transactions(cluster, { ...this.#options, transactionalId }, this.#sequencer!, {
        wake: () => this.#sender.wake(),
        flush: () => this.flush(),
        drop: (reason) => this.#drop(reason),
        refuse: (error) => (this.#accumulator.refusal = this.#ended ?? error),
        failed: (error) => this.#fail(error),
        revived: () => this.#revive(),
      })
    }
    const { fence } = this.#options
    if (fence !== undefined) {
      this.#releases.push(
        fence.onOpen(() => {
          this.#sender.wake()
          if (!this.full) this.#releaseDrainWaiters()
        }),
      )
    }
    this.#releases.push(
      cluster.onPartitionsChanged((topic, partitions) => {
        const appender = this.#appenders.get(topic)
        if (appender !== undefined) appender.numPartitions = partitions
      }),
    )
  }

  get bufferedBytes(): number {
    return this.#accumulator.bufferedBytes
  }

  get full(): boolean {
    return this.#accumulator.bufferedBytes >= this.#options.bufferMemory || this.#options.fence?.isOpen === false
  }

  get fatalError(): ClientError | undefined {
    return this.#fatalError
  }

  async prepare(topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.appender(topic)
    const { maxBlockMs } = this.#options
    await this.#cluster.retrying(
      'waiting for topics',
      async (attempt) => {
        if (this.#ended !== undefined) throw this.#ended
        const found = await this.#cluster.metadata(topics, { refresh: attempt > 0 })
        const missing = topics.filter((topic) => !found.has(topic))
        if (missing.length > 0) throw new UnknownTopicError(`topics not in the cluster: ${missing.join(', ')}; create them first`)
      },
      { timeoutMs: maxBlockMs },
    )
  }

  appender(topic: string): TopicAppender {
    let appender = this.#appenders.get(topic)
    if (appender === undefined) {
      const partitions = this.#cluster.topic(topic)?.partitions.length ?? 0
      appender = new AccumulatingAppender(this.#accumulator, topic, partitions)
      this.#appenders.set(topic, appender)
      this.#releases.push(this.#cluster.watch([topic]))
      if (partitions === 0) void this.#cluster.requestUpdate()
      this.#identified()
    }
    return appender
  }

  flush(): Promise<void> {
    const batches = [...this.#accumulator.incomplete]
    const waiter = new FlushWaiter(batches.length, this.#unreported)
    this.#unreported = undefined
    for (const batch of batches) batch.waiters.push(waiter)
    this.#accumulator.dueNow()
    return waiter.promise
  }

  ackedOffset(topic: string, partition: number): number | undefined {
    return this.#accumulator.queues(topic)[partition]?.ackedOffset
  }

  drained(): Promise<void> {
    if (!this.full || this.#isAbandoned || this.#ended !== undefined) return Promise.resolve()
    const waiter = deferred<void>()
    this.#drainWaiters.push(waiter)
    this.#accumulator.dueNow()
    return waiter.promise
  }

  abandon(reason: ClientError): void {
    if (this.#isAbandoned) return
    this.#isAbandoned = true
    this.#accumulator.refusal = this.#ended ?? reason
    this.#drop(reason)
    this.#releaseDrainWaiters()
  }

  resume(): void {
    if (!this.#isAbandoned) return
    this.#isAbandoned = false
    this.#accumulator.refusal = this.#ended
  }

  async send(topic: string, messages: readonly ProducerMessage[]): Promise<readonly { partition: number; offset: number }[]> {
    const appender = this.appender(topic)
    if (appender.numPartitions === 0) await this.prepare([topic])
    const keyless = this.#keyless++
    const now = this.#cluster.options.time.now()
    const sent = messages.map((message) => {
      const key = bytesOf(message.key)
      const partition = partitionOf(message, key, appender.numPartitions, keyless)
      if (!(partition >= 0 && partition < appender.numPartitions)) {
        throw new InvalidRequestError(`topic ${topic} has partitions 0 to ${appender.numPartitions - 1}: ${partition} is none of them`)
      }
      appender.appendBytes(partition, message.timestamp ?? now, key, bytesOf(message.value), headersOf(message.headers))
      const batch = this.#accumulator.queue(topic, partition).latest!
      const receipt = deferred<{ partition: number; offset: number }>()
      batch.receipts.push({ index: batch.recordCount - 1, resolve: (offset) => receipt.resolve({ partition, offset }), reject: receipt.reject })
      return receipt.promise
    })
    this.#accumulator.dueNow()
    return Promise.all(sent)
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    if (this.#closing.signal.aborted) return
    const timeoutMs = options.timeoutMs ?? CLOSE_TIMEOUT_MS
    const closed = new ClosedError('the producer is closed')
    this.#ended ??= closed
    this.#accumulator.refusal = this.#ended
    const patience = new AbortController()
    const flushed = this.flush()
    try {
      const outOfTime = pause(timeoutMs, patience.signal).catch(() => {})
      if (timeoutMs > 0 && this.#fatalError === undefined) await Promise.race([flushed, outOfTime])
    } finally {
      patience.abort(closed)
      this.#closing.abort(closed)
      this.#sender.close()
      this.#accumulator.close()
      this.#sender.giveUpAll(closed)
      this.#releases.forEach((release) => release())
      this.#releaseDrainWaiters()
    }
  }

  async initTransactions(): Promise<void> {
    await this.#requireTransactions().init()
  }

  beginTransaction(): void {
    this.#requireTransactions().begin()
  }

  async sendOffsetsToTransaction(offsets: ReadonlyMap<string, OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    await this.#requireTransactions().sendOffsets(offsets, group)
  }

  async commitTransaction(): Promise<void> {
    await this.#requireTransactions().commit()
  }

  async abortTransaction(): Promise<void> {
    await this.#requireTransactions().abort()
  }

  #requireTransactions(): Transactions {
    if (this.#transactions === undefined) throw new InvalidRequestError('transactions need the option transactionalId')
    return this.#transactions
  }

  /** Without idempotence there is no identity; with transactions `initTransactions` brings it; else it is asked for now. */
  #identified(): boolean {
    if (this.#sequencer === undefined || this.#sequencer.identity !== undefined) return true
    if (this.#transactions === undefined && !this.#identityRequested) {
      this.#identityRequested = true
      obtainIdentity(this.#cluster, this.#options.transactionTimeoutMs, this.#closing.signal).then(
        (identity) => {
          this.#sequencer!.identity = identity
          this.#sender.wake()
        },
        (error: unknown) => {
          if (!this.#closing.signal.aborted) this.#fail(asClientError(error, 'asking for a producer id'))
        },
      )
    }
    return false
  }

  /** A hook that throws must not stop the sender. */
  #report(error: ClientError, topic: string, partition: number, recordCount: number): void {
    try {
      this.#options.onError?.(error, topic, partition, recordCount)
    } catch (thrown) {
      this.#cluster.options.logger.error({ error: (thrown as Error).message }, 'the onError hook of the producer failed')
    }
  }

  #settled(batch: ProducerBatch): void {
    this.#accumulator.settle(batch)
    if (this.#drainWaiters.length > 0 && !this.full) this.#releaseDrainWaiters()
  }

  /** Gives up what is not under way, on purpose: nobody is told. */
  #drop(reason: ClientError): void {
    this.#dropping = true
    this.#sender.giveUpAll(reason)
    this.#dropping = false
  }

  #releaseDrainWaiters(): void {
    for (const waiter of this.#drainWaiters.splice(0)) waiter.resolve()
  }

  /** A new epoch has begun: what ended the producer in the old one is over. */
  #revive(): void {
    if (this.#closing.signal.aborted) return
    this.#fatalError = undefined
    this.#ended = undefined
    this.#unreported = undefined
  }

  #fail(error: ClientError): void {
    if (this.#fatalError !== undefined) return
    this.#fatalError = error
    this.#ended = error
    this.#accumulator.refusal = error
    this.#cluster.options.logger.error({ error: error.message }, 'the producer failed')
    this.#sender.giveUpAll(error)
    this.#releaseDrainWaiters()
  }
}
