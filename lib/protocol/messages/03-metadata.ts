import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED } from './common-fields.ts'

/** Topics: none (null) asks for all, in version 0 an empty list does. Versions: 4 auto creation, 7 leader epochs, 10 topic ids, 12 asking by id. */
export const metadata = {
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: {
    topics: {
      arrayOf: {
        topicId: { type: 'uuid', versions: '10+' },
        name: { type: 'string', nullable: '10+' },
      },
      nullable: '1+',
    },
    allowAutoTopicCreation: { type: 'boolean', versions: '4+', default: true },
    includeClusterAuthorizedOperations: { type: 'boolean', versions: '8-10' },
    includeTopicAuthorizedOperations: { type: 'boolean', versions: '8+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '3+' },
    brokers: {
      arrayOf: {
        nodeId: 'int32',
        host: 'string',
        port: 'int32',
        rack: { type: 'string', versions: '1+', nullable: '1+' },
      },
    },
    clusterId: { type: 'string', versions: '2+', nullable: '2+' },
    controllerId: { type: 'int32', versions: '1+', default: -1 },
    topics: {
      arrayOf: {
        errorCode: 'int16',
        name: { type: 'string', nullable: '12+' },
        topicId: { type: 'uuid', versions: '10+' },
        isInternal: { type: 'boolean', versions: '1+' },
        partitions: {
          arrayOf: {
            errorCode: 'int16',
            partitionIndex: 'int32',
            leaderId: 'int32',
            leaderEpoch: { type: 'int32', versions: '7+', default: -1 },
            replicaNodes: { arrayOf: 'int32' },
            isrNodes: { arrayOf: 'int32' },
            offlineReplicas: { arrayOf: 'int32', versions: '5+' },
          },
        },
        topicAuthorizedOperations: { type: 'int32', versions: '8+', default: OPERATIONS_OMITTED },
      },
    },
    clusterAuthorizedOperations: { type: 'int32', versions: '8-10', default: OPERATIONS_OMITTED },
    errorCode: { type: 'int16', versions: '13+' },
  },
} as const satisfies ApiDefinition
