import type { ApiDefinition } from '../schema.ts'

/** Versions: 1 how long the session may live (0: for ever). */
export const saslAuthenticate = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: '0-2',
  flexible: '2+',
  request: { authBytes: 'bytes' },
  response: {
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    authBytes: 'bytes',
    sessionLifetimeMs: { type: 'int64', versions: '1+' },
  },
} as const satisfies ApiDefinition
