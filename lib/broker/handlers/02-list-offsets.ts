import { listOffsets } from '../../protocol/messages/02-list-offsets.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { findMaxTimestamp, findTimestamp } from '../log/timestamp-search.ts'
import type { OffsetAndTimestamp } from '../log/timestamp-search.ts'
import { handler } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

type PartitionAnswer = ResponseInput<typeof listOffsets>['topics'][number]['partitions'][number]

const READ_COMMITTED = 1
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

const NOWHERE: OffsetAndTimestamp = { offset: -1, timestamp: -1 }

const at = (offset: number): OffsetAndTimestamp => ({ offset, timestamp: -1 })

const find = (log: PartitionLog, timestamp: number, isolationLevel: number): OffsetAndTimestamp | Promise<OffsetAndTimestamp> => {
  const limit = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
  switch (timestamp) {
    case LATEST: return at(limit)
    case EARLIEST:
    case EARLIEST_LOCAL: return at(log.logStartOffset)
    case MAX_TIMESTAMP: return findMaxTimestamp(log, limit)
    // Nothing is kept anywhere else.
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD: return NOWHERE
    default: return findTimestamp(log, timestamp, limit)
  }
}

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({ partitionIndex, errorCode, ...NOWHERE })

export const listOffsetsHandler = handler<typeof listOffsets>({
  api: listOffsets,
  handle: async (request, { broker, nodeId }) => ({
    topics: await Promise.all(request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(partitions.map(async ({ partitionIndex, currentLeaderEpoch, timestamp }): Promise<PartitionAnswer> => {
        const log = broker.topics.log(name, partitionIndex)
        const error = whyNotServed(log, nodeId, currentLeaderEpoch)
        if (log === undefined || error !== errorCodes.NONE) return failed(partitionIndex, error)
        const found = await find(log, timestamp, request.isolationLevel)
        return { partitionIndex, errorCode: errorCodes.NONE, ...found, leaderEpoch: found.offset < 0 ? -1 : log.leaderEpoch }
      })),
    }))),
  }),
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, errorCode)) })),
  }),
})
