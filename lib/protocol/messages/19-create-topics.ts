import type { ApiDefinition } from '../schema.ts'
import { configValue } from './common-fields.ts'

/** Versions: 4 defaults by -1, 5 the answer tells partitions, replicas and configuration, 7 topic ids. */
export const createTopics = {
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  request: {
    topics: {
      arrayOf: {
        name: 'string',
        /** -1: the broker's default, or as `assignments` say. */
        numPartitions: 'int32',
        replicationFactor: 'int16',
        assignments: { arrayOf: { partitionIndex: 'int32', brokerIds: { arrayOf: 'int32' } } },
        configs: { arrayOf: configValue },
      },
    },
    timeoutMs: { type: 'int32', default: 60000 },
    validateOnly: { type: 'boolean', default: false },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      arrayOf: {
        name: 'string',
        topicId: { type: 'uuid', versions: '7+' },
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '2+' },
        topicConfigErrorCode: { type: 'int16', versions: '5+', tag: 0 },
        numPartitions: { type: 'int32', versions: '5+', default: -1 },
        replicationFactor: { type: 'int16', versions: '5+', default: -1 },
        configs: {
          arrayOf: {
            name: 'string',
            value: { type: 'string', nullable: '5+' },
            readOnly: 'boolean',
            configSource: { type: 'int8', default: -1 },
            isSensitive: 'boolean',
          },
          versions: '5+',
          nullable: '5+',
        },
      },
    },
  },
} as const satisfies ApiDefinition
