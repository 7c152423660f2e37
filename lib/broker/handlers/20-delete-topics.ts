import { deleteTopics } from '../../protocol/messages/20-delete-topics.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { handler } from './handler.ts'

/** What a request names, whichever way its version does. */
const wanted = (request: RequestOf<typeof deleteTopics>): { name: string | undefined; topicId: string }[] =>
  [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: NO_TOPIC_ID }))]

export const deleteTopicsHandler = handler<typeof deleteTopics>({
  api: deleteTopics,
  handle: (request, { broker }) => {
    const { topics, groups, journal } = broker
    const answer = {
      responses: wanted(request).map(({ name, topicId }) => {
        const topic = name === undefined ? topics.byId(topicId) : topics.get(name)
        if (topic === undefined) {
          const errorCode = name === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
          return { name, topicId, errorCode, errorMessage: 'This server does not host this topic-partition.' }
        }
        topics.delete(topic)
        groups.offsets.deleteTopic(topic.name)
        groups.pendingOffsets.deleteTopic(topic.name)
        return { name: topic.name, topicId: topic.id, errorCode: errorCodes.NONE }
      }),
    }
    return journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ responses: wanted(request).map(({ name, topicId }) => ({ name, topicId, errorCode })) }),
})
