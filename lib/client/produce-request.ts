import { produce } from '../protocol/messages/00-produce.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import { byTopic } from './partitions.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import type { Connection } from './connection.ts'

/** The newest Produce in which transactions announce their partitions first and topics have names. */
const PRODUCE_VERSION = 11

/** One batch under way and the queue it came from. */
export interface Part {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
}

export type PartResult = ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number]

/** Sends one batch for each of several partitions. Gives the answers by `partitionKey`; none with acks 0. */
export const sendProduce = async (
  connection: Connection,
  options: ResolvedProducerOptions,
  parts: readonly Part[],
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
  const response = await connection.request(produce, body, { maxVersion: PRODUCE_VERSION, timeoutMs: requestTimeoutMs })
  const results = new Map<string, PartResult>()
  for (const { name, partitionResponses } of response.responses) {
    for (const result of partitionResponses) results.set(`${name}-${result.index}`, result)
  }
  return results
}
