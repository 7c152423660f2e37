import type { ApiDefinition } from '../schema.ts'
import { keyValue, taskIds, taskOffset, topicInfo, userEndpoint } from './88-streams-group-heartbeat.ts'
import { OPERATIONS_OMITTED, assignedGroup } from './common-fields.ts'

const assignment = { activeTasks: { arrayOf: taskIds }, standbyTasks: { arrayOf: taskIds }, warmupTasks: { arrayOf: taskIds } } as const

export const streamsGroupDescribe = {
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: '0',
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
        topology: {
          struct: {
            epoch: 'int32',
            subtopologies: {
              arrayOf: {
                subtopologyId: 'string',
                sourceTopics: { arrayOf: 'string' },
                repartitionSinkTopics: { arrayOf: 'string' },
                stateChangelogTopics: { arrayOf: topicInfo },
                repartitionSourceTopics: { arrayOf: topicInfo },
              },
              nullable: '0+',
            },
          },
          nullable: '0+',
        },
        members: {
          arrayOf: {
            memberId: 'string',
            memberEpoch: 'int32',
            instanceId: { type: 'string', nullable: '0+' },
            rackId: { type: 'string', nullable: '0+' },
            clientId: 'string',
            clientHost: 'string',
            topologyEpoch: 'int32',
            processId: 'string',
            userEndpoint: { struct: userEndpoint, nullable: '0+' },
            clientTags: { arrayOf: keyValue },
            taskOffsets: { arrayOf: taskOffset },
            taskEndOffsets: { arrayOf: taskOffset },
            assignment: { struct: assignment },
            targetAssignment: { struct: assignment },
            isClassic: 'boolean',
          },
        },
        authorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
      },
    },
  },
} as const satisfies ApiDefinition
