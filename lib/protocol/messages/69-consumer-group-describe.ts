import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED, assignedGroup, describedAssignment } from './common-fields.ts'

/** Version 1 adds the type of a member: -1 unknown, 0 classic, 1 consumer. */
export const consumerGroupDescribe = {
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: '0-1',
  flexible: '0+',
  request: {
    groupIds: { arrayOf: 'string' },
    includeAuthorizedOperations: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    groups: {
      arrayOf: {
        ...assignedGroup,
        assignorName: 'string',
        members: {
          arrayOf: {
            memberId: 'string',
            instanceId: { type: 'string', nullable: '0+' },
            rackId: { type: 'string', nullable: '0+' },
            memberEpoch: 'int32',
            clientId: 'string',
            clientHost: 'string',
            subscribedTopicNames: { arrayOf: 'string' },
            subscribedTopicRegex: { type: 'string', nullable: '0+' },
            assignment: { struct: describedAssignment },
            targetAssignment: { struct: describedAssignment },
            memberType: { type: 'int8', versions: '1+', default: -1 },
          },
        },
        authorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
      },
    },
  },
} as const satisfies ApiDefinition
