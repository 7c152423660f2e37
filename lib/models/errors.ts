import { StreamsError } from '../index.ts'

/** Every code a {@link ModelError} can carry. */
export type ModelErrorCode =
  | 'MILLRACE_MODEL_DESCRIPTOR_INVALID'
  | 'MILLRACE_MODEL_TYPE_UNKNOWN'
  | 'MILLRACE_MODEL_CONTENT_EMPTY'
  | 'MILLRACE_MODEL_CONTENT_TOO_LARGE'
  | 'MILLRACE_MODEL_LOCATION_UNSUPPORTED'
  | 'MILLRACE_MODEL_LOCATION_UNREACHABLE'
  | 'MILLRACE_MODEL_LOAD_TIMED_OUT'
  | 'MILLRACE_MODEL_LOAD_ABORTED'
  | 'MILLRACE_MODEL_MALFORMED'
  | 'MILLRACE_MODEL_INVALID'
  | 'MILLRACE_MODEL_UNSUPPORTED'
  | 'MILLRACE_MODEL_FORBIDDEN'
  | 'MILLRACE_MODEL_CLOSED'
  | 'MILLRACE_MODEL_RECORD_MALFORMED'

/** A model cannot be had, read or used. The message says what came and what to do; `code` is stable. */
export class ModelError extends StreamsError {
  declare readonly code: ModelErrorCode

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Why one record got no score; the model itself is fine. */
export type ScoringReason =
  | 'value-check'
  | 'type-check'
  | 'missing-argument'
  | 'missing-field'
  | 'missing-value'
  | 'undefined-result'
  | 'evaluation'
  | 'arithmetic'
  | 'invalid-attribute'
  | 'invalid-element'
  | 'missing-attribute'
  | 'missing-element'
  | 'unsupported-attribute'
  | 'unsupported-element'
  | 'undefined-function'
  | 'not-implemented'
  | 'number-format'
  | 'duplicate-field'
  | 'invisible-field'
  | 'invalid-argument'
  | 'out-of-range'
  | 'invalid-argument-list'

/** One record cannot be scored by this model: a value is missing or invalid, or a result is not defined. */
export class ScoringError extends StreamsError {
  readonly reason: ScoringReason

  constructor(reason: ScoringReason, message: string) {
    super('MILLRACE_MODEL_SCORING_FAILED', message)
    this.reason = reason
  }
}

/** The message of anything that was thrown; errors of another realm (a worker's, a test's) included. */
export const messageOf = (error: unknown): string => {
  const message: unknown = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined
  return typeof message === 'string' ? message : String(error)
}
