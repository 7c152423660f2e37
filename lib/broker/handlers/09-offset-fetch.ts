import { offsetFetch } from '../../protocol/messages/09-offset-fetch.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { isCoordinator } from './coordinated.ts'
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

/** What a group committed; with `stable` not while a transaction is open that may change it. */
const committed = (broker: BrokerState, groupId: string, topic: string, partitionIndex: number, stable: boolean): PartitionAnswer => {
  if (stable && broker.groups.pendingOffsets.has(groupId, topic, partitionIndex)) return nothing(partitionIndex, errorCodes.UNSTABLE_OFFSET_COMMIT)
  const found = broker.groups.offsets.get(groupId, topic, partitionIndex)
  if (found === undefined) return nothing(partitionIndex, errorCodes.NONE)
  return { partitionIndex, committedOffset: found.offset, committedLeaderEpoch: found.leaderEpoch, metadata: found.metadata, errorCode: errorCodes.NONE }
}

const all = (broker: BrokerState, groupId: string, stable: boolean): TopicAnswer[] =>
  [...broker.groups.offsets.topics(groupId)].map(([name, partitions]) => ({
    name,
    topicId: broker.topics.get(name)?.id ?? NO_TOPIC_ID,
    partitions: [...partitions.keys()].map((partition) => committed(broker, groupId, name, partition, stable)),
  }))

const some = (broker: BrokerState, groupId: string, topics: NonNullable<Group['topics']>, byId: boolean, stable: boolean): TopicAnswer[] =>
  topics.map(({ name, topicId, partitionIndexes }) => {
    const known = byId ? broker.topics.byId(topicId)?.name : name
    return {
      name,
      topicId,
      partitions: partitionIndexes.map((partition) => (known === undefined ? nothing(partition, errorCodes.UNKNOWN_TOPIC_ID) : committed(broker, groupId, known, partition, stable))),
    }
  })

const refused = (request: RequestOf<typeof offsetFetch>, errorCode: number): ResponseInput<typeof offsetFetch> => ({
  errorCode,
  topics: (request.topics ?? []).map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partition) => nothing(partition, errorCode)) })),
  groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
})

export const offsetFetchHandler = handler<typeof offsetFetch>({
  api: offsetFetch,
  handle: (request, context) => {
    const { broker, apiVersion } = context
    const answerFor = (groupId: string, topics: Group['topics'], byId: boolean): TopicAnswer[] =>
      topics === undefined ? all(broker, groupId, request.requireStable) : some(broker, groupId, topics, byId, request.requireStable)
    if (apiVersion < 8) {
      if (!isCoordinator(context, request.groupId)) return refused(request, errorCodes.NOT_COORDINATOR)
      const topics = request.topics?.map((topic) => ({ ...topic, topicId: NO_TOPIC_ID }))
      return { topics: answerFor(request.groupId, topics, false), errorCode: errorCodes.NONE }
    }
    return {
      groups: request.groups.map(({ groupId, memberId, memberEpoch, topics }) => {
        const errorCode = isCoordinator(context, groupId) ? broker.groups.fetchRefusal(groupId, memberId, memberEpoch) : errorCodes.NOT_COORDINATOR
        return { groupId, topics: errorCode === errorCodes.NONE ? answerFor(groupId, topics, apiVersion >= 10) : [], errorCode }
      }),
    }
  },
  fail: refused,
})
