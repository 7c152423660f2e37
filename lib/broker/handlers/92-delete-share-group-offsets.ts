import { errorCodes } from '../../protocol/error-table.ts'
import { deleteShareGroupOffsets } from '../../protocol/messages/92-delete-share-group-offsets.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { coordinated } from './coordinated.ts'
import { whenSafe } from './transaction-answers.ts'

export const deleteShareGroupOffsetsHandler = coordinated<typeof deleteShareGroupOffsets>({
  api: deleteShareGroupOffsets,
  handle: ({ groupId, topics }, { broker }) => {
    const error = broker.groups.emptyShareGroupError(groupId)
    if (error !== errorCodes.NONE) return { errorCode: error, responses: [] }
    const responses = topics.map(({ topicName }) => {
      const topic = broker.topics.get(topicName)
      if (topic === undefined) return { topicName, topicId: NO_TOPIC_ID, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
      broker.shares.delete(groupId, topic.id)
      return { topicName, topicId: topic.id, errorCode: errorCodes.NONE }
    })
    return whenSafe(broker, { errorCode: errorCodes.NONE, responses })
  },
  fail: (_request, errorCode) => ({ errorCode, responses: [] }),
}, ({ groupId }) => groupId)
