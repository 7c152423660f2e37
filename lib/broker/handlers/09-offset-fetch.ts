import { offsetFetch } from '../../protocol/index.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'

interface PartitionAnswer {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string
  readonly errorCode: number
}

interface TopicAnswer {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly PartitionAnswer[]
}

type Group = RequestOf<typeof offsetFetch>['groups'][number]

const nothing = (partitionIndex: number, errorCode: number): PartitionAnswer => ({ partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode })

const committed = (broker: BrokerState, groupId: string, topic: string, partitionIndex: number): PartitionAnswer => {
  const found = broker.groups.offsets.get(groupId, topic, partitionIndex)
  if (found === undefined) return nothing(partitionIndex, errorCodes.NONE)
  return { partitionIndex, committedOffset: found.offset, committedLeaderEpoch: found.leaderEpoch, metadata: found.metadata, errorCode: errorCodes.NONE }
}

const all = (broker: BrokerState, groupId: string): TopicAnswer[] =>
  [...broker.groups.offsets.topics(groupId)].map(([name, partitions]) => ({
    name,
    topicId: broker.topics.get(name)?.id ?? NO_TOPIC_ID,
    partitions: [...partitions.keys()].map((partition) => committed(broker, groupId, name, partition)),
  }))

const some = (broker: BrokerState, groupId: string, topics: NonNullable<Group['topics']>, byId: boolean): TopicAnswer[] =>
  topics.map(({ name, topicId, partitionIndexes }) => {
    const known = byId ? broker.topics.byId(topicId)?.name : name
    return {
      name,
      topicId,
      partitions: partitionIndexes.map((partition) => (known === undefined ? nothing(partition, errorCodes.UNKNOWN_TOPIC_ID) : committed(broker, groupId, known, partition))),
    }
  })

export const offsetFetchHandler = handler<typeof offsetFetch>({
  api: offsetFetch,
  handle: (request, { broker, apiVersion }) => {
    const answerFor = (groupId: string, topics: Group['topics'], byId: boolean): TopicAnswer[] =>
      topics === undefined ? all(broker, groupId) : some(broker, groupId, topics, byId)
    if (apiVersion < 8) {
      const topics = request.topics?.map((topic) => ({ ...topic, topicId: NO_TOPIC_ID }))
      return { topics: answerFor(request.groupId, topics, false), errorCode: errorCodes.NONE }
    }
    return { groups: request.groups.map(({ groupId, topics }) => ({ groupId, topics: answerFor(groupId, topics, apiVersion >= 10), errorCode: errorCodes.NONE })) }
  },
  fail: (request, errorCode) => ({
    errorCode,
    topics: (request.topics ?? []).map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partition) => nothing(partition, errorCode)) })),
    groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
})
