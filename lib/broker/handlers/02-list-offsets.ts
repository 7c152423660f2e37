import { listOffsets } from '../../protocol/messages/02-list-offsets.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { findMaxTimestamp, findTimestamp } from '../log/timestamp-search.ts'
import type { OffsetAndTimestamp } from '../log/timestamp-search.ts'
import { handler } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

type PartitionRequest = RequestOf<typeof listOffsets>['topics'][number]['partitions'][number]
type PartitionAnswer = ResponseInput<typeof listOffsets>['topics'][number]['partitions'][number]

const READ_COMMITTED = 1
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6

/** The version from which on each of the special times is known. */
const KNOWN_SINCE = new Map([[LATEST, 1], [EARLIEST, 1], [MAX_TIMESTAMP, 7], [EARLIEST_LOCAL, 8], [LATEST_TIERED, 9], [EARLIEST_PENDING_UPLOAD, 11]])

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

/** The partitions, each once, and which of them were asked for more than once. */
const distinct = (partitions: readonly PartitionRequest[]): { readonly each: readonly PartitionRequest[]; readonly twice: ReadonlySet<number> } => {
  const each = new Map<number, PartitionRequest>()
  const twice = new Set<number>()
  for (const one of partitions) {
    if (each.has(one.partitionIndex)) twice.add(one.partitionIndex)
    each.set(one.partitionIndex, one)
  }
  return { each: [...each.values()], twice }
}

export const listOffsetsHandler = handler<typeof listOffsets>({
  api: listOffsets,
  handle: async (request, { broker, nodeId, apiVersion }) => ({
    topics: await Promise.all(request.topics.map(async ({ name, partitions }) => {
      const { each, twice } = distinct(partitions)
      return { name, partitions: await Promise.all(each.map(async ({ partitionIndex, currentLeaderEpoch, timestamp }): Promise<PartitionAnswer> => {
        if (twice.has(partitionIndex)) return failed(partitionIndex, errorCodes.INVALID_REQUEST)
        if (timestamp < 0 && !((KNOWN_SINCE.get(timestamp) ?? Infinity) <= apiVersion)) return failed(partitionIndex, errorCodes.UNSUPPORTED_VERSION)
        const log = broker.topics.log(name, partitionIndex)
        const error = whyNotServed(log, nodeId, currentLeaderEpoch)
        if (log === undefined || error !== errorCodes.NONE) return failed(partitionIndex, error)
        const found = await find(log, timestamp, request.isolationLevel)
        return { partitionIndex, errorCode: errorCodes.NONE, ...found, leaderEpoch: found.offset < 0 ? -1 : log.leaderEpoch }
      })) }
    })),
  }),
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => failed(partitionIndex, errorCode)) })),
  }),
})
