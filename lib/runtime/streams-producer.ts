import type { DeliveryErrorHook, RecordProducer, TopicAppender } from '../client/types.ts'
import { StreamsError } from '../core/errors.ts'
import type { DeadLetterRecord } from '../../topology/exception-handlers.ts'
import type { Headers } from '../core/headers.ts'
import { partitionForKey } from '../core/murmur2.ts'

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
  /** True when the record could not be turned into bytes; false when the broker or the client refused it. */
  readonly isSerialization: boolean
}

/** Decides about records that could not be written: drop them and go on, or stop. */
export type ProductionFailureHandler = (failure: ProductionFailure) => 'continue' | 'fail'

/** Records could not be written and the production exception handler did not say `continue`. */
export class ProductionError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_PRODUCTION_FAILED', message, options)
  }
}

/**
 * The producer of one stream thread, shared by the record collectors of its tasks. It remembers the first failure that the
 * handler did not forgive: from then on the thread cannot commit.
 */
export class StreamsProducer {
  readonly #producer: RecordProducer
  readonly #handler: ProductionFailureHandler
  readonly #preparing = new Map<string, Promise<void>>()
  #waiting = 0
  #failure: StreamsError | undefined

  /** `create` gets the hook that the producer must call for batches it gives up. */
  constructor(create: (onError: DeliveryErrorHook) => RecordProducer, handler: ProductionFailureHandler) {
    this.#handler = handler
    this.#producer = create((error, topic, partition, recordCount) => {
      this.report({ error, topic, partition, recordCount, isSerialization: false })
    })
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
        const error = new ProductionError(`records cannot be written to topic '${topic}': ${messageOf(cause)}. Create the topic before the application starts`, { cause })
        this.report({ error, topic, partition: undefined, recordCount: 1, isSerialization: false })
      })
      .finally(() => this.#waiting--)
  }

  /** Sends a record of bytes beside the tasks' own, to a dead letter topic; its partition is chosen by the key. */
  sendBytes({ topic, key, value, timestamp, headers }: DeadLetterRecord): void {
    const appender = this.#producer.appender(topic)
    const send = (): void => {
      const partition = key === undefined ? 0 : partitionForKey(key, appender.numPartitions)
      appender.appendBytes(partition, timestamp, key, value, headers)
    }
    if (appender.numPartitions > 0) send()
    else this.sendWhenKnown(topic, send)
  }

  /** Asks the handler; keeps the failure when it is not forgiven. Answers whether to go on. */
  report(failure: ProductionFailure): boolean {
    if (this.#handler(failure) === 'continue') return true
    this.#failure ??= failure.error
    return false
  }

  /** @throws {StreamsError} the first failure that was not forgiven, or the producer's fatal error */
  throwIfFailed(): void {
    const failure = this.#failure ?? this.#producer.fatalError
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
    await this.#producer.close({ timeoutMs })
  }

  async #topicsKnown(): Promise<void> {
    while (this.#waiting > 0) {
      await Promise.allSettled([...this.#preparing.values()])
      await Promise.resolve()
    }
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
