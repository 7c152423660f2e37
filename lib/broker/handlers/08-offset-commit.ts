import { offsetCommit } from '../../protocol/messages/08-offset-commit.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { coordinated } from './coordinated.ts'

export const offsetCommitHandler = coordinated<typeof offsetCommit>({
  api: offsetCommit,
  handle: (request, { broker, apiVersion }) => {
    const { groups, topics, config, time } = broker
    const { groupId } = request
    const refusal = groups.commitRefusal(groupId, request.memberId, request.groupInstanceId, request.generationIdOrMemberEpoch, apiVersion)
    const longest = config.number('offset.metadata.max.bytes')
    const committedMs = time.now()
    const answer = {
      topics: request.topics.map(({ name, topicId, partitions }) => {
        const topic = apiVersion >= 10 ? topics.byId(topicId) : topics.get(name)
        const unknown = apiVersion >= 10 && topic === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
        return {
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata = '' }) => {
            let errorCode = typeof refusal === 'number' ? refusal : refusal(topic?.id ?? '', partitionIndex)
            if (topic?.partitions[partitionIndex] === undefined) errorCode = unknown
            else if (errorCode === errorCodes.NONE && Buffer.byteLength(committedMetadata) > longest) errorCode = errorCodes.OFFSET_METADATA_TOO_LARGE
            if (errorCode === errorCodes.NONE) {
              groups.offsets.set(groupId, topic!.name, partitionIndex, { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata, committedMs })
              groups.pendingOffsets.supersede(groupId, topic!.name, partitionIndex)
            }
            return { partitionIndex, errorCode }
          }),
        }
      }),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ name, topicId, partitions }) => ({ name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) })),
  }),
}, ({ groupId }) => groupId)
