import { offsetDelete } from '../../protocol/messages/47-offset-delete.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { coordinated } from './coordinated.ts'

export const offsetDeleteHandler = coordinated<typeof offsetDelete>({
  api: offsetDelete,
  handle: ({ groupId, topics }, { broker }) => {
    const { groups, journal } = broker
    if (groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID, topics: [] }
    const group = groups.get(groupId)
    if (group === undefined) return { errorCode: errorCodes.GROUP_ID_NOT_FOUND, topics: [] }
    if (group.members.size > 0 && group.protocolType !== 'consumer' && group.protocolType !== 'streams') return { errorCode: errorCodes.NON_EMPTY_GROUP, topics: [] }
    const answer = {
      errorCode: errorCodes.NONE,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          if (broker.topics.log(name, partitionIndex) === undefined) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
          if (groups.isSubscribed(groupId, name)) return { partitionIndex, errorCode: errorCodes.GROUP_SUBSCRIBED_TO_TOPIC }
          groups.offsets.delete(groupId, name, partitionIndex)
          groups.pendingOffsets.delete(groupId, name, partitionIndex)
          return { partitionIndex, errorCode: errorCodes.NONE }
        }),
      })),
    }
    return journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (_request, errorCode) => ({ errorCode, topics: [] }),
}, ({ groupId }) => groupId)
