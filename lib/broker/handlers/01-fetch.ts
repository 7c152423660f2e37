import { errorCodes } from '../../protocol/error-table.ts'
import { fetch } from '../../protocol/messages/01-fetch.ts'
import type { FramePiece } from '../../protocol/message-writer.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { FetchPartition, PartitionRequest } from '../fetch/fetch-partition.ts'
import { epochAfter, partitionsOf } from '../fetch/fetch-session.ts'
import type { FetchSession } from '../fetch/fetch-session.ts'
import { NO_SESSION } from '../fetch/fetch-sessions.ts'
import { Operation, ResourceType } from '../security/acl.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { LeaderHints, whyNotServed } from './served-partition.ts'

type FetchRequest = RequestOf<typeof fetch>
type FetchResponse = ResponseInput<typeof fetch>
type TopicAnswer = FetchResponse['responses'][number]
type PartitionAnswer = TopicAnswer['partitions'][number]

const READ_COMMITTED = 1
const FROM_FOLLOWERS_SINCE = 11
const TOPIC_IDS_SINCE = 13
const HINTS_SINCE = 16
/** Epochs of requests that do not go on with a session: one that wants a new session, and one that wants none. */
const FIRST_EPOCH = 0
const NO_EPOCH = -1
const NO_RECORDS: readonly FramePiece[] = []

/** One request: what it asks for, and the session that it goes on with, if any. */
interface Fetch {
  readonly request: FetchRequest
  readonly context: RequestContext
  readonly partitions: Iterable<FetchPartition>
  readonly session: FetchSession | undefined
  readonly maxBytes: number
}

/** One look at all partitions. */
interface Look {
  readonly bytes: number
  readonly hasError: boolean
}

/** The request in its session, or the error that it gets as a whole. */
const opened = (request: FetchRequest, context: RequestContext): Fetch | number => {
  const { broker: { fetchSessions: sessions, topics, config }, nodeId, apiVersion } = context
  const { sessionId, sessionEpoch } = request
  const byId = apiVersion >= TOPIC_IDS_SINCE
  const maxBytes = Math.min(request.maxBytes, config.number('fetch.max.bytes'))
  if (sessionEpoch === FIRST_EPOCH || sessionEpoch === NO_EPOCH) {
    if (sessionId !== NO_SESSION) sessions.remove(sessionId, nodeId)
    return { request, context, partitions: partitionsOf(request, topics, byId), session: undefined, maxBytes }
  }
  const session = sessions.get(sessionId, nodeId)
  if (session === undefined) return errorCodes.FETCH_SESSION_ID_NOT_FOUND
  if (session.epoch !== sessionEpoch) return errorCodes.INVALID_FETCH_SESSION_EPOCH
  if (session.byId !== byId) return errorCodes.FETCH_SESSION_TOPIC_ID_ERROR
  session.update(request, topics)
  if (session.size === 0) {
    sessions.remove(sessionId, nodeId)
    return { request, context, partitions: [], session: undefined, maxBytes }
  }
  session.epoch = epochAfter(sessionEpoch)
  sessions.touch(session)
  return { request, context, partitions: session, session, maxBytes }
}

const errorOf = (wanted: FetchPartition, { broker, nodeId, apiVersion, gate }: RequestContext): number => {
  const missing = wanted.find(broker.topics, apiVersion >= TOPIC_IDS_SINCE)
  if (gate !== undefined && wanted.topic !== '' && !gate.may(Operation.READ, ResourceType.TOPIC, wanted.topic)) return errorCodes.TOPIC_AUTHORIZATION_FAILED
  if (missing !== errorCodes.NONE) return missing
  const { request: { fetchOffset, currentLeaderEpoch, lastFetchedEpoch } } = wanted
  const log = wanted.log!
  const notServed = whyNotServed(log, nodeId, currentLeaderEpoch, apiVersion >= FROM_FOLLOWERS_SINCE)
  if (notServed !== errorCodes.NONE) return notServed
  if (lastFetchedEpoch >= 0) {
    const end = log.leadership.endOf(lastFetchedEpoch, log.logStartOffset, log.nextOffset)
    if (end.offset < 0) return errorCodes.OFFSET_OUT_OF_RANGE
    wanted.diverging = end.epoch < lastFetchedEpoch || end.offset < fetchOffset ? end : undefined
    if (wanted.diverging !== undefined) return errorCodes.NONE
  }
  return fetchOffset < log.logStartOffset || fetchOffset > log.nextOffset ? errorCodes.OFFSET_OUT_OF_RANGE : errorCodes.NONE
}

/** Finds what there is for each partition now: an error, or a range of its log, which is not read yet. */
const look = ({ request, context, partitions, maxBytes }: Fetch): Look => {
  let bytes = 0
  let hasError = false
  for (const wanted of partitions) {
    wanted.diverging = undefined
    wanted.slice = undefined
    wanted.error = errorOf(wanted, context)
    if (wanted.error !== errorCodes.NONE || wanted.diverging !== undefined) {
      hasError = true
      continue
    }
    const { fetchOffset, partitionMaxBytes } = wanted.request
    const log = wanted.log!
    const limit = request.isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark
    const most = Math.min(partitionMaxBytes, maxBytes - bytes)
    if (fetchOffset >= limit || (most <= 0 && bytes > 0)) continue
    const slice = log.slice(fetchOffset, most, limit, bytes === 0)
    if (slice === undefined) continue
    wanted.slice = slice
    bytes += slice.end - slice.start
  }
  return { bytes, hasError }
}

const failed = (partitionIndex: number, errorCode: number): PartitionAnswer => ({
  partitionIndex, errorCode, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, abortedTransactions: [], records: NO_RECORDS,
})

const partitionAnswer = ({ request, log, error, slice, diverging }: FetchPartition, isolationLevel: number, records: readonly FramePiece[]): PartitionAnswer => {
  if (log === undefined || error === errorCodes.TOPIC_AUTHORIZATION_FAILED) return failed(request.partition, error)
  if (error !== errorCodes.NONE) return { ...failed(request.partition, error), abortedTransactions: undefined }
  const { highWatermark, lastStableOffset, logStartOffset } = log
  const aborted = isolationLevel !== READ_COMMITTED ? undefined : slice === undefined ? [] : log.abortedIn(slice, request.fetchOffset, lastStableOffset)
  const answer = { partitionIndex: request.partition, errorCode: error, highWatermark, lastStableOffset, logStartOffset, abortedTransactions: aborted, records }
  return diverging === undefined ? answer : { ...answer, divergingEpoch: { epoch: diverging.epoch, endOffset: diverging.offset } }
}

/** What a look found for a partition, with its records or what brings them. */
const answerFor = (wanted: FetchPartition, isolationLevel: number): PartitionAnswer => {
  const { slice } = wanted
  if (slice === undefined) return partitionAnswer(wanted, isolationLevel, NO_RECORDS)
  try {
    return partitionAnswer(wanted, isolationLevel, slice.segment.bytes.send(slice.start, slice.end))
  } catch {
    return { ...partitionAnswer(wanted, isolationLevel, NO_RECORDS), errorCode: errorCodes.KAFKA_STORAGE_ERROR }
  }
}

const isAboutLeaders = (error: number): boolean => error === errorCodes.NOT_LEADER_OR_FOLLOWER || error === errorCodes.FENCED_LEADER_EPOCH

/** The answer that follows from the last look; in a session, of those partitions alone that have news. */
const answer = ({ request, context, partitions, session }: Fetch): FetchResponse => {
  const responses: (TopicAnswer & { readonly partitions: PartitionAnswer[] })[] = []
  const gaveRecords: FetchPartition[] = []
  let hints: LeaderHints | undefined
  let last: (typeof responses)[number] | undefined
  for (const wanted of partitions) {
    if (session !== undefined) {
      if (!wanted.hasNews) continue
      wanted.told()
      if (wanted.slice !== undefined) gaveRecords.push(wanted)
    }
    const { topic, topicId, error, log } = wanted
    if (last === undefined || (context.apiVersion >= TOPIC_IDS_SINCE ? last.topicId !== topicId : last.topic !== topic)) {
      last = { topic, topicId, partitions: [] }
      responses.push(last)
    }
    const found = answerFor(wanted, request.isolationLevel)
    if (log !== undefined && context.apiVersion >= HINTS_SINCE && isAboutLeaders(error)) {
      last.partitions.push({ ...found, currentLeader: (hints ??= new LeaderHints(context)).of(log) })
    } else {
      last.partitions.push(found)
    }
    wanted.slice = undefined
  }
  session?.putLast(gaveRecords)
  return { errorCode: errorCodes.NONE, sessionId: session?.id ?? begun(request, context, partitions), responses, nodeEndpoints: hints?.endpoints }
}

/** The id of the session that a client asked for with its first fetch, all of which it is being told. */
const begun = ({ sessionEpoch }: FetchRequest, { broker, nodeId, apiVersion }: RequestContext, partitions: Iterable<FetchPartition>): number => {
  if (sessionEpoch !== FIRST_EPOCH) return NO_SESSION
  const all = [...partitions]
  for (const partition of all) partition.told()
  return broker.fetchSessions.create(nodeId, apiVersion >= TOPIC_IDS_SINCE, all)?.id ?? NO_SESSION
}

/** Looks again whenever one of the partitions changes, until there is enough or the time is up. */
const waitForMore = (fetched: Fetch): Promise<FetchResponse> =>
  new Promise((resolve, reject) => {
    const { request, context } = fetched
    const unwatch: (() => void)[] = []
    let scheduled = false
    const stop = (): void => {
      clearTimeout(timer)
      context.closed.removeEventListener('abort', giveUp)
      for (const end of unwatch) end()
    }
    const giveUp = (): void => {
      stop()
      resolve({ errorCode: errorCodes.NONE, sessionId: NO_SESSION, responses: [] })
    }
    const check = (isTimeUp: boolean): void => {
      scheduled = false
      try {
        const { hasError, bytes } = look(fetched)
        if (!isTimeUp && !hasError && bytes < request.minBytes) return
        stop()
        resolve(answer(fetched))
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
    for (const { log } of fetched.partitions) if (log !== undefined) unwatch.push(log.watch(changed))
    context.closed.addEventListener('abort', giveUp)
  })

export const fetchHandler = handler<typeof fetch>({
  api: fetch,
  handle: (request, context) => {
    const fetched = opened(request, context)
    if (typeof fetched === 'number') return { errorCode: fetched, sessionId: NO_SESSION, responses: [] }
    const { hasError, bytes } = look(fetched)
    if (hasError || bytes >= request.minBytes || request.maxWaitMs <= 0) return answer(fetched)
    return waitForMore(fetched)
  },
  fail: (request, errorCode) => ({
    errorCode: errorCodes.NONE,
    sessionId: NO_SESSION,
    responses: request.topics.map(({ topic, topicId, partitions }) => ({ topic, topicId, partitions: partitions.map(({ partition }: PartitionRequest) => failed(partition, errorCode)) })),
  }),
})
