import type { ApiDefinition } from '../schema.ts'
/** Election types: 0 preferred, 1 unclean. No partitions (null): all of them. */
export const electLeaders = {
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  request: {
    electionType: { type: 'int8', versions: '1+' },
    topicPartitions: { arrayOf: { topic: 'string', partitions: { arrayOf: 'int32' } }, nullable: '0+' },
    timeoutMs: { type: 'int32', default: 60000 },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16', versions: '1+' },
    replicaElectionResults: {
      arrayOf: {
        topic: 'string',
        partitionResult: { arrayOf: { partitionId: 'int32', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
      },
    },
  },
} as const satisfies ApiDefinition
