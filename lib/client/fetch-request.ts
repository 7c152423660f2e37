import { fetch } from '../protocol/messages/01-fetch.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import type { Connection, ReceivedResponse } from './connection.ts'
import type { FetchPartition } from './fetch-partition.ts'
import type { FetchSizes } from './fetch-sizes.ts'
import type { ResolvedFetcherOptions } from './fetcher-options.ts'
import { byTopic } from './partitions.ts'

/** The newest Fetch that names topics; later ones want ids. */
const FETCH_VERSION = 12

export type FetchResponse = ResponseOf<typeof fetch>
export type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number]

/** Asks one broker for more of these partitions; it answers when it has `minBytes`, or after `maxWaitMs`. */
export const sendFetch = (
  connection: Connection,
  cluster: Cluster,
  options: ResolvedFetcherOptions,
  sizes: FetchSizes,
  partitions: readonly FetchPartition[],
): Promise<ReceivedResponse<typeof fetch>> => {
  const { maxWaitMs, minBytes, isolationLevel } = options
  const partitionMaxBytes = sizes.share(partitions.length)
  const topics = byTopic(partitions).map(({ topic, entries }) => ({
    topic,
    partitions: entries.map(({ partition, position }) => ({
      partition,
      currentLeaderEpoch: cluster.partition(topic, partition)?.leaderEpoch ?? -1,
      fetchOffset: position,
      partitionMaxBytes,
    })),
  }))
  const body = {
    maxWaitMs,
    minBytes,
    maxBytes: sizes.response,
    isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
    topics,
    forgottenTopicsData: [],
    rackId: cluster.options.rack ?? '',
  }
  return connection.receive(fetch, body, { maxVersion: FETCH_VERSION, timeoutMs: cluster.options.requestTimeoutMs + maxWaitMs })
}
