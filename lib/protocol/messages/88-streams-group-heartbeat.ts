import type { ApiDefinition } from '../schema.ts'

export const taskIds = { subtopologyId: 'string', partitions: { arrayOf: 'int32' } } as const
export const keyValue = { key: 'string', value: 'string' } as const
/** The port is unsigned on the wire: above 32767 it is negative here. */
export const userEndpoint = { host: 'string', port: 'int16' } as const
export const taskOffset = { subtopologyId: 'string', partition: 'int32', offset: 'int64' } as const
export const topicInfo = { name: 'string', partitions: 'int32', replicationFactor: 'int16', topicConfigs: { arrayOf: keyValue } } as const
const topicPartition = { topic: 'string', partitions: { arrayOf: 'int32' } } as const

/**
 * Members of KIP-1071 groups say which topology they run and which tasks they have, and hear which they shall have. Null: as
 * the last time. Topics of copartition groups are indexes into the lists of their subtopology.
 */
export const streamsGroupHeartbeat = {
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: '0',
  flexible: '0+',
  request: {
    groupId: 'string',
    memberId: 'string',
    memberEpoch: 'int32',
    endpointInformationEpoch: 'int32',
    instanceId: { type: 'string', nullable: '0+' },
    rackId: { type: 'string', nullable: '0+' },
    rebalanceTimeoutMs: { type: 'int32', default: -1 },
    topology: {
      struct: {
        epoch: 'int32',
        subtopologies: {
          arrayOf: {
            subtopologyId: 'string',
            sourceTopics: { arrayOf: 'string' },
            sourceTopicRegex: { arrayOf: 'string' },
            stateChangelogTopics: { arrayOf: topicInfo },
            repartitionSinkTopics: { arrayOf: 'string' },
            repartitionSourceTopics: { arrayOf: topicInfo },
            copartitionGroups: {
              arrayOf: { sourceTopics: { arrayOf: 'int16' }, sourceTopicRegex: { arrayOf: 'int16' }, repartitionSourceTopics: { arrayOf: 'int16' } },
            },
          },
        },
      },
      nullable: '0+',
    },
    activeTasks: { arrayOf: taskIds, nullable: '0+' },
    standbyTasks: { arrayOf: taskIds, nullable: '0+' },
    warmupTasks: { arrayOf: taskIds, nullable: '0+' },
    processId: { type: 'string', nullable: '0+' },
    userEndpoint: { struct: userEndpoint, nullable: '0+' },
    clientTags: { arrayOf: keyValue, nullable: '0+' },
    taskOffsets: { arrayOf: taskOffset, nullable: '0+' },
    taskEndOffsets: { arrayOf: taskOffset, nullable: '0+' },
    shutdownApplication: { type: 'boolean', default: false },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    memberId: 'string',
    memberEpoch: 'int32',
    heartbeatIntervalMs: 'int32',
    acceptableRecoveryLag: 'int32',
    taskOffsetIntervalMs: 'int32',
    status: { arrayOf: { statusCode: 'int8', statusDetail: 'string' }, nullable: '0+' },
    activeTasks: { arrayOf: taskIds, nullable: '0+' },
    standbyTasks: { arrayOf: taskIds, nullable: '0+' },
    warmupTasks: { arrayOf: taskIds, nullable: '0+' },
    endpointInformationEpoch: 'int32',
    partitionsByUserEndpoint: {
      arrayOf: { userEndpoint: { struct: userEndpoint }, activePartitions: { arrayOf: topicPartition }, standbyPartitions: { arrayOf: topicPartition } },
      nullable: '0+',
    },
  },
} as const satisfies ApiDefinition
