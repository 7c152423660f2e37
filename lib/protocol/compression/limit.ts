import { ProtocolError } from '../protocol-error.ts'

/** For bytes that would become more than was allowed: a mistake or a decompression bomb. */
export const tooLarge = (limit: number): ProtocolError =>
  new ProtocolError('MILLRACE_PROTOCOL_TOO_LARGE', `it would become larger than ${limit} bytes; raise the limit if that is meant`)
