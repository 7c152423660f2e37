import { saslHandshake } from '../../protocol/messages/17-sasl-handshake.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

/** What is in its place here, a connection takes before it comes to handlers. */
export const saslHandshakeHandler = handler<typeof saslHandshake>({
  api: saslHandshake,
  handle: () => ({ errorCode: errorCodes.ILLEGAL_SASL_STATE, mechanisms: [] }),
  fail: (_request, errorCode) => ({ errorCode, mechanisms: [] }),
})
