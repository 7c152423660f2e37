import { errorCodes } from '../../protocol/error-table.ts'
import { shareFetch } from '../../protocol/messages/78-share-fetch.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { AcquiredRange, BatchRange, SharePartition } from '../groups/share/share-partition.ts'
import type { ShareSession } from '../groups/share/share-sessions.ts'
import type { LogSlice, PartitionLog } from '../log/partition-log.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { LeaderHints } from './served-partition.ts'
import { NO_HINT, acknowledge, findShared } from './share-acknowledgements.ts'

type Request = RequestOf<typeof shareFetch>
type Response = ResponseInput<typeof shareFetch>
type PartitionAnswer = Response['responses'][number]['partitions'][number]

const FIRST_EPOCH = 0
const LAST_EPOCH = -1
/** No more records than asked for, even if that cuts a batch in two. */
const EXACTLY = 1

/** What a partition has for the member. */
interface Found {
  readonly topicId: string
  readonly partition: number
  readonly error: number
  readonly acknowledgeError: number
  readonly log: PartitionLog | undefined
  readonly ranges: readonly AcquiredRange[]
  readonly slice: LogSlice | undefined
}

const nothing = (topicId: string, partition: number, error: number, acknowledgeError: number, log: PartitionLog | undefined): Found => ({ topicId, partition, error, acknowledgeError, log, ranges: [], slice: undefined })

/** The batches of a slice, of which some are not for readers. */
function* rangesOf({ segment, start, end }: LogSlice, log: PartitionLog, committed: boolean): Generator<BatchRange> {
  const aborted = committed ? log.abortedIn({ segment, start, end }, segment.baseOffset, log.lastStableOffset) : []
  for (const { batch } of segment.batches(start, end)) {
    const { baseOffset: firstOffset, lastOffset, producerId } = batch
    const isAborted = batch.isTransactional && aborted.some((range) => range.producerId === producerId && firstOffset >= range.firstOffset && lastOffset <= range.lastOffset)
    yield { firstOffset, lastOffset, isHidden: batch.isControl || isAborted }
  }
}

/** Acquires records of one partition; `undefined` when there are none to be had. */
const acquire = (shared: SharePartition, log: PartitionLog, request: Request, maxRecords: number, maxBytes: number, { broker: { shares } }: RequestContext): { readonly ranges: readonly AcquiredRange[]; readonly slice: LogSlice } | undefined => {
  const groupId = request.groupId!
  const limits = shares.limits(groupId)
  const committed = shares.isCommitted(groupId)
  const limit = committed ? log.lastStableOffset : log.highWatermark
  for (;;) {
    const from = shared.nextAvailable(limits.maxInFlight)
    if (from === undefined || from >= limit) return undefined
    const slice = log.slice(from, maxBytes, limit, true)
    if (slice === undefined) return undefined
    const { ranges, batches } = shared.acquire(request.memberId!, from, rangesOf(slice, log, committed), maxRecords, request.shareAcquireMode === EXACTLY, shares.now(), limits)
    if (ranges.length > 0) {
      let { end } = slice
      let left = batches
      for (const { position, size } of slice.segment.batches(slice.start, slice.end)) {
        if (left-- === 0) break
        end = position + size
      }
      return { ranges, slice: { ...slice, end } }
    }
    // All that was there is hidden: it is done with, and the next comes behind it.
    if (shared.nextAvailable(limits.maxInFlight) === from) return undefined
  }
}

/** One look at all partitions of the session, from another one each time. */
const look = (request: Request, session: ShareSession, acknowledged: ReadonlyMap<string, number>, context: RequestContext): Found[] => {
  let records = Math.max(1, request.maxRecords)
  let bytes = request.maxBytes
  const found: Found[] = []
  for (const [key, { topicId, partition }] of [...session.partitions]) {
    const acknowledgeError = acknowledged.get(key) ?? errorCodes.NONE
    const { log, error } = findShared(context, topicId, partition)
    if (log === undefined || error !== errorCodes.NONE) {
      found.push(nothing(topicId, partition, error, acknowledgeError, log))
      continue
    }
    const got = records <= 0 || bytes <= 0 ? undefined : acquire(context.broker.shares.open(request.groupId!, topicId, log), log, request, records, bytes, context)
    if (got === undefined) {
      if (acknowledged.has(key)) found.push(nothing(topicId, partition, errorCodes.NONE, acknowledgeError, log))
      continue
    }
    for (const { firstOffset, lastOffset } of got.ranges) records -= lastOffset - firstOffset + 1
    bytes -= got.slice.end - got.slice.start
    found.push({ topicId, partition, error: errorCodes.NONE, acknowledgeError, log, ...got })
    session.partitions.delete(key)
    session.partitions.set(key, { topicId, partition })
  }
  return found
}

const hasNews = (found: readonly Found[]): boolean => found.some(({ error, slice }) => error !== errorCodes.NONE || slice !== undefined)

const answer = async (found: readonly Found[], request: Request, context: RequestContext): Promise<Response> => {
  const hints = new LeaderHints(context)
  const topics = new Map<string, PartitionAnswer[]>()
  for (const { topicId, partition, error, acknowledgeError, log, ranges, slice } of found) {
    const partitions = topics.get(topicId) ?? []
    topics.set(topicId, partitions)
    partitions.push({
      partitionIndex: partition,
      errorCode: error,
      acknowledgeErrorCode: acknowledgeError,
      currentLeader: error === errorCodes.NOT_LEADER_OR_FOLLOWER && log !== undefined ? hints.of(log) : NO_HINT,
      records: slice === undefined ? [] : slice.segment.bytes.send(slice.start, slice.end),
      acquiredRecords: ranges,
    })
  }
  await context.broker.journal.flushed()
  return {
    errorCode: errorCodes.NONE,
    acquisitionLockTimeoutMs: context.broker.shares.limits(request.groupId!).lockMs,
    responses: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
    nodeEndpoints: hints.endpoints,
  }
}

/** Looks again when the logs or the records of others change, until there is something or the time is up. */
const waitForMore = (request: Request, session: ShareSession, context: RequestContext): Promise<Found[]> =>
  new Promise((resolve) => {
    const unwatch: (() => void)[] = []
    let scheduled = false
    const finish = (found: Found[]): void => {
      clearTimeout(timer)
      context.closed.removeEventListener('abort', giveUp)
      for (const end of unwatch) end()
      resolve(found)
    }
    const giveUp = (): void => finish([])
    const check = (): void => {
      scheduled = false
      const found = context.closed.aborted ? [] : look(request, session, new Map(), context)
      if (hasNews(found)) finish(found)
    }
    const changed = (): void => {
      if (scheduled) return
      scheduled = true
      queueMicrotask(check)
    }
    const timer = setTimeout(giveUp, request.maxWaitMs)
    for (const { topicId, partition } of session.partitions.values()) {
      const { log, error } = findShared(context, topicId, partition)
      if (log === undefined || error !== errorCodes.NONE) continue
      unwatch.push(log.watch(changed), context.broker.shares.open(request.groupId!, topicId, log).watch(changed))
    }
    context.closed.addEventListener('abort', giveUp)
  })

const keyOf = (topicId: string, partition: number): string => `${topicId}/${partition}`

/** Takes in what the request says of earlier records, and which partitions the session has from now on. */
const update = (request: Request, session: ShareSession, context: RequestContext): Map<string, number> => {
  const acknowledged = new Map<string, number>()
  for (const { topicId, partitions } of request.topics) {
    for (const { partitionIndex, acknowledgementBatches } of partitions) {
      const key = keyOf(topicId, partitionIndex)
      if (!session.partitions.has(key)) session.partitions.set(key, { topicId, partition: partitionIndex })
      if (acknowledgementBatches.length > 0) acknowledged.set(key, acknowledge(context, request.groupId!, request.memberId!, topicId, partitionIndex, acknowledgementBatches))
    }
  }
  for (const { topicId, partitions } of request.forgottenTopicsData) for (const partition of partitions) session.partitions.delete(keyOf(topicId, partition))
  return acknowledged
}

/** The partitions about which there is nothing to tell but what became of acknowledgements. */
const onlyAcknowledged = (acknowledged: ReadonlyMap<string, number>, request: Request, context: RequestContext): Found[] =>
  request.topics.flatMap(({ topicId, partitions }) => partitions.flatMap(({ partitionIndex }) => {
    const error = acknowledged.get(keyOf(topicId, partitionIndex))
    return error === undefined ? [] : [nothing(topicId, partitionIndex, errorCodes.NONE, error, findShared(context, topicId, partitionIndex).log)]
  }))

export const shareFetchHandler = handler<typeof shareFetch>({
  api: shareFetch,
  handle: async (request, context) => {
    const { groupId, memberId, shareSessionEpoch } = request
    const { shareSessions, shares } = context.broker
    if (groupId === undefined || groupId === '' || memberId === undefined || memberId === '') return { errorCode: errorCodes.INVALID_REQUEST, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
    const session = shareSessions.take(context.nodeId, groupId, memberId, shareSessionEpoch)
    if (typeof session === 'number') return { errorCode: session, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }
    if (shareSessionEpoch === FIRST_EPOCH) {
      context.closed.addEventListener('abort', () => {
        if (shareSessions.end(context.nodeId, groupId, session)) shares.release(groupId, session)
      })
    }
    const acknowledged = update(request, session, context)
    if (shareSessionEpoch === LAST_EPOCH) {
      shares.release(groupId, session)
      return answer(onlyAcknowledged(acknowledged, request, context), request, context)
    }
    if (request.isRenewAck) return answer(onlyAcknowledged(acknowledged, request, context), request, context)
    const found = look(request, session, acknowledged, context)
    if (hasNews(found) || acknowledged.size > 0 || request.maxWaitMs <= 0) return answer(found, request, context)
    return answer(await waitForMore(request, session, context), request, context)
  },
  fail: (_request, errorCode) => ({ errorCode, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] }),
})
