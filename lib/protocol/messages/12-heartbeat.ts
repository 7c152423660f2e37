import type { ApiDefinition } from '../schema.ts'

/** Versions: 3 static members. */
export const heartbeat = {
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  request: {
    groupId: 'string',
    generationId: 'int32',
    memberId: 'string',
    groupInstanceId: { type: 'string', versions: '3+', nullable: '3+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: 'int16',
  },
} as const satisfies ApiDefinition
