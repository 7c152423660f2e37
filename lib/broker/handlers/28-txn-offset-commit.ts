import { txnOffsetCommit } from '../../protocol/messages/28-txn-offset-commit.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { CommitRefusal } from '../groups/consumer/consumer-group.ts'
import { Grasp, mayWrite } from '../transactions/write-permission.ts'
import { whenSafe } from './transaction-answers.ts'
import { coordinated } from './coordinated.ts'
import type { RequestContext } from './handler.ts'

type CommitRequest = RequestOf<typeof txnOffsetCommit>
type CommitAnswer = ResponseInput<typeof txnOffsetCommit>

const ABORTABLE_SINCE = 4
const IMPLICIT_SINCE = 5

const everywhere = ({ topics }: CommitRequest, errorCode: number): CommitAnswer => ({
  topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) })),
})

/** Why the offsets may not be committed; NONE when they may. */
const refusal = (request: CommitRequest, { broker, apiVersion }: RequestContext): CommitRefusal => {
  const { groupId } = request
  if (groupId === '') return errorCodes.INVALID_GROUP_ID
  // Version 0 to 4 come after AddOffsetsToTxn, which later ones do not need.
  const grasp = apiVersion >= IMPLICIT_SINCE ? Grasp.ADDS : apiVersion >= ABORTABLE_SINCE ? Grasp.ABORTABLE : Grasp.OLD
  const error = mayWrite(broker.transactions, request, { groups: [groupId] }, grasp)
  return error === errorCodes.NONE ? broker.groups.transactionalCommitRefusal(groupId, request.memberId, request.groupInstanceId, request.generationId) : error
}

const commit = (request: CommitRequest, context: RequestContext): CommitAnswer | Promise<CommitAnswer> => {
  const { broker } = context
  const { groups, topics, config, time } = broker
  const { groupId, producerId } = request
  const isKnown = (topic: string, partition: number): boolean => topics.log(topic, partition) !== undefined
  const hasKnown = request.topics.some(({ name, partitions }) => partitions.some(({ partitionIndex }) => isKnown(name, partitionIndex)))
  const refused = hasKnown ? refusal(request, context) : errorCodes.NONE
  const longest = config.number('offset.metadata.max.bytes')
  const committedMs = time.now()
  return whenSafe(broker, {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata = '' }) => {
        let errorCode = typeof refused === 'number' ? refused : refused(topics.get(name)?.id ?? '', partitionIndex)
        if (!isKnown(name, partitionIndex)) errorCode = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
        else if (errorCode === errorCodes.NONE && Buffer.byteLength(committedMetadata) > longest) errorCode = errorCodes.OFFSET_METADATA_TOO_LARGE
        if (errorCode === errorCodes.NONE) {
          groups.pendingOffsets.set(groupId, name, partitionIndex, producerId, { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata, committedMs })
        }
        return { partitionIndex, errorCode }
      }),
    })),
  })
}

export const txnOffsetCommitHandler = coordinated<typeof txnOffsetCommit>({
  api: txnOffsetCommit,
  handle: (request, context) => {
    const completing = context.broker.transactions.get(request.transactionalId)?.completing
    if (completing === undefined) return commit(request, context)
    context.hold(completing)
    return completing.then(() => commit(request, context))
  },
  fail: everywhere,
}, ({ groupId }) => groupId)
