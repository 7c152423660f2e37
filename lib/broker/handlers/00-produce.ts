import { produce } from '../../protocol/index.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { validateBatch } from '../log/validate-batch.ts'
import type { Topic } from '../topics/topic.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

const ZSTD_SINCE = 7

interface PartitionAnswer {
  readonly index: number
  errorCode: number
  baseOffset: number
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly recordErrors: readonly []
  errorMessage: string | undefined
}

const failed = (index: number, errorCode: number, errorMessage?: string): PartitionAnswer => ({
  index, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, recordErrors: [], errorMessage,
})

/** Appends what came for one partition; when it is still on its way to the disk, `waits` gets a promise for it. */
const append = (topic: Topic | undefined, unknown: number, index: number, records: Buffer | undefined, request: RequestOf<typeof produce>, context: RequestContext, waits: Promise<void>[]): PartitionAnswer => {
  if (topic === undefined) return failed(index, unknown)
  const log = topic.partitions[index]
  if (log === undefined) return failed(index, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const refusal = validateBatch(records, topic.logConfig, context.broker.time.now(), context.apiVersion >= ZSTD_SINCE)
  if (refusal !== undefined) return failed(index, refusal.error, refusal.message)
  const batch = records!
  if (new RecordBatch(batch, 0).isTransactional) {
    return failed(index, request.transactionalId === undefined ? errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED : errorCodes.INVALID_TXN_STATE, 'this broker has no open transaction for the batch')
  }
  const { error, baseOffset, lastOffset, logAppendTimeMs, message } = log.append(batch)
  if (error !== errorCodes.NONE) return failed(index, error, message)
  const answer: PartitionAnswer = { index, errorCode: error, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset, recordErrors: [], errorMessage: undefined }
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

export const produceHandler = handler<typeof produce>({
  api: produce,
  // Old librdkafka looks for version 0 here to tell whether the broker knows newer formats; asking for it closes the connection.
  advertised: '0-13',
  handle: (request, context) => {
    const { topics } = context.broker
    const validAcks = request.acks === -1 || request.acks === 0 || request.acks === 1
    const byId = context.apiVersion >= 13
    const waits: Promise<void>[] = []
    const responses = request.topicData.map(({ name, topicId, partitionData }) => {
      const topic = byId ? topics.byId(topicId) : topics.get(name)
      const unknown = byId ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const partitionResponses = partitionData.map(({ index, records }) =>
        validAcks ? append(topic, unknown, index, records, request, context, waits) : failed(index, errorCodes.INVALID_REQUIRED_ACKS))
      return { name, topicId, partitionResponses }
    })
    if (request.acks === 0) {
      // The producer does not listen; a closed connection is how it learns that something is wrong.
      if (responses.some(({ partitionResponses }) => partitionResponses.some(({ errorCode }) => errorCode !== errorCodes.NONE))) context.disconnect()
      return undefined
    }
    return waits.length === 0 ? { responses } : Promise.all(waits).then(() => ({ responses }))
  },
  fail: (request, errorCode) => ({
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name, topicId, partitionResponses: partitionData.map(({ index }) => failed(index, errorCode)),
    })),
  }),
})
