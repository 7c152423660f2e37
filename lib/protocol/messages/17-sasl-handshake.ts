import type { ApiDefinition } from '../schema.ts'

/** After version 0 raw SASL tokens follow on the socket; after 1 they come in SaslAuthenticate requests. */
export const saslHandshake = {
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  request: { mechanism: 'string' },
  response: { errorCode: 'int16', mechanisms: { arrayOf: 'string' } },
} as const satisfies ApiDefinition
