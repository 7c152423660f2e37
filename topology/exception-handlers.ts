import type { Headers } from '../lib/core/headers.ts'
import type { ConsumerRecord, Record } from './api.ts'

/** Where an error happened: the source record that was processed at the time, and the node. */
export interface ErrorHandlerContext {
  /** Undefined in punctuators. */
  readonly topic: string | undefined
  /** -1 in punctuators; so is the offset. */
  readonly partition: number
  readonly offset: number
  readonly headers: Headers
  /** The node's name, as `describe()` has it. */
  readonly processorNodeId: string
  /** `<sub-topology>_<partition>` */
  readonly taskId: string
  /** Of the source record, ms since the epoch. */
  readonly timestamp: number
  /** The source record's bytes; a copy made on demand, valid as long as you keep it. */
  readonly sourceRawKey: Uint8Array | undefined
  readonly sourceRawValue: Uint8Array | undefined
}

/** A record for a dead letter topic. */
export interface DeadLetterRecord {
  readonly topic: string
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly timestamp: number
  readonly headers: Headers
}

/** Fail: the error stops the thread. Continue: the record is dropped and counted. */
export type HandlerResult = 'fail' | 'continue'

/**
 * `retry` (production only, for errors that may pass, else it counts as `fail`): the thread's tasks begin again from their
 * last commit, so that the records are made and sent once more.
 */
export type ProductionResult = HandlerResult | 'retry'

/**
 * An answer with its own dead letter records (none when absent). A plain word instead of this object also sends the
 * default dead letter record (except `retry`), when `errors.dead.letter.queue.topic.name` is set.
 */
export interface HandlerResponse<R extends string = HandlerResult> {
  readonly result: R
  readonly deadLetterQueueRecords?: readonly DeadLetterRecord[]
}

/**
 * Makes answers by Java's names: `HandlerResponse.resume()` drops the record and goes on, `fail()` stops, `retry()` (production
 * only) tries again. The dead letters are those given and no other.
 */
export const HandlerResponse = {
  resume: (deadLetterQueueRecords: readonly DeadLetterRecord[] = []): { readonly result: 'continue'; readonly deadLetterQueueRecords: readonly DeadLetterRecord[] } =>
    ({ result: 'continue', deadLetterQueueRecords }),
  fail: (deadLetterQueueRecords: readonly DeadLetterRecord[] = []): { readonly result: 'fail'; readonly deadLetterQueueRecords: readonly DeadLetterRecord[] } =>
    ({ result: 'fail', deadLetterQueueRecords }),
  retry: (): { readonly result: 'retry' } => ({ result: 'retry' }),
} as const

/** Answers errors of deserializers. The record's key and value are bytes. */
export type DeserializationExceptionHandler = (
  context: ErrorHandlerContext,
  record: ConsumerRecord<Uint8Array | undefined, Uint8Array | undefined>,
  error: Error,
) => HandlerResult | HandlerResponse

/** Answers errors of processors and punctuators; of punctuators without a record. */
export type ProcessingExceptionHandler = (
  context: ErrorHandlerContext,
  record: Record<unknown, unknown> | undefined,
  error: Error,
) => HandlerResult | HandlerResponse

/** The output record that could not be serialized (`key` and `value` are the objects) or sent (they are bytes). */
export interface FailedOutput {
  readonly topic: string
  readonly partition: number | undefined
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly headers: Headers
  /** Which serializer failed; undefined when sending failed. */
  readonly serialization: 'key' | 'value' | undefined
}

/** Answers errors of serializers and of sending. */
export type ProductionExceptionHandler = (
  context: ErrorHandlerContext,
  record: FailedOutput,
  error: Error,
) => ProductionResult | HandlerResponse<ProductionResult>

/** Stops at the error. The default for deserialization and processing. */
export const logAndFail = (): 'fail' => 'fail'

/**
 * The default for production: what may pass by itself (a broker that did not answer in `delivery.timeout.ms`) is tried again
 * from the last commit, everything else stops.
 */
export const retryOrFail: ProductionExceptionHandler = (_context, _record, error) =>
  'retriable' in error && error.retriable === true ? 'retry' : 'fail'

/** Drops the record, logs and counts it, and goes on. */
export const logAndContinue = (): 'continue' => 'continue'
