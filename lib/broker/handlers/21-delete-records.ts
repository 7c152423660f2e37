import { deleteRecords } from '../../protocol/messages/21-delete-records.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

type PartitionAnswer = ResponseInput<typeof deleteRecords>['topics'][number]['partitions'][number]

const HIGH_WATERMARK = -1

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({ partitionIndex, lowWatermark: -1, errorCode })

const deleteBefore = ({ broker, nodeId }: RequestContext, name: string, partitionIndex: number, offset: number): PartitionAnswer => {
  const log = broker.topics.log(name, partitionIndex)
  const error = whyNotServed(log, nodeId, -1)
  if (log === undefined || error !== errorCodes.NONE) return failed(partitionIndex, error)
  if (!log.config.delete) return failed(partitionIndex, errorCodes.POLICY_VIOLATION)
  const before = offset === HIGH_WATERMARK ? log.highWatermark : offset
  if (before < 0 || before > log.highWatermark) return failed(partitionIndex, errorCodes.OFFSET_OUT_OF_RANGE)
  broker.topics.deleteRecords(log, before)
  return { partitionIndex, lowWatermark: log.logStartOffset, errorCode: errorCodes.NONE }
}

export const deleteRecordsHandler = handler<typeof deleteRecords>({
  api: deleteRecords,
  handle: (request, context) => {
    const { broker } = context
    const answer = {
      topics: request.topics.map(({ name, partitions }) => ({
        name, partitions: partitions.map(({ partitionIndex, offset }) => deleteBefore(context, name, partitionIndex, offset)),
      })),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, errorCode)) })),
  }),
})
