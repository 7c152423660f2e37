import { errorCodes } from '../../protocol/error-table.ts'
import { alterPartitionReassignments } from '../../protocol/messages/45-alter-partition-reassignments.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import { whyInvalidReplicas } from '../topics/topic-creation.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { whenSafe } from './transaction-answers.ts'
import { handler } from './handler.ts'

type Wish = RequestOf<typeof alterPartitionReassignments>['topics'][number]['partitions'][number]

const refuse = (error: number, message: string): Refusal => ({ error, message })

/** Moves a partition to other brokers, which is done at once: all of them have the same logs. */
const reassign = ({ topics, cluster }: BrokerState, topic: string, { partitionIndex, replicas }: Wish, mayChangeNumber: boolean): Refusal | undefined => {
  const log = topics.log(topic, partitionIndex)
  if (log === undefined) {
    return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, topics.get(topic) === undefined ? `Unable to find a topic named ${topic}.` : `Unable to find partition ${topic}:${partitionIndex}.`)
  }
  if (replicas === undefined) return refuse(errorCodes.NO_REASSIGNMENT_IN_PROGRESS, 'No partition reassignment is in progress.')
  const invalid = whyInvalidReplicas(replicas, cluster)
  if (invalid !== undefined) return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, invalid)
  const { length } = log.leadership.replicas
  if (!mayChangeNumber && replicas.length !== length) {
    return refuse(errorCodes.INVALID_REPLICATION_FACTOR, `The replication factor is changed from ${length} to ${replicas.length}`)
  }
  topics.reassign(log, replicas)
  return undefined
}

export const alterPartitionReassignmentsHandler = handler<typeof alterPartitionReassignments>({
  api: alterPartitionReassignments,
  handle: ({ topics, allowReplicationFactorChange }, { broker }) => whenSafe(broker, {
    errorCode: errorCodes.NONE,
    allowReplicationFactorChange,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((wish) => {
        const refusal = reassign(broker, name, wish, allowReplicationFactorChange)
        return { partitionIndex: wish.partitionIndex, errorCode: refusal?.error ?? errorCodes.NONE, errorMessage: refusal?.message }
      }),
    })),
  }),
  fail: (_request, errorCode) => ({ errorCode, responses: [] }),
})
