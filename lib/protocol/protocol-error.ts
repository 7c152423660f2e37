import { StreamsError } from '../core/errors.ts'

/** What went wrong with bytes on the wire. */
export type ProtocolErrorCode =
  | 'MILLRACE_PROTOCOL_MALFORMED'
  | 'MILLRACE_PROTOCOL_UNENCODABLE'
  | 'MILLRACE_PROTOCOL_UNSUPPORTED_VERSION'
  | 'MILLRACE_PROTOCOL_CORRUPT_BATCH'
  | 'MILLRACE_PROTOCOL_UNSUPPORTED_MAGIC'
  | 'MILLRACE_PROTOCOL_COMPRESSION'
  | 'MILLRACE_PROTOCOL_TOO_LARGE'

/** Bytes that are not what the Kafka protocol says, or a message that cannot be put into bytes. */
export class ProtocolError extends StreamsError {
  declare readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

export const malformed = (message: string): ProtocolError => new ProtocolError('MILLRACE_PROTOCOL_MALFORMED', message)

export const unencodable = (message: string): ProtocolError => new ProtocolError('MILLRACE_PROTOCOL_UNENCODABLE', message)
