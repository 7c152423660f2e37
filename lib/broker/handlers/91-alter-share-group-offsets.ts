import { errorCodes } from '../../protocol/error-table.ts'
import { alterShareGroupOffsets } from '../../protocol/messages/91-alter-share-group-offsets.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { coordinated } from './coordinated.ts'
import { whenSafe } from './transaction-answers.ts'

export const alterShareGroupOffsetsHandler = coordinated<typeof alterShareGroupOffsets>({
  api: alterShareGroupOffsets,
  handle: ({ groupId, topics }, { broker }) => {
    const error = broker.groups.emptyShareGroupError(groupId, true)
    if (error !== errorCodes.NONE) return { errorCode: error, responses: [] }
    const responses = topics.map(({ topicName, partitions }) => {
      const topic = broker.topics.get(topicName)
      return {
        topicName,
        topicId: topic?.id ?? NO_TOPIC_ID,
        partitions: partitions.map(({ partitionIndex, startOffset }) => {
          if (topic?.partitions[partitionIndex] === undefined) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
          broker.shares.begin(groupId, topic.id, partitionIndex, startOffset)
          return { partitionIndex, errorCode: errorCodes.NONE }
        }),
      }
    })
    return whenSafe(broker, { errorCode: errorCodes.NONE, responses })
  },
  fail: (_request, errorCode) => ({ errorCode, responses: [] }),
}, ({ groupId }) => groupId)
