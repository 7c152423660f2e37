import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { listOffsets as listOffsetsApi } from '../protocol/messages/02-list-offsets.ts'
import { deleteRecords as deleteRecordsApi } from '../protocol/messages/21-delete-records.ts'
import type { Cluster } from './cluster.ts'
import { errorOf } from './kafka-errors.ts'
import { askLeaders } from './leader-requests.ts'
import { byTopic } from './partitions.ts'
import type { IsolationLevel, ListedOffset, OffsetSpec } from './types.ts'

const PLACES = { latest: -1, earliest: -2, maxTimestamp: -3 } as const

const timestampOf = (spec: OffsetSpec): number => (typeof spec === 'string' ? PLACES[spec] : spec.timestamp)

export const listOffsets = (
  cluster: Cluster,
  partitions: readonly (TopicPartition & { readonly spec: OffsetSpec })[],
  isolationLevel: IsolationLevel,
): Promise<ReadonlyMap<string, ListedOffset>> =>
  askLeaders(cluster, 'listing offsets', partitions, async (nodeId, ofLeader, fail) => {
    const topics = byTopic(ofLeader).map(({ topic, entries }) => ({
      name: topic,
      partitions: entries.map(({ partition, spec }) => ({ partitionIndex: partition, timestamp: timestampOf(spec) })),
    }))
    const body = { isolationLevel: isolationLevel === 'read_committed' ? 1 : 0, topics, timeoutMs: cluster.options.requestTimeoutMs }
    const response = await cluster.request(nodeId, 'admin', listOffsetsApi, body)
    const found = new Map<string, ListedOffset>()
    for (const topic of response.topics) {
      for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of topic.partitions) {
        const key = partitionKey(topic.name, partitionIndex)
        if (errorCode === 0) found.set(key, { offset, timestamp, leaderEpoch })
        else fail(errorOf(errorCode, `listing the offsets of ${key}`))
      }
    }
    return found
  })

export const deleteRecords = (
  cluster: Cluster,
  partitions: readonly (TopicPartition & { readonly offset: number })[],
): Promise<ReadonlyMap<string, number>> =>
  askLeaders(cluster, 'deleting records', partitions, async (nodeId, ofLeader, fail) => {
    const topics = byTopic(ofLeader).map(({ topic, entries }) => ({
      name: topic,
      partitions: entries.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
    }))
    const response = await cluster.request(nodeId, 'admin', deleteRecordsApi, { topics, timeoutMs: cluster.options.requestTimeoutMs })
    const starts = new Map<string, number>()
    for (const topic of response.topics) {
      for (const { partitionIndex, errorCode, lowWatermark } of topic.partitions) {
        const key = partitionKey(topic.name, partitionIndex)
        if (errorCode === 0) starts.set(key, lowWatermark)
        else fail(errorOf(errorCode, `deleting records of ${key}`))
      }
    }
    return starts
  })
