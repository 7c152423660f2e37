import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED } from './common-fields.ts'

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
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        groupId: 'string',
        groupState: 'string',
        groupEpoch: 'int32',
        assignmentEpoch: 'int32',
        assignorName: 'string',
        members: {
          arrayOf: {
            memberId: 'string',
            rackId: { type: 'string', nullable: '0+' },
            memberEpoch: 'int32',
            clientId: 'string',
            clientHost: 'string',
            subscribedTopicNames: { arrayOf: 'string' },
            assignment: { struct: { topicPartitions: { arrayOf: { topicId: 'uuid', topicName: 'string', partitions: { arrayOf: 'int32' } } } } },
          },
        },
        authorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
      },
    },
  },
} as const satisfies ApiDefinition
