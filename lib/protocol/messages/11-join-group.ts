import type { ApiDefinition } from '../schema.ts'

/** Versions: 1 rebalance time-out, 4 member id given out first, 5 static members, 7 protocol type, 8 reason, 9 leader may skip assignment. */
export const joinGroup = {
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: {
    groupId: 'string',
    sessionTimeoutMs: 'int32',
    rebalanceTimeoutMs: { type: 'int32', versions: '1+', default: -1 },
    memberId: 'string',
    groupInstanceId: { type: 'string', versions: '5+', nullable: '5+' },
    protocolType: 'string',
    protocols: { arrayOf: { name: 'string', metadata: 'bytes' } },
    reason: { type: 'string', versions: '8+', nullable: '8+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '2+' },
    errorCode: 'int16',
    generationId: { type: 'int32', default: -1 },
    protocolType: { type: 'string', versions: '7+', nullable: '7+' },
    protocolName: { type: 'string', nullable: '7+' },
    leader: 'string',
    skipAssignment: { type: 'boolean', versions: '9+' },
    memberId: 'string',
    members: {
      arrayOf: {
        memberId: 'string',
        groupInstanceId: { type: 'string', versions: '5+', nullable: '5+' },
        metadata: 'bytes',
      },
    },
  },
} as const satisfies ApiDefinition
