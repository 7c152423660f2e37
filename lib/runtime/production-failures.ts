import type { StreamsConfig } from '../../topology/config.ts'
import type { DeadLetterRecord, ErrorHandlerContext, FailedOutput } from '../../topology/exception-handlers.ts'
import { Headers } from '../core/headers.ts'
import type { Logger } from '../core/log.ts'
import type { MetricsRegistry } from '../metrics/metrics-registry.ts'
import type { ProductionFailure, ProductionFailureHandler } from './streams-producer.ts'

export interface ProductionFailureOptions {
  readonly config: StreamsConfig
  readonly logger: Logger
  readonly metrics: MetricsRegistry
  readonly threadName: string
  /** Writes to a dead letter topic. */
  readonly sendDeadLetter: (letter: DeadLetterRecord) => void
}

/** Asks the configured production exception handler, logs its answer and counts what is dropped. */
export const productionFailures = (options: ProductionFailureOptions): ProductionFailureHandler => {
  const { config, logger, metrics, threadName, sendDeadLetter } = options
  const dropped = metrics.counter('stream-thread-metrics', 'dropped-output-records-total', { 'thread-id': threadName })
  return (failure) => {
    const { error, topic, partition, recordCount, nodeName, taskId } = failure
    const response = config.settings.productionExceptionHandler(contextOf(failure), outputOf(failure), error)
    const result = typeof response === 'string' ? response : response.result
    const letters = typeof response === 'string' ? [] : (response.deadLetterQueueRecords ?? [])
    for (const letter of letters) sendDeadLetter(letter)
    const fields = { err: error, taskId, processor: nodeName, topic, partition, recordCount }
    if (result !== 'continue') {
      logger.error(fields, 'the production exception handler decided to fail')
      return 'fail'
    }
    logger.warn(fields, 'the production exception handler decided to continue; the records are dropped')
    dropped.add(recordCount)
    return 'continue'
  }
}

/** What is known of the source when an output fails: batches hold the records of many. */
const contextOf = ({ nodeName, taskId, record }: ProductionFailure): ErrorHandlerContext => ({
  topic: undefined,
  partition: -1,
  offset: -1,
  headers: record?.headers ?? Headers.empty,
  processorNodeId: nodeName ?? '',
  taskId: taskId ?? '',
  timestamp: record?.timestamp ?? -1,
  sourceRawKey: undefined,
  sourceRawValue: undefined,
})

const outputOf = ({ topic, partition, record, isSerialization }: ProductionFailure): FailedOutput => ({
  topic,
  partition,
  key: record?.key,
  value: record?.value,
  timestamp: record?.timestamp ?? -1,
  headers: record?.headers ?? Headers.empty,
  serialization: isSerialization ? 'value' : undefined,
})
