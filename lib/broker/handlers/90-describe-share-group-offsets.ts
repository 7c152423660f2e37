import { errorCodes } from '../../protocol/error-table.ts'
import { describeShareGroupOffsets } from '../../protocol/messages/90-describe-share-group-offsets.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { Topic } from '../topics/topic.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type GroupRequest = RequestOf<typeof describeShareGroupOffsets>['groups'][number]
type GroupAnswer = ResponseInput<typeof describeShareGroupOffsets>['groups'][number]
type TopicAnswer = GroupAnswer['topics'][number]

const failed = (groupId: string, errorCode: number, errorMessage?: string): GroupAnswer => ({ groupId, topics: [], errorCode, errorMessage })

const describe = (groupId: string, topic: Topic, partitions: readonly number[], { broker: { shares } }: RequestContext): TopicAnswer => ({
  topicName: topic.name,
  topicId: topic.id,
  partitions: partitions.map((partitionIndex) => {
    const [shared, log] = [shares.get(groupId, topic.id, partitionIndex), topic.partitions[partitionIndex]]
    if (shared === undefined || log === undefined) return { partitionIndex, startOffset: -1, leaderEpoch: 0, errorCode: errorCodes.NONE }
    return { partitionIndex, startOffset: shared.startOffset, leaderEpoch: log.leaderEpoch, lag: log.highWatermark - shared.startOffset - shared.doneCount, errorCode: errorCodes.NONE }
  }),
})

const unknown = (topicName: string, partitions: readonly number[]): TopicAnswer => ({
  topicName, topicId: NO_TOPIC_ID, partitions: partitions.map((partitionIndex) => ({ partitionIndex, startOffset: -1, leaderEpoch: 0, errorCode: errorCodes.NONE })),
})

const describeGroup = ({ groupId, topics }: GroupRequest, context: RequestContext): GroupAnswer => {
  const { broker } = context
  if (!isCoordinator(context, groupId)) return failed(groupId, errorCodes.NOT_COORDINATOR)
  const known = [...broker.shares.of(groupId)].flatMap(([topicId, partitions]) => {
    const topic = broker.topics.byId(topicId)
    return topic === undefined ? [] : [describe(groupId, topic, [...partitions.keys()].sort((a, b) => a - b), context)]
  })
  if (topics === undefined) return { groupId, topics: known, errorCode: errorCodes.NONE }
  const wanted = topics.map(({ topicName, partitions }) => {
    const topic = broker.topics.get(topicName)
    return topic === undefined ? unknown(topicName, partitions) : describe(groupId, topic, partitions, context)
  })
  return { groupId, topics: wanted, errorCode: errorCodes.NONE }
}

export const describeShareGroupOffsetsHandler = handler<typeof describeShareGroupOffsets>({
  api: describeShareGroupOffsets,
  handle: ({ groups }, context) => ({ groups: groups.map((group) => describeGroup(group, context)) }),
  fail: ({ groups }, errorCode) => ({ groups: groups.map(({ groupId }) => failed(groupId, errorCode)) }),
})
