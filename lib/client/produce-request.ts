import { produce } from '../protocol/messages/00-produce.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import { byTopic } from './partitions.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import type { Connection } from './connection.ts'

/** The newest Produce in which transactions announce their partitions first. */
const PRODUCE_VERSION = 11

/** With it writing to a partition makes it part of the transaction (KIP-890). The newest in which topics have names. */
const TRANSACTIONS_V2_VERSION = 12

/** One batch under way and the queue it came from. */
export interface Part {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
}

export type PartResult = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number]

/**
 * Sends one batch for each of several partitions. Gives the answers by `partitionKey`; none with acks 0.
 * @param addsPartitions whether that makes the partitions part of the transaction
 */
export const sendProduce = async (
  connection: Connection,
  options: ResolvedProducerOptions,
  parts: readonly Part[],
  addsPartitions: boolean,
): Promise<ReadonlyMap<string, PartResult> | undefined> => {
  const { acks, compression, requestTimeoutMs, transactionalId } = options
  const transactional = transactionalId !== undefined
  const entries = parts.map((part) => ({ topic: part.queue.topic, ...part }))
  const body = {
    transactionalId,
    acks,
    timeoutMs: requestTimeoutMs,
    topicData: byTopic(entries).map(({ topic, entries: ofTopic }) => ({
      name: topic,
      partitionData: ofTopic.map(({ queue, batch }) => ({ index: queue.partition, records: batch.encode({ compression, transactional }) })),
    })),
  }
  if (acks === 0) {
    await connection.sendOneWay(produce, body, { maxVersion: PRODUCE_VERSION })
    return undefined
  }
  const maxVersion = addsPartitions ? TRANSACTIONS_V2_VERSION : PRODUCE_VERSION
  const response = await connection.request(produce, body, { maxVersion, timeoutMs: requestTimeoutMs })
  const results = new Map<string, PartResult>()
  for (const { name, partitionResponses } of response.responses) {
    for (const result of partitionResponses) results.set(`${name}-${result.index}`, result)
  }
  return results
}
