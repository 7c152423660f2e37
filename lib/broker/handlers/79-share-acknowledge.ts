import { errorCodes } from '../../protocol/error-table.ts'
import { shareAcknowledge } from '../../protocol/messages/79-share-acknowledge.ts'
import { handler } from './handler.ts'
import { LeaderHints } from './served-partition.ts'
import { NO_HINT, acknowledge, findShared } from './share-acknowledgements.ts'
import { whenSafe } from './transaction-answers.ts'

const FIRST_EPOCH = 0
const LAST_EPOCH = -1

export const shareAcknowledgeHandler = handler<typeof shareAcknowledge>({
  api: shareAcknowledge,
  handle: (request, context) => {
    const { groupId, memberId, shareSessionEpoch, topics } = request
    const { broker, nodeId } = context
    const failed = (errorCode: number) => ({ errorCode, responses: [], nodeEndpoints: [] })
    if (groupId === undefined || groupId === '' || memberId === undefined || memberId === '') return failed(errorCodes.INVALID_REQUEST)
    // A session begins with a fetch.
    if (shareSessionEpoch === FIRST_EPOCH) return failed(errorCodes.INVALID_SHARE_SESSION_EPOCH)
    const session = broker.shareSessions.take(nodeId, groupId, memberId, shareSessionEpoch)
    if (typeof session === 'number') return failed(session)
    const hints = new LeaderHints(context)
    const responses = topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex, acknowledgementBatches }) => {
        const { log, error } = findShared(context, topicId, partitionIndex)
        const errorCode = error === errorCodes.NONE ? acknowledge(context, groupId, memberId, topicId, partitionIndex, acknowledgementBatches) : error
        return { partitionIndex, errorCode, currentLeader: error === errorCodes.NOT_LEADER_OR_FOLLOWER && log !== undefined ? hints.of(log) : NO_HINT }
      }),
    }))
    if (shareSessionEpoch === LAST_EPOCH) broker.shares.release(groupId, session)
    return whenSafe(broker, { errorCode: errorCodes.NONE, acquisitionLockTimeoutMs: broker.shares.limits(groupId).lockMs, responses, nodeEndpoints: hints.endpoints })
  },
  fail: (_request, errorCode) => ({ errorCode, responses: [], nodeEndpoints: [] }),
})
