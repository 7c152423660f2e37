import { produce } from '../../protocol/messages/00-produce.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { isCompressionLoaded, loadCompression } from '../../protocol/compression/compression.ts'
import type { CompressionType } from '../../protocol/compression/compression.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { BATCH_HEADER_BYTES, at, attribute, compressionTypes } from '../../protocol/records/batch-format.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { recompressed } from '../log/batch-filter.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { validateBatch } from '../log/validate-batch.ts'
import type { Topic } from '../topics/topic.ts'
import { Grasp, mayWrite } from '../transactions/write-permission.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { LeaderHints } from './served-partition.ts'

const ZSTD_SINCE = 7
const ABORTABLE_SINCE = 11
const IMPLICIT_SINCE = 12
const TOPIC_IDS_SINCE = 13

type ProduceRequest = RequestOf<typeof produce>
type ProduceResponse = ResponseInput<typeof produce>

interface PartitionAnswer {
  readonly index: number
  errorCode: number
  baseOffset: number
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string }[]
  errorMessage: string | undefined
  /** Who leads the partition now, for a producer that asked another. */
  currentLeader: { readonly leaderId: number; readonly leaderEpoch: number } | undefined
}

interface TopicAnswer {
  readonly name: string
  readonly topicId: string
  readonly partitionResponses: readonly PartitionAnswer[]
}

const failed = (index: number, errorCode: number, errorMessage?: string): PartitionAnswer => ({
  index, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, recordErrors: [], errorMessage, currentLeader: undefined,
})

/** The batch with the compression that the topic wants; `undefined` when its records cannot be read. */
const asKept = (batch: RecordBatch, compression: CompressionType | undefined): Buffer | undefined => {
  if (compression === undefined || compression === batch.compression) return batch.bytes
  try {
    return recompressed(batch, compression)
  } catch {
    return undefined
  }
}

/** Why a batch may not be written in its transaction. With transactions v2 the first batch adds the partition, which must be safe before the answer. */
const transactionError = (topic: string, log: PartitionLog, batch: RecordBatch, { transactionalId }: ProduceRequest, { broker, apiVersion }: RequestContext, waits: Promise<void>[]): number => {
  const { producerId, producerEpoch } = batch
  if (transactionalId === undefined) return errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  if (log.producers.isInTransaction(producerId, producerEpoch)) return errorCodes.NONE
  const grasp = apiVersion >= IMPLICIT_SINCE ? Grasp.ADDS : apiVersion >= ABORTABLE_SINCE ? Grasp.ABORTABLE : Grasp.OLD
  log.producers.attempt(producerId, producerEpoch, batch.baseSequence, grasp === Grasp.ADDS)
  const error = mayWrite(broker.transactions, { transactionalId, producerId, producerEpoch }, { partitions: [[topic, log.partition]] }, grasp)
  const added = grasp === Grasp.ADDS && error === errorCodes.NONE ? broker.journal.flushed() : undefined
  if (added !== undefined) waits.push(added)
  // Older clients try again after this one.
  if (error === errorCodes.CONCURRENT_TRANSACTIONS && grasp !== Grasp.ADDS) return errorCodes.NOT_ENOUGH_REPLICAS
  return error
}

/** Appends what came for one partition; when it is still on its way to the disk, `waits` gets a promise for it. */
const append = (topic: Topic | undefined, unknown: number, index: number, records: Buffer | undefined, request: ProduceRequest, context: RequestContext, waits: Promise<void>[]): PartitionAnswer => {
  if (topic === undefined) return failed(index, unknown)
  const log = topic.partitions[index]
  if (log === undefined) return failed(index, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  if (log.leadership.leader !== context.nodeId) return failed(index, errorCodes.NOT_LEADER_OR_FOLLOWER)
  const refusal = validateBatch(records, topic.logConfig, context.broker.time.now(), context.apiVersion >= ZSTD_SINCE)
  if (refusal !== undefined) {
    const { error, message, records: wrong = [], isInside } = refusal
    const recordErrors = wrong.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: message }))
    return { ...failed(index, error, message), recordErrors, logStartOffset: isInside === true ? log.logStartOffset : -1 }
  }
  const header = new RecordBatch(records!, 0)
  if (header.isTransactional) {
    const error = transactionError(topic.name, log, header, request, context, waits)
    if (error !== errorCodes.NONE) return failed(index, error, 'the partition is not part of an open transaction of the producer')
  }
  const kept = asKept(header, topic.logConfig.compression)
  if (kept === undefined) return failed(index, errorCodes.UNKNOWN_SERVER_ERROR, 'the records of the batch cannot be decompressed')
  const { error, baseOffset, lastOffset, logAppendTimeMs, message } = log.append(kept)
  if (error !== errorCodes.NONE) return { ...failed(index, error, message), logStartOffset: error === errorCodes.KAFKA_STORAGE_ERROR ? -1 : log.logStartOffset }
  const answer: PartitionAnswer = { index, errorCode: error, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset, recordErrors: [], errorMessage: undefined, currentLeader: undefined }
  const written = log.whenWritten(lastOffset)
  if (written !== undefined) {
    waits.push(written.catch((cause: Error) => {
      answer.errorCode = errorCodes.KAFKA_STORAGE_ERROR
      answer.baseOffset = -1
      answer.errorMessage = cause.message
    }))
  }
  return answer
}

/** The codecs that the broker itself needs for the batches of a request, and has not loaded. */
const missingCodecs = (request: ProduceRequest, { broker, apiVersion }: RequestContext): Set<CompressionType> => {
  const missing = new Set<CompressionType>()
  for (const { name, topicId, partitionData } of request.topicData) {
    const config = (apiVersion >= TOPIC_IDS_SINCE ? broker.topics.byId(topicId) : broker.topics.get(name))?.logConfig
    if (config === undefined || (!config.compact && config.compression === undefined)) continue
    if (config.compression !== undefined) missing.add(config.compression)
    for (const { records } of partitionData) {
      const codec = records === undefined || records.length < BATCH_HEADER_BYTES ? undefined : compressionTypes[records[at.attributes + 1]! & attribute.compression]
      if (codec !== undefined) missing.add(codec)
    }
  }
  for (const codec of missing) if (isCompressionLoaded(codec)) missing.delete(codec)
  return missing
}

const appendAll = (request: ProduceRequest, context: RequestContext): ProduceResponse | undefined | Promise<ProduceResponse | undefined> => {
  const { topics } = context.broker
  const validAcks = request.acks === -1 || request.acks === 0 || request.acks === 1
  const byId = context.apiVersion >= TOPIC_IDS_SINCE
  const waits: Promise<void>[] = []
  const responses: TopicAnswer[] = []
  for (const { name, topicId, partitionData } of request.topicData) {
    if (partitionData.length === 0) continue
    const topic = byId ? topics.byId(topicId) : topics.get(name)
    const unknown = byId ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    const partitionResponses = partitionData.map(({ index, records }) =>
      validAcks ? append(topic, unknown, index, records, request, context, waits) : failed(index, errorCodes.INVALID_REQUIRED_ACKS))
    responses.push({ name, topicId, partitionResponses })
  }
  if (request.acks === 0) {
    // The producer does not listen; a closed connection is how it learns that something is wrong.
    if (responses.some(({ partitionResponses }) => partitionResponses.some(({ errorCode }) => errorCode !== errorCodes.NONE))) context.disconnect()
    // It does not wait for the disk either. Its connection does, or it could fill all memory.
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined)
  }
  const nodeEndpoints = hintAtLeaders(responses, context)
  return waits.length === 0 ? { responses, nodeEndpoints } : Promise.all(waits).then(() => ({ responses, nodeEndpoints }))
}

/** Says who leads the partitions that this broker does not, and where they are; `undefined` when it leads all. */
const hintAtLeaders = (responses: readonly TopicAnswer[], context: RequestContext): ProduceResponse['nodeEndpoints'] => {
  let hints: LeaderHints | undefined
  for (const { name, topicId, partitionResponses } of responses) {
    for (const answer of partitionResponses) {
      if (answer.errorCode !== errorCodes.NOT_LEADER_OR_FOLLOWER) continue
      const { topics } = context.broker
      const topic = context.apiVersion >= TOPIC_IDS_SINCE ? topics.byId(topicId) : topics.get(name)
      answer.currentLeader = (hints ??= new LeaderHints(context)).of(topic!.partitions[answer.index]!)
    }
  }
  return hints?.endpoints
}

export const produceHandler = handler<typeof produce>({
  api: produce,
  handle: (request, context) => {
    const missing = missingCodecs(request, context)
    // A producer may begin its next transaction while the markers of the last one are on their way.
    const completing = request.transactionalId === undefined ? undefined : context.broker.transactions.get(request.transactionalId)?.completing
    if (missing.size === 0 && completing === undefined) return appendAll(request, context)
    const ready = Promise.all([completing, ...[...missing].map(loadCompression)])
    context.hold(ready)
    return ready.then(() => appendAll(request, context))
  },
  fail: (request, errorCode) => ({
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name, topicId, partitionResponses: partitionData.map(({ index }) => failed(index, errorCode)),
    })),
  }),
})
