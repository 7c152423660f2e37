import type { ApiDefinition } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

/** Election types: 0 preferred, 1 unclean. No partitions (null): all of them. */
const electLeaders = {
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

/** The only broker leads everything already, so there is never anything to elect. */
export const electLeadersHandler = handler<typeof electLeaders>({
  api: electLeaders,
  handle: ({ topicPartitions }, { broker }) => ({
    errorCode: errorCodes.NONE,
    // Asked about all, a broker tells only of elections that took place.
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => {
        const exists = broker.topics.log(topic, partitionId) !== undefined
        return exists
          ? { partitionId, errorCode: errorCodes.ELECTION_NOT_NEEDED, errorMessage: 'Leader election not needed for topic partition.' }
          : { partitionId, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: 'No such topic as ' + topic }
      }),
    })),
  }),
  fail: (_request, errorCode) => ({ errorCode, replicaElectionResults: [] }),
})
