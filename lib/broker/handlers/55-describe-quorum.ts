import { errorCodes } from '../../protocol/error-table.ts'
import { describeQuorum } from '../../protocol/messages/55-describe-quorum.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type PartitionAnswer = ResponseInput<typeof describeQuorum>['topics'][number]['partitions'][number]

/** Where Kafka keeps its metadata. Here the controller is a quorum of one. */
const METADATA_TOPIC = '__cluster_metadata'

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({
  partitionIndex, errorCode, leaderId: 0, leaderEpoch: 0, highWatermark: 0, currentVoters: [], observers: [],
})

const describe = (topicName: string, partitionIndex: number, { broker }: RequestContext): PartitionAnswer => {
  if (topicName !== METADATA_TOPIC || partitionIndex !== 0) return failed(partitionIndex, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const { cluster, topics, time } = broker
  const nowMs = time.now()
  const replica = (replicaId: number) => ({ replicaId, replicaDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA', logEndOffset: topics.version, lastFetchTimestamp: nowMs, lastCaughtUpTimestamp: nowMs })
  const { controllerId, running } = cluster
  return {
    partitionIndex,
    errorCode: errorCodes.NONE,
    leaderId: controllerId,
    leaderEpoch: 1,
    highWatermark: topics.version,
    currentVoters: [replica(controllerId)],
    observers: running.filter((id) => id !== controllerId).map(replica),
  }
}

export const describeQuorumHandler = handler<typeof describeQuorum>({
  api: describeQuorum,
  handle: ({ topics }, context) => {
    const nodeId = context.broker.cluster.controllerId
    const { host, port } = context.addressOf(nodeId)
    return {
      errorCode: errorCodes.NONE,
      topics: topics.map(({ topicName, partitions }) => ({ topicName, partitions: partitions.map(({ partitionIndex }) => describe(topicName, partitionIndex, context)) })),
      // The port is an unsigned number of 16 bits, for which the protocol has no type but the signed one.
      nodes: [{ nodeId, listeners: [{ name: 'CONTROLLER', host, port: (port << 16) >> 16 }] }],
    }
  },
  fail: (_request, errorCode) => ({ errorCode, topics: [] }),
})
