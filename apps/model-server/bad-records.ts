import type {
  DeserializationExceptionHandler,
  ProcessingExceptionHandler,
  ProductionExceptionHandler,
} from '../../lib/index.ts'
import { StreamsError } from '../../lib/index.ts'
import type { LimitedConsole } from './console.ts'

/** The model in service cannot score this record; the model itself is fine. */
export class RecordNotScoredError extends StreamsError {
  constructor(model: string, cause: unknown) {
    super('MILLRACE_MODEL_RECORD_NOT_SCORED', `model ${model}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** What becomes of records that are no such records, or cannot be scored. */
export interface BadRecordHandlers {
  readonly deserializationExceptionHandler: DeserializationExceptionHandler
  readonly processingExceptionHandler: ProcessingExceptionHandler
  readonly productionExceptionHandler: ProductionExceptionHandler
}

/**
 * Bad records go to the dead-letter topic with the reason in their headers, are counted, and told on the console. Any other
 * error, such as one of the state store, stops the server: records must not pass by because a disk is full.
 */
export const badRecordHandlers = (console: LimitedConsole, deadLetterTopic: string): BadRecordHandlers => {
  let count = 0
  const divert = (where: { topic: string | undefined; partition: number; offset: number }, error: Error): 'continue' => {
    count++
    const total = count
    console.print('bad records', () => `Bad record ${total} - ${where.topic}-${where.partition}@${where.offset} goes to ${deadLetterTopic}: ${error.message}`)
    return 'continue'
  }
  return {
    deserializationExceptionHandler: (context, _record, error) => divert(context, error),
    processingExceptionHandler: (context, _record, error) => (error instanceof RecordNotScoredError ? divert(context, error) : 'fail'),
    productionExceptionHandler: (_context, record, error) => {
      if (record.topic !== deadLetterTopic) return 'fail'
      console.print('dead letters', () => `A dead letter could not be written to ${deadLetterTopic}: ${error.message}`)
      return { result: 'continue' }
    },
  }
}
