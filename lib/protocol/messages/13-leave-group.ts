import type { ApiDefinition } from '../schema.ts'

/** Up to version 2 one member id; from 3 on a list, each with an error of its own; 5 adds the reason. */
export const leaveGroup = {
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: {
    groupId: 'string',
    memberId: { type: 'string', versions: '0-2' },
    members: {
      arrayOf: {
        memberId: 'string',
        groupInstanceId: { type: 'string', nullable: '3+' },
        reason: { type: 'string', versions: '5+', nullable: '5+' },
      },
      versions: '3+',
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: 'int16',
    members: {
      arrayOf: {
        memberId: 'string',
        groupInstanceId: { type: 'string', nullable: '3+' },
        errorCode: 'int16',
      },
      versions: '3+',
    },
  },
} as const satisfies ApiDefinition
