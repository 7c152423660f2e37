import { Headers } from '../core/headers.ts'
import type { Sensor } from '../metrics/sensor.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { ConsumerRecord, Record } from '../../topology/api.ts'
import type {
  DeadLetterRecord,
  ErrorHandlerContext,
  HandlerResponse,
  HandlerResult,
  ProcessingExceptionHandler,
} from '../../topology/exception-handlers.ts'
import { logAndContinue, logAndFail, retryOrFail } from '../../topology/exception-handlers.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import { asError, NodeFailure, ProcessingError, TaskMigratedError } from './errors.ts'
import type { QueueErrors, RecordQueue } from './record-queue.ts'
import type { CollectorHost, RecordCollector, RecordSender } from './record-collector.ts'
import type { RecordState } from './record-state.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** What a node does with an error of its processor: throws, or returns when the record may be dropped. */
export interface ProcessingErrors {
  processingFailed(nodeName: string, record: Record<unknown, unknown> | undefined, error: unknown): void
}

const asIs: Serializer<Uint8Array> = {
  serialize: (_topic, data) => data,
  write: (data, out) => out.writeBytes(data),
}

const SKIPS_LOGGED = 10
const SKIPS_BETWEEN_LOGS = 1000

/** The error handlers of a task: asks them, sends dead letters, counts what is dropped. */
export class ErrorHandling implements ProcessingErrors, QueueErrors, CollectorHost {
  readonly #environment: TaskEnvironment
  readonly #state: RecordState
  readonly #collector: RecordCollector
  readonly #dropped: Sensor
  #skipCount = 0
  readonly #deadLetterSenders = new Map<string, RecordSender<Uint8Array, Uint8Array>>()

  constructor(environment: TaskEnvironment, state: RecordState, collector: RecordCollector, dropped: Sensor) {
    this.#environment = environment
    this.#state = state
    this.#collector = collector
    this.#dropped = dropped
  }

  /** Counts a record that is skipped for a reason that is no error. */
  recordDropped(reason: string): void {
    this.#skipped(this.#state, reason)
  }

  negativeTimestamp(queue: RecordQueue): void {
    this.#skipped(queue, `negative extracted timestamp ${queue.headTimestamp}`)
  }

  /** Logs only the first ones and then some: a topic full of such records must not drown in its own log. */
  #skipped({ topic, partition, offset }: Pick<ErrorHandlerContext, 'topic' | 'partition' | 'offset'>, reason: string): void {
    this.#dropped.record()
    const dropped = ++this.#skipCount
    if (dropped > SKIPS_LOGGED && dropped % SKIPS_BETWEEN_LOGS !== 0) return
    this.#environment.log.warn({ taskId: String(this.#environment.taskId), topic, partition, offset, dropped }, `Skipping record due to ${reason}`)
  }

  deserializationFailed(queue: RecordQueue, error: Error): void {
    const { topic, partition, offset, source } = queue
    const key = queue.rawKey()
    const value = queue.rawValue()
    const headers = queue.rawHeaders()
    const timestamp = queue.rawTimestamp
    const context = this.#context(source.name, { topic, partition, offset, headers, timestamp }, key, value)
    const record: ConsumerRecord<Uint8Array | undefined, Uint8Array | undefined> = { topic, partition, offset, timestamp, key, value, headers }
    const { deserializationExceptionHandler: handler } = this.#environment.config.settings
    const result = this.#answer(context, error, () => handler(context, record, error))
    if (result === 'continue') return
    throw new ProcessingError(
      'Deserialization exception handler is set to fail upon a deserialization error. If you would rather have the streaming ' +
        'pipeline continue after a deserialization error, please set the deserialization.exception.handler appropriately. ' +
        `Record: topic=${topic}, partition=${partition}, offset=${offset}; ${error.message}`,
      { cause: error },
    )
  }

  processingFailed(nodeName: string, record: Record<unknown, unknown> | undefined, thrown: unknown): void {
    // what a node further down has already answered passes through, and so does what no handler can forgive
    if (thrown instanceof NodeFailure || thrown instanceof TaskMigratedError) throw thrown
    const error = asError(thrown)
    const context = this.errorContext(nodeName)
    const handler: ProcessingExceptionHandler = this.#environment.config.settings.processingExceptionHandler
    if (this.#answer(context, error, () => handler(context, record, error)) === 'fail') throw new NodeFailure(nodeName, error)
  }

  errorContext(nodeName: string): ErrorHandlerContext {
    const { topic, partition, offset, headers, timestamp } = this.#state
    const source = this.#state.isSent ? undefined : this.#state.source
    return this.#context(nodeName, { topic, partition, offset, headers, timestamp }, source?.rawKey(), source?.rawValue())
  }

  #context(
    processorNodeId: string,
    where: Pick<ErrorHandlerContext, 'topic' | 'partition' | 'offset' | 'headers' | 'timestamp'>,
    sourceRawKey: Uint8Array | undefined,
    sourceRawValue: Uint8Array | undefined,
  ): ErrorHandlerContext {
    return { ...where, processorNodeId, taskId: String(this.#environment.taskId), sourceRawKey, sourceRawValue }
  }

  /** Asks a handler, does what it says about dead letters, logs, and counts the record when it is dropped. */
  #answer(context: ErrorHandlerContext, error: Error, ask: () => HandlerResult | HandlerResponse): HandlerResult {
    let response: HandlerResult | HandlerResponse
    try {
      response = ask()
    } catch (cause) {
      throw new ProcessingError(`Fatal user code error in an exception handler: ${asError(cause).message}`, { cause })
    }
    const result = typeof response === 'string' ? response : response.result
    const letters = typeof response === 'string' ? this.#defaultLetters(context, error) : (response.deadLetterQueueRecords ?? [])
    for (const letter of letters) this.#sendLetter(letter, context.processorNodeId)
    const { topic, partition, offset, processorNodeId, taskId } = context
    const fields = { err: error, taskId, processor: processorNodeId, topic, partition, offset }
    if (result === 'fail') {
      this.#environment.log.error(fields, 'Exception handler decided to fail')
    } else {
      this.#environment.log.warn(fields, 'Exception handler decided to continue; the record is dropped')
      this.#dropped.record()
    }
    return result
  }

  #defaultLetters(context: ErrorHandlerContext, error: Error): DeadLetterRecord[] {
    const topic = this.#environment.config.settings.errorsDeadLetterQueueTopicName
    return topic === undefined ? [] : [deadLetter(topic, context, error)]
  }

  #sendLetter(letter: DeadLetterRecord, nodeName: string): void {
    let send = this.#deadLetterSenders.get(letter.topic)
    if (send === undefined) {
      send = this.#collector.sender({ topic: letter.topic, keySerializer: asIs, valueSerializer: asIs, nodeName })
      this.#deadLetterSenders.set(letter.topic, send)
    }
    send(letter.key, letter.value, letter.timestamp, letter.headers)
  }
}

/** True when an error may need the bytes of the source record: for a dead letter, or since a handler of the user sees them. */
export const wantsSourceBytes = ({ settings }: StreamsConfig): boolean => {
  const builtIn: readonly unknown[] = [logAndFail, logAndContinue, retryOrFail]
  const { processingExceptionHandler, productionExceptionHandler } = settings
  return settings.errorsDeadLetterQueueTopicName !== undefined || !builtIn.includes(processingExceptionHandler) || !builtIn.includes(productionExceptionHandler)
}

/** The dead letter record of KIP-1034: the source record's bytes, and what went wrong in its headers. */
export const deadLetter = (topic: string, context: ErrorHandlerContext, error: Error): DeadLetterRecord => {
  const text = (value: string | undefined): Uint8Array | undefined => (value === undefined ? undefined : Buffer.from(value))
  const headers = Headers.of([
    ...context.headers.toArray(),
    { key: '__streams.errors.exception', value: text(error.name) },
    { key: '__streams.errors.message', value: text(error.message) },
    { key: '__streams.errors.stacktrace', value: text(error.stack ?? '') },
    { key: '__streams.errors.topic', value: text(context.topic) },
    { key: '__streams.errors.partition', value: text(String(context.partition)) },
    { key: '__streams.errors.offset', value: text(String(context.offset)) },
  ])
  return { topic, key: context.sourceRawKey, value: context.sourceRawValue, timestamp: context.timestamp, headers }
}
