import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED, assignedGroup, describedAssignment } from './common-fields.ts'

export const shareGroupDescribe = {
  key: 77,
  name: 'ShareGroupDescribe',
  versions: '1',
  flexible: '0+',
  request: { groupIds: { arrayOf: 'string' }, includeAuthorizedOperations: 'boolean' },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    groups: {
      arrayOf: {
        ...assignedGroup,
        assignorName: 'string',
        members: {
          arrayOf: {
            memberId: 'string',
            rackId: { type: 'string', nullable: '0+' },
            memberEpoch: 'int32',
            clientId: 'string',
            clientHost: 'string',
            subscribedTopicNames: { arrayOf: 'string' },
            assignment: { struct: describedAssignment },
          },
        },
        authorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
      },
    },
  },
} as const satisfies ApiDefinition
