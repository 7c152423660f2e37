import { saslAuthenticate } from '../../protocol/messages/36-sasl-authenticate.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const NO_BYTES = Buffer.alloc(0)

/** What is in its place here, a connection takes before it comes to handlers. */
export const saslAuthenticateHandler = handler<typeof saslAuthenticate>({
  api: saslAuthenticate,
  handle: () => ({
    errorCode: errorCodes.ILLEGAL_SASL_STATE,
    errorMessage: 'SaslAuthenticate request received after successful authentication',
    authBytes: NO_BYTES,
  }),
  fail: (_request, errorCode) => ({ errorCode, authBytes: NO_BYTES }),
})
