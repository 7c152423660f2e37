import { errorCodes } from '../../protocol/error-table.ts'
import { electLeaders } from '../../protocol/messages/43-elect-leaders.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import { NO_LEADER } from '../cluster/leadership.ts'
import { whenSafe } from './transaction-answers.ts'
import { handler } from './handler.ts'

type PartitionAnswer = ResponseInput<typeof electLeaders>['replicaElectionResults'][number]['partitionResult'][number]

const PREFERRED = 0
const UNCLEAN = 1

/** Makes the preferred leader lead; an unclean election is for partitions without a leader alone. */
const elect = ({ topics, cluster }: BrokerState, electionType: number, topic: string, partitionId: number): PartitionAnswer => {
  if (electionType !== PREFERRED && electionType !== UNCLEAN) return { partitionId, errorCode: errorCodes.INVALID_REQUEST, errorMessage: `There is no election of type ${electionType}` }
  const log = topics.log(topic, partitionId)
  if (log === undefined) {
    const errorMessage = topics.get(topic) === undefined ? `No such topic as ${topic}` : `No such partition as ${topic}-${partitionId}`
    return { partitionId, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
  }
  const { leader, replicas } = log.leadership
  const [preferred] = replicas
  if (electionType === PREFERRED ? leader === preferred : leader !== NO_LEADER) return { partitionId, errorCode: errorCodes.ELECTION_NOT_NEEDED }
  const next = electionType === PREFERRED ? preferred! : cluster.inSync(replicas)[0]
  if (next === undefined) return { partitionId, errorCode: errorCodes.ELIGIBLE_LEADERS_NOT_AVAILABLE }
  if (!cluster.isRunning(next)) return { partitionId, errorCode: errorCodes.PREFERRED_LEADER_NOT_AVAILABLE }
  topics.elect(log, next)
  return { partitionId, errorCode: errorCodes.NONE }
}

export const electLeadersHandler = handler<typeof electLeaders>({
  api: electLeaders,
  handle: ({ electionType, topicPartitions }, { broker }) => {
    const isKnown = electionType === PREFERRED || electionType === UNCLEAN
    const wanted = topicPartitions ?? [...broker.topics.all()].map(({ name, partitions }) => ({ topic: name, partitions: partitions.map(({ partition }) => partition) }))
    const results = wanted.map(({ topic, partitions }) => ({ topic, partitionResult: partitions.map((partition) => elect(broker, electionType, topic, partition)) }))
    if (!isKnown) return { errorCode: errorCodes.INVALID_REQUEST, replicaElectionResults: results }
    if (topicPartitions !== undefined) return whenSafe(broker, { errorCode: errorCodes.NONE, replicaElectionResults: results })
    // Asked about all, a broker tells only of elections that were needed.
    const needed = results
      .map(({ topic, partitionResult }) => ({ topic, partitionResult: partitionResult.filter(({ errorCode }) => errorCode !== errorCodes.ELECTION_NOT_NEEDED) }))
      .filter(({ partitionResult }) => partitionResult.length > 0)
    return whenSafe(broker, { errorCode: errorCodes.NONE, replicaElectionResults: needed })
  },
  fail: ({ topicPartitions }, errorCode) => ({
    errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({ topic, partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode })) })),
  }),
})
