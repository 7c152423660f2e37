import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { createTopics, fetch, listOffsets, metadata, produce } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { isRealKafka, uniqueName } from './broker-under-test.ts'
import type { RawClient } from './raw-client.ts'

/** Asks until there is something; a cluster may need a moment for what the embedded broker has at once. */
export const eventually = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
  for (let left = isRealKafka ? 200 : 1; ; left--) {
    const found = await ask()
    if (found !== undefined) return found
    if (left === 0) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Asks again and again until it is so, for things that happen by a timer; at most ten seconds. */
export const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (const deadline = performance.now() + 10_000; !(await isSo());) {
    if (performance.now() > deadline) throw new Error('it never came about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export interface TestTopic {
  readonly name: string
  readonly id: string
}

/** A new topic whose partitions answer. */
export const createTopic = async (client: RawClient, numPartitions = 1, configs: Record<string, string> = {}): Promise<TestTopic> => {
  const name = uniqueName('topic')
  const { topics } = await client.request(createTopics, 7, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }],
  })
  expect(topics[0]).toMatchObject({ errorCode: errorCodes.NONE })
  await eventually(async () => {
    const found = await client.request(metadata, 12, { topics: [{ name, topicId: topics[0]!.topicId }], allowAutoTopicCreation: false })
    const partitions = found.topics[0]!.partitions
    if (partitions.length < numPartitions || partitions.some(({ errorCode }) => errorCode !== errorCodes.NONE)) return undefined
    const ends = await Promise.all(partitions.map(({ partitionIndex }) => endOffset(client, name, partitionIndex)))
    return ends.every((end) => end === 0) ? true : undefined
  })
  return { name, id: topics[0]!.topicId }
}

/** The high watermark; undefined when the partition gives none. */
export const endOffset = async (client: RawClient, topic: string, partition = 0, timestamp = -1): Promise<number | undefined> => {
  const answer = await client.request(listOffsets, 7, { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }] })
  const { errorCode, offset } = answer.topics[0]!.partitions[0]!
  return errorCode === errorCodes.NONE ? offset : undefined
}

export type ProduceAnswer = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number]

/** Produces the bytes for one partition and gives its answer. */
export const produceTo = async (client: RawClient, topic: string, records: Buffer | undefined, options: { partition?: number; acks?: number; version?: number } = {}): Promise<ProduceAnswer> => {
  const { partition = 0, acks = -1, version = 9 } = options
  const answer = await client.request(produce, version, { acks, timeoutMs: 10_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] })
  return answer.responses[0]!.partitionResponses[0]!
}

export type FetchAnswer = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

type FetchOptions = Partial<Omit<RequestInput<typeof fetch>, 'topics'>> & { partition?: number; partitionMaxBytes?: number; version?: number; currentLeaderEpoch?: number }

/** Fetches one partition and gives its part of the answer. */
export const fetchFrom = async (client: RawClient, topic: string, fetchOffset: number, options: FetchOptions = {}): Promise<FetchAnswer> => {
  const { partition = 0, partitionMaxBytes = 1_000_000, version = 12, currentLeaderEpoch = -1, ...rest } = options
  const answer = await client.request(fetch, version, {
    maxWaitMs: 0, minBytes: 1, maxBytes: 10_000_000, sessionEpoch: -1, ...rest,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch }] }],
  })
  return answer.responses[0]!.partitions[0]!
}
