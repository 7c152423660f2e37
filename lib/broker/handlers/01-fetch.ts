import { fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { LogSlice } from '../log/partition-log.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

type FetchRequest = RequestOf<typeof fetch>
type FetchResponse = ResponseInput<typeof fetch>
type PartitionRequest = FetchRequest['topics'][number]['partitions'][number]

const READ_COMMITTED = 1
const FROM_FOLLOWERS_SINCE = 11
const NO_RECORDS: readonly Buffer[] = []

/** What a partition has for the client now: an error, or a range of its log, which is not read yet. */
interface PartitionResult {
  readonly request: PartitionRequest
  readonly log: PartitionLog | undefined
  readonly error: number
  readonly slice: LogSlice | undefined
}

interface TopicResult {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly PartitionResult[]
}

/** One look at all partitions that a fetch asks for. */
interface Look {
  readonly topics: readonly TopicResult[]
  readonly bytes: number
  readonly hasError: boolean
}

const errorOf = (log: PartitionLog | undefined, unknown: number, { fetchOffset, currentLeaderEpoch }: PartitionRequest, { nodeId, apiVersion }: RequestContext): number => {
  if (log === undefined) return unknown
  const notServed = whyNotServed(log, nodeId, currentLeaderEpoch, apiVersion >= FROM_FOLLOWERS_SINCE)
  if (notServed !== errorCodes.NONE) return notServed
  return fetchOffset < log.logStartOffset || fetchOffset > log.nextOffset ? errorCodes.OFFSET_OUT_OF_RANGE : errorCodes.NONE
}

const look = (request: FetchRequest, context: RequestContext): Look => {
  const { broker, apiVersion } = context
  const byId = apiVersion >= 13
  let bytes = 0
  let hasError = false
  const topics = request.topics.map(({ topic: name, topicId, partitions }): TopicResult => {
    const topic = byId ? broker.topics.byId(topicId) : broker.topics.get(name)
    const unknown = byId && topic === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return {
      topic: name,
      topicId,
      partitions: partitions.map((wanted): PartitionResult => {
        const log = topic?.partitions[wanted.partition]
        const error = errorOf(log, unknown, wanted, context)
        if (log === undefined || error !== errorCodes.NONE) {
          hasError = true
          return { request: wanted, log, error, slice: undefined }
        }
        const limit = request.isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
        const most = Math.min(wanted.partitionMaxBytes, request.maxBytes - bytes)
        const slice = wanted.fetchOffset >= limit || (most <= 0 && bytes > 0) ? undefined : log.slice(wanted.fetchOffset, most, limit, bytes === 0)
        if (slice !== undefined) bytes += slice.end - slice.start
        return { request: wanted, log, error, slice }
      }),
    }
  })
  return { topics, bytes, hasError }
}

const partitionAnswer = ({ request, log, error, slice }: PartitionResult, isolationLevel: number, records: readonly Buffer[]): FetchResponse['responses'][number]['partitions'][number] => ({
  partitionIndex: request.partition,
  errorCode: error,
  highWatermark: log === undefined || error !== errorCodes.NONE ? -1 : log.highWatermark,
  lastStableOffset: log === undefined || error !== errorCodes.NONE ? -1 : log.lastStableOffset,
  logStartOffset: log === undefined || error !== errorCodes.NONE ? -1 : log.logStartOffset,
  abortedTransactions: isolationLevel !== READ_COMMITTED || error !== errorCodes.NONE ? undefined : slice === undefined ? [] : log!.abortedIn(slice, request.fetchOffset, log!.lastStableOffset),
  records,
})

/** Reads the ranges that a look found. In memory there is nothing to wait for. */
const answer = (found: Look, request: FetchRequest): FetchResponse | Promise<FetchResponse> => {
  const reads: Promise<void>[] = []
  const responses = found.topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map((result) => {
      const { slice } = result
      const pieces = slice === undefined ? NO_RECORDS : slice.segment.bytes.read(slice.start, slice.end)
      if (!(pieces instanceof Promise)) return partitionAnswer(result, request.isolationLevel, pieces)
      const partition = { ...partitionAnswer(result, request.isolationLevel, NO_RECORDS) }
      reads.push(pieces.then(
        (read) => void Object.assign(partition, { records: read }),
        () => void Object.assign(partition, { errorCode: errorCodes.KAFKA_STORAGE_ERROR }),
      ))
      return partition
    }),
  }))
  const response = { errorCode: errorCodes.NONE, sessionId: 0, responses }
  return reads.length === 0 ? response : Promise.all(reads).then(() => response)
}

/** Looks again whenever one of the partitions changes, until there is enough or the time is up. */
const waitForMore = (first: Look, request: FetchRequest, context: RequestContext): Promise<Look> =>
  new Promise((resolve, reject) => {
    const unwatch: (() => void)[] = []
    let scheduled = false
    const stop = (): void => {
      clearTimeout(timer)
      context.closed.removeEventListener('abort', giveUp)
      for (const end of unwatch) end()
    }
    const giveUp = (): void => {
      stop()
      resolve(first)
    }
    const check = (isTimeUp: boolean): void => {
      scheduled = false
      try {
        const found = look(request, context)
        if (!isTimeUp && !found.hasError && found.bytes < request.minBytes) return
        stop()
        resolve(found)
      } catch (error) {
        stop()
        reject(error)
      }
    }
    // Several batches that come in one go are looked at once, right after.
    const changed = (): void => {
      if (scheduled) return
      scheduled = true
      queueMicrotask(() => check(false))
    }
    const timer = setTimeout(() => check(true), request.maxWaitMs)
    for (const { partitions } of first.topics) for (const { log } of partitions) if (log !== undefined) unwatch.push(log.watch(changed))
    context.closed.addEventListener('abort', giveUp)
  })

export const fetchHandler = handler<typeof fetch>({
  api: fetch,
  handle: (request, context) => {
    // No sessions are kept: answering with session 0 is how a broker says so, and clients then send all partitions each time.
    if (request.sessionId !== 0 && request.sessionEpoch > 0) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] }
    const found = look(request, context)
    if (found.hasError || found.bytes >= request.minBytes || request.maxWaitMs <= 0) return answer(found, request)
    return waitForMore(found, request, context).then((enough) => answer(enough, request))
  },
  fail: (request, errorCode) => ({
    errorCode: errorCodes.NONE,
    sessionId: 0,
    responses: request.topics.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map((wanted) => partitionAnswer({ request: wanted, log: undefined, error: errorCode, slice: undefined }, request.isolationLevel, NO_RECORDS)),
    })),
  }),
})
