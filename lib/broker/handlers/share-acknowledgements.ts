import { errorCodes } from '../../protocol/error-table.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { Operation, ResourceType } from '../security/acl.ts'
import type { RequestContext } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

/** Ranges of records with what became of them. */
export type AcknowledgementBatches = readonly { readonly firstOffset: number; readonly lastOffset: number; readonly acknowledgeTypes: readonly number[] }[]

/** What stands for the leader where there is nothing to say of it. */
export const NO_HINT = { leaderId: 0, leaderEpoch: 0 } as const

/** The log of a partition that a share group is about, or why this broker does not serve it. */
export const findShared = ({ broker, nodeId, gate }: RequestContext, topicId: string, partition: number): { readonly log: PartitionLog | undefined; readonly error: number } => {
  const topic = broker.topics.byId(topicId)
  const log = topic?.partitions[partition]
  if (topic !== undefined && gate?.may(Operation.READ, ResourceType.TOPIC, topic.name) === false) return { log: undefined, error: errorCodes.TOPIC_AUTHORIZATION_FAILED }
  return { log, error: topic === undefined ? errorCodes.UNKNOWN_TOPIC_ID : whyNotServed(log, nodeId, -1) }
}

/** Takes in what a member says of records of one partition; the first error counts. */
export const acknowledge = ({ broker: { shares } }: RequestContext, groupId: string, memberId: string, topicId: string, partition: number, batches: AcknowledgementBatches): number => {
  if (batches.length === 0) return errorCodes.NONE
  const found = shares.get(groupId, topicId, partition)
  if (found === undefined) return errorCodes.INVALID_RECORD_STATE
  const limits = shares.limits(groupId)
  const nowMs = shares.now()
  let error: number = errorCodes.NONE
  for (const { firstOffset, lastOffset, acknowledgeTypes } of batches) {
    const refusal = found.acknowledge(memberId, firstOffset, lastOffset, acknowledgeTypes, nowMs, limits)
    if (error === errorCodes.NONE) error = refusal
  }
  shares.store(groupId, topicId, partition)
  return error
}
