import type { ApiDefinition } from '../schema.ts'

/** Versions: 3 static members, 5 protocol type and name, checked against the group's. */
export const syncGroup = {
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: 'string',
    generationId: 'int32',
    memberId: 'string',
    groupInstanceId: { type: 'string', versions: '3+', nullable: '3+' },
    protocolType: { type: 'string', versions: '5+', nullable: '5+' },
    protocolName: { type: 'string', versions: '5+', nullable: '5+' },
    assignments: { arrayOf: { memberId: 'string', assignment: 'bytes' } },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: 'int16',
    protocolType: { type: 'string', versions: '5+', nullable: '5+' },
    protocolName: { type: 'string', versions: '5+', nullable: '5+' },
    assignment: 'bytes',
  },
} as const satisfies ApiDefinition
