import { createPartitions } from '../../protocol/messages/37-create-partitions.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'
import { whyInvalidReplicas, whyTooMany } from '../topics/topic-creation.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { handler } from './handler.ts'

type Wish = RequestOf<typeof createPartitions>['topics'][number]

const refuse = (error: number, message: string): Refusal => ({ error, message })

const check = ({ name, count, assignments }: Wish, broker: BrokerState): Refusal | undefined => {
  const topic = broker.topics.get(name)
  if (topic === undefined) return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.')
  const has = topic.partitions.length
  if (count === has) return refuse(errorCodes.INVALID_PARTITIONS, `Topic already has ${has} partition(s).`)
  if (count < has) return refuse(errorCodes.INVALID_PARTITIONS, `The topic ${name} currently has ${has} partition(s); ${count} would not be an increase.`)
  const tooMany = whyTooMany(count - has)
  if (tooMany !== undefined || assignments === undefined) return tooMany
  if (assignments.length !== count - has) return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, `${count - has} partitions are added, but ${assignments.length} assignments given`)
  const replicas = topic.partitions[0]!.leadership.replicas.length
  for (const { brokerIds } of assignments) {
    const invalid = whyInvalidReplicas(brokerIds, broker.cluster)
    if (invalid !== undefined) return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, invalid)
    if (brokerIds.length !== replicas) return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, `the partitions of ${name} have ${replicas} replicas, not ${brokerIds.length}`)
  }
  return undefined
}

const add = ({ name, count, assignments }: Wish, { topics, cluster }: BrokerState): void => {
  const topic = topics.get(name)!
  const replicas = topic.partitions[0]!.leadership.replicas.length
  topics.addPartitions(topic, assignments?.map(({ brokerIds }) => brokerIds) ?? cluster.place(count - topic.partitions.length, replicas))
}

export const createPartitionsHandler = handler<typeof createPartitions>({
  api: createPartitions,
  handle: (request, { broker }) => {
    const answer = {
      results: [...new Map(request.topics.map((wish) => [wish.name, wish])).values()].map((wish) => {
        const isTwice = request.topics.filter(({ name }) => name === wish.name).length > 1
        const refusal = isTwice ? refuse(errorCodes.INVALID_REQUEST, 'Duplicate topic name.') : check(wish, broker)
        if (refusal !== undefined) return { name: wish.name, errorCode: refusal.error, errorMessage: refusal.message }
        if (!request.validateOnly) add(wish, broker)
        return { name: wish.name, errorCode: errorCodes.NONE }
      }),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ results: request.topics.map(({ name }) => ({ name, errorCode })) }),
})
