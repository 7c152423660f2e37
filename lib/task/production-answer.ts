import type { StreamsConfig } from '../../topology/config.ts'
import type { DeadLetterRecord, ErrorHandlerContext, FailedOutput, ProductionResult } from '../../topology/exception-handlers.ts'
import { deadLetter } from './error-handling.ts'
import { asError, ProcessingError } from './errors.ts'

/** What the production exception handler says, and the dead letters to be sent. */
export interface ProductionAnswer {
  readonly result: ProductionResult
  readonly letters: readonly DeadLetterRecord[]
}

/** Asks the configured production exception handler. @throws {ProcessingError} when it throws */
export const askProductionHandler = (config: StreamsConfig, context: ErrorHandlerContext, output: FailedOutput, error: Error): ProductionAnswer => {
  const { productionExceptionHandler: handler, errorsDeadLetterQueueTopicName: deadLetterTopic } = config.settings
  let response: ReturnType<typeof handler>
  try {
    response = handler(context, output, error)
  } catch (cause) {
    throw new ProcessingError(`Fatal user code error in production error callback: ${asError(cause).message}`, { cause })
  }
  if (typeof response !== 'string') return { result: response.result, letters: response.deadLetterQueueRecords ?? [] }
  const hasLetter = deadLetterTopic !== undefined && response !== 'retry'
  return { result: response, letters: hasLetter ? [deadLetter(deadLetterTopic, context, error)] : [] }
}
