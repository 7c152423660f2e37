import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED } from './common-fields.ts'

/** Versions: 4 static members, 6 an unknown group is an error (before: a dead group). */
export const describeGroups = {
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  request: {
    groups: { arrayOf: 'string' },
    includeAuthorizedOperations: { type: 'boolean', versions: '3+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    groups: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', versions: '6+', nullable: '6+' },
        groupId: 'string',
        groupState: 'string',
        protocolType: 'string',
        protocolData: 'string',
        members: {
          arrayOf: {
            memberId: 'string',
            groupInstanceId: { type: 'string', versions: '4+', nullable: '4+' },
            clientId: 'string',
            clientHost: 'string',
            memberMetadata: 'bytes',
            memberAssignment: 'bytes',
          },
        },
        authorizedOperations: { type: 'int32', versions: '3+', default: OPERATIONS_OMITTED },
      },
    },
  },
} as const satisfies ApiDefinition
