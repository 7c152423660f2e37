import type { StreamsConfig } from '../../topology/config.ts'
import type { DeadLetterRecord, ErrorHandlerContext, FailedOutput } from '../../topology/exception-handlers.ts'
import { AuthenticationError, ClientError } from '../client/errors.ts'
import { Headers } from '../core/headers.ts'
import type { Logger } from '../core/log.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { askProductionHandler } from '../task/production-answer.ts'
import type { ProductionFailure, ProductionFailureHandler } from './streams-producer.ts'

export interface ProductionFailureOptions {
  readonly config: StreamsConfig
  readonly logger: Logger
  /** Counts the outputs that are dropped. */
  readonly dropped: Pick<Sensor, 'record'>
  /** Writes to a dead letter topic. */
  readonly sendDeadLetter: (letter: DeadLetterRecord) => void
}

/** Asks the configured production exception handler, writes its dead letters, logs its answer and counts what is dropped. */
export const productionFailures = (options: ProductionFailureOptions): ProductionFailureHandler => {
  const { config, logger, dropped, sendDeadLetter } = options
  return (failure) => {
    const { error, topic, partition, recordCount, nodeName, taskId, serialization } = failure
    const fields = { err: error, taskId, processor: nodeName, topic, partition, recordCount }
    // as in Java no handler can forgive that we may not write, and a dead letter would meet the same refusal
    if (error instanceof AuthenticationError || error.cause instanceof AuthenticationError) {
      logger.error(fields, 'records cannot be written')
      return 'fail'
    }
    // the handler sees what its serializer threw
    const reason = serialization !== undefined && error.cause instanceof Error ? error.cause : error
    const { result, letters } = askProductionHandler(config, failure.context ?? batchContext(failure), outputOf(failure), reason)
    // a dead letter that cannot be written must not be followed by another one
    if (topic !== config.settings.errorsDeadLetterQueueTopicName) for (const letter of letters) sendDeadLetter(letter)
    if (result === 'retry' && error instanceof ClientError && error.retriable) {
      logger.warn(fields, 'the production exception handler decided to try again')
      return 'retry'
    }
    if (result !== 'continue') {
      logger.error(fields, 'the production exception handler decided to fail')
      return 'fail'
    }
    logger.warn(fields, 'the production exception handler decided to continue; the records are dropped')
    dropped.record(recordCount)
    return 'continue'
  }
}

/** What is known of the source when a batch fails: it holds the records of many. */
const batchContext = ({ nodeName, taskId }: ProductionFailure): ErrorHandlerContext => ({
  topic: undefined,
  partition: -1,
  offset: -1,
  headers: Headers.empty,
  processorNodeId: nodeName ?? '',
  taskId: taskId ?? '',
  timestamp: -1,
  sourceRawKey: undefined,
  sourceRawValue: undefined,
})

const outputOf = ({ topic, partition, record, serialization }: ProductionFailure): FailedOutput => ({
  topic,
  partition,
  key: record?.key,
  value: record?.value,
  timestamp: record?.timestamp ?? -1,
  headers: record?.headers ?? Headers.empty,
  serialization,
})
