import { Headers } from '../../lib/core/headers.ts'
import { Cluster } from '../../lib/client/cluster.ts'
import { Producer } from '../../lib/client/producer.ts'
import { metadata } from '../../lib/protocol/messages/03-metadata.ts'
import { findCoordinator } from '../../lib/protocol/messages/10-find-coordinator.ts'
import { produce } from '../../lib/protocol/messages/00-produce.ts'
import { initProducerId } from '../../lib/protocol/messages/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../lib/protocol/messages/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../lib/protocol/messages/25-add-offsets-to-txn.ts'
import { endTxn } from '../../lib/protocol/messages/26-end-txn.ts'
import { txnOffsetCommit } from '../../lib/protocol/messages/28-txn-offset-commit.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import type { RequestOf } from '../../lib/protocol/schema.ts'
import { FetchedRecords } from '../../lib/protocol/records/fetched-records.ts'
import { readBatchHeaders } from '../../lib/protocol/records/record-batch.ts'
import { ScriptedBroker } from './scripted-broker.ts'
import type { ScriptedRequest } from './scripted-broker.ts'

const text = { write: (data: string, out: { writeUtf8(text: string): void }) => out.writeUtf8(data) }

let broker: ScriptedBroker
let cluster: Cluster
let producer: Producer
/** What the coordinator and the leader were asked, in order. */
let asked: string[]
/** Error codes to answer with, by api name, one request each. */
let errors: Record<string, number[]>
let epoch: number
/** The versions of the requests that have come. */
let versions: Map<string, number>

const errorFor = (request: ScriptedRequest): number => errors[request.api.name]?.shift() ?? 0

const answerProduce = (request: ScriptedRequest): void => {
  const errorCode = errorFor(request)
  const { topicData } = request.body as RequestOf<typeof produce>
  for (const { partitionData } of topicData) {
    for (const { index, records } of partitionData) {
      const [batch] = [...readBatchHeaders(records!)]
      const { count } = new FetchedRecords({ records: records!, fetchOffset: 0 })
      asked.push(`Produce ${index}: ${count} at ${batch!.baseSequence} in epoch ${batch!.producerEpoch}${batch!.isTransactional ? '' : ', not transactional'}`)
    }
  }
  const responses = topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: 0, recordErrors: [] })),
  }))
  request.answer(produce, { responses })
}

const answer = (request: ScriptedRequest): void => {
  const { port } = broker
  versions.set(request.api.name, request.version)
  switch (request.api) {
    case metadata: {
      const names = (request.body as RequestOf<typeof metadata>).topics ?? []
      const partitions = [0, 1].map((partitionIndex) => ({ errorCode: 0, partitionIndex, leaderId: 0, replicaNodes: [0], isrNodes: [0] }))
      const topics = names.map(({ name }) => ({ errorCode: 0, name, partitions }))
      return request.answer(metadata, { brokers: [{ nodeId: 0, host: '127.0.0.1', port }], topics })
    }
    case findCoordinator:
      return request.answer(findCoordinator, { errorCode: 0, nodeId: 0, host: '127.0.0.1', port, coordinators: [] })
    case produce:
      return answerProduce(request)
    case initProducerId:
      asked.push('InitProducerId')
      return request.answer(initProducerId, { errorCode: errorFor(request), producerId: 7, producerEpoch: epoch++ })
    case addPartitionsToTxn: {
      const topics = (request.body as RequestOf<typeof addPartitionsToTxn>).v3AndBelowTopics
      const partitionErrorCode = errorFor(request)
      asked.push(`AddPartitionsToTxn ${topics.map(({ partitions }) => partitions.join(' ')).join()}`)
      const resultsByTopicV3AndBelow = topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode })),
      }))
      return request.answer(addPartitionsToTxn, { resultsByTopicV3AndBelow })
    }
    case addOffsetsToTxn:
      asked.push('AddOffsetsToTxn')
      return request.answer(addOffsetsToTxn, { errorCode: errorFor(request) })
    case txnOffsetCommit: {
      const errorCode = errorFor(request)
      const { memberId, generationId, topics } = request.body as RequestOf<typeof txnOffsetCommit>
      asked.push(`TxnOffsetCommit by ${memberId} in ${generationId}`)
      return request.answer(txnOffsetCommit, {
        topics: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) })),
      })
    }
    case endTxn: {
      const { committed, producerEpoch } = request.body as RequestOf<typeof endTxn>
      asked.push(committed ? 'commit' : 'abort')
      const errorCode = errorFor(request)
      if (errorCode === LOST_ANSWER) return request.disconnect()
      if (request.version >= 5) epoch = producerEpoch + 2
      return request.answer(endTxn, { errorCode, producerId: 7, producerEpoch: producerEpoch + 1 })
    }
    default:
      throw new Error(`nobody expects ${request.api.name}`)
  }
}

/** In place of an error code: the request is done, and its answer lost. */
const LOST_ANSWER = -2

const serve = async (): Promise<never> => {
  for (;;) answer(await broker.next())
}

const start = async (features: Readonly<Record<string, number>> = {}): Promise<void> => {
  broker = await ScriptedBroker.start()
  broker.features = features
  asked = []
  versions = new Map()
  errors = {}
  epoch = 0
  void serve()
  cluster = new Cluster({ bootstrapServers: [broker.address], retryBackoffMs: 1, retryBackoffMaxMs: 5 })
  producer = new Producer(cluster, { transactionalId: 'tx', lingerMs: 60_000 })
  await producer.prepare(['t'])
  await producer.initTransactions()
}

afterEach(async () => {
  await producer.close({ timeoutMs: 0 })
  await cluster.close()
  await broker.close()
})

const append = (partition: number, ...values: string[]): void => {
  for (const value of values) producer.appender('t').append(partition, 1, undefined, text, value, text, Headers.empty)
}

const group = { groupId: 'g', generationId: 4, memberId: 'm' }
const offsets = new Map([['t-0', { offset: 1 }]])

describe('a transactional producer', () => {
  beforeEach(() => start())

  test('should announce partitions once, before it writes to them, and commit when all is written', async () => {
    producer.beginTransaction()
    append(0, 'a', 'b')
    append(1, 'c')
    await producer.flush()
    append(0, 'd')
    await producer.commitTransaction()
    expect(asked).toEqual([
      'InitProducerId',
      'AddPartitionsToTxn 0 1',
      'Produce 0: 2 at 0 in epoch 0',
      'Produce 1: 1 at 0 in epoch 0',
      'Produce 0: 1 at 2 in epoch 0',
      'commit',
    ])
  })

  test('should announce partitions anew, and go on counting, in the next transaction', async () => {
    for (const value of ['a', 'b']) {
      producer.beginTransaction()
      append(0, value)
      await producer.commitTransaction()
    }
    expect(asked.slice(1)).toEqual([
      'AddPartitionsToTxn 0',
      'Produce 0: 1 at 0 in epoch 0',
      'commit',
      'AddPartitionsToTxn 0',
      'Produce 0: 1 at 1 in epoch 0',
      'commit',
    ])
  })

  test('should commit offsets with the records, in the name of the group member', async () => {
    producer.beginTransaction()
    await producer.sendOffsetsToTransaction(offsets, group)
    await producer.commitTransaction()
    expect(asked.slice(1)).toEqual(['AddOffsetsToTxn', 'TxnOffsetCommit by m in 4', 'commit'])
  })

  test('should ask the coordinator nothing when the transaction is empty', async () => {
    producer.beginTransaction()
    await producer.sendOffsetsToTransaction(new Map(), group)
    await producer.commitTransaction()
    producer.beginTransaction()
    await producer.abortTransaction()
    expect(asked).toEqual(['InitProducerId'])
  })

  test('should drop what it has not sent when it aborts', async () => {
    producer.beginTransaction()
    append(0, 'a')
    await producer.flush()
    append(0, 'dropped')
    await producer.abortTransaction()
    expect(asked.slice(1)).toEqual(['AddPartitionsToTxn 0', 'Produce 0: 1 at 0 in epoch 0', 'abort'])
    expect(producer.bufferedBytes).toBe(0)
  })

  test('should wait while the coordinator still ends the transaction before', async () => {
    errors = { AddPartitionsToTxn: [errorCodes.CONCURRENT_TRANSACTIONS, errorCodes.CONCURRENT_TRANSACTIONS] }
    producer.beginTransaction()
    append(0, 'a')
    await producer.commitTransaction()
    expect(asked.slice(1)).toEqual([
      'AddPartitionsToTxn 0',
      'AddPartitionsToTxn 0',
      'AddPartitionsToTxn 0',
      'Produce 0: 1 at 0 in epoch 0',
      'commit',
    ])
  })

  test('should have to be aborted when records were refused, and begin a new epoch then', async () => {
    errors = { Produce: [errorCodes.INVALID_RECORD] }
    producer.beginTransaction()
    append(0, 'refused')
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_TRANSACTION_ABORTABLE', kafkaName: 'INVALID_RECORD' })
    expect(() => append(0, 'more')).toThrow(/must be aborted/)
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_TRANSACTION_ABORTABLE' })
    await producer.abortTransaction()
    producer.beginTransaction()
    append(0, 'fine')
    await producer.commitTransaction()
    expect(asked.slice(1)).toEqual([
      'AddPartitionsToTxn 0',
      'Produce 0: 1 at 0 in epoch 0',
      'abort',
      'InitProducerId',
      'AddPartitionsToTxn 0',
      'Produce 0: 1 at 0 in epoch 1',
      'commit',
    ])
  })

  test('should be able to send the offsets once more when the group has another generation by now', async () => {
    errors = { TxnOffsetCommit: [errorCodes.ILLEGAL_GENERATION] }
    producer.beginTransaction()
    append(0, 'a')
    await expect(producer.sendOffsetsToTransaction(offsets, group)).rejects.toMatchObject({ kafkaName: 'ILLEGAL_GENERATION' })
    await producer.sendOffsetsToTransaction(offsets, { ...group, generationId: group.generationId + 1 })
    await producer.commitTransaction()
    expect(asked.at(-1)).toBe('commit')
  })

  test('should have to be aborted when the group does not know the member', async () => {
    errors = { TxnOffsetCommit: [errorCodes.UNKNOWN_MEMBER_ID] }
    producer.beginTransaction()
    await expect(producer.sendOffsetsToTransaction(offsets, group)).rejects.toMatchObject({
      code: 'MILLRACE_CLIENT_TRANSACTION_ABORTABLE',
      kafkaName: 'UNKNOWN_MEMBER_ID',
    })
    await producer.abortTransaction()
    producer.beginTransaction()
    await producer.commitTransaction()
  })

  test('should have to be aborted when the broker misses a sequence number', async () => {
    errors = { Produce: [0, errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER] }
    producer.beginTransaction()
    append(0, 'a')
    await producer.flush()
    append(0, 'b')
    await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaName: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    await producer.abortTransaction()
    expect(asked.at(-1)).toBe('InitProducerId')
  })

  test('should be at an end when another producer has its id', async () => {
    errors = { EndTxn: [errorCodes.INVALID_PRODUCER_EPOCH] }
    producer.beginTransaction()
    append(0, 'a')
    const fenced = { code: 'MILLRACE_CLIENT_PRODUCER_FENCED', retriable: false }
    await expect(producer.commitTransaction()).rejects.toMatchObject(fenced)
    expect(producer.fatalError).toMatchObject(fenced)
    expect(() => producer.beginTransaction()).toThrow(producer.fatalError)
    await expect(producer.abortTransaction()).rejects.toMatchObject(fenced)
    expect(() => append(0, 'b')).toThrow(producer.fatalError)
  })

  test('should begin anew, without what it had not sent, when it is initialised again after it was fenced', async () => {
    errors = { EndTxn: [errorCodes.INVALID_PRODUCER_EPOCH] }
    producer.beginTransaction()
    append(0, 'a')
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_PRODUCER_FENCED' })
    await producer.initTransactions()
    expect(producer.fatalError).toBeUndefined()
    producer.beginTransaction()
    append(0, 'b')
    await producer.commitTransaction()
    expect(asked.slice(-4)).toEqual(['InitProducerId', 'AddPartitionsToTxn 0', 'Produce 0: 1 at 0 in epoch 1', 'commit'])
  })

  test('should drop an open transaction when it is initialised again', async () => {
    producer.beginTransaction()
    append(0, 'a')
    await producer.flush()
    append(0, 'dropped')
    await producer.initTransactions()
    producer.beginTransaction()
    append(1, 'b')
    await producer.commitTransaction()
    expect(asked.slice(-4)).toEqual(['InitProducerId', 'AddPartitionsToTxn 1', 'Produce 1: 1 at 0 in epoch 1', 'commit'])
  })

  test('should not send again what fails after the transaction is lost', async () => {
    errors = { Produce: [errorCodes.INVALID_RECORD, errorCodes.NOT_LEADER_OR_FOLLOWER] }
    producer.beginTransaction()
    append(0, 'refused')
    append(1, 'comes back')
    await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaName: 'INVALID_RECORD' })
    await producer.abortTransaction()
    expect(asked.filter((each) => each.startsWith('Produce'))).toHaveLength(2)
    expect(producer.bufferedBytes).toBe(0)
  })

  test('should send the end of the transaction again when its answer was lost', async () => {
    errors = { EndTxn: [LOST_ANSWER, errorCodes.CONCURRENT_TRANSACTIONS] }
    producer.beginTransaction()
    append(0, 'a')
    await producer.commitTransaction()
    expect(asked.slice(-3)).toEqual(['commit', 'commit', 'commit'])
  })

  test('should refuse calls that are out of place', async () => {
    expect(() => append(0, 'a')).toThrow('call beginTransaction first')
    await expect(producer.commitTransaction()).rejects.toThrow('call beginTransaction first')
    await expect(producer.initTransactions()).rejects.toThrow('called before')
    producer.beginTransaction()
    expect(() => producer.beginTransaction()).toThrow('a transaction is open already')
    const plain = new Producer(cluster)
    expect(() => plain.beginTransaction()).toThrow('transactionalId')
    await plain.close()
  })
})

describe('a transactional producer where the cluster has transactions v2', () => {
  beforeEach(() => start({ 'transaction.version': 2 }))

  test('should announce nothing, and use a new epoch for each transaction', async () => {
    for (const value of ['a', 'b']) {
      producer.beginTransaction()
      append(0, value)
      await producer.sendOffsetsToTransaction(offsets, group)
      await producer.commitTransaction()
    }
    expect(asked).toEqual([
      'InitProducerId',
      'TxnOffsetCommit by m in 4',
      'Produce 0: 1 at 0 in epoch 0',
      'commit',
      'TxnOffsetCommit by m in 4',
      'Produce 0: 1 at 0 in epoch 1',
      'commit',
    ])
    expect(Object.fromEntries(versions)).toMatchObject({ Produce: 12, TxnOffsetCommit: 5, EndTxn: 5 })
  })

  test('should write again, before anything else of the partition, what came while the transaction before was being ended', async () => {
    errors = { Produce: [errorCodes.CONCURRENT_TRANSACTIONS, errorCodes.CONCURRENT_TRANSACTIONS] }
    producer.beginTransaction()
    append(0, 'a')
    await producer.commitTransaction()
    expect(asked.slice(1)).toEqual([...Array.from({ length: 3 }, () => 'Produce 0: 1 at 0 in epoch 0'), 'commit'])
  })

  test('should let nobody wait for records that are not sent any more when the transaction is lost', async () => {
    producer.beginTransaction()
    append(1, 'connects')
    await producer.flush()
    errors = { Produce: [errorCodes.INVALID_RECORD] }
    append(0, 'refused')
    const first = producer.flush()
    await Promise.resolve()
    append(0, 'waits for the first of its partition')
    const second = producer.flush()
    await expect(first).rejects.toMatchObject({ kafkaName: 'INVALID_RECORD' })
    await expect(second).rejects.toMatchObject({ kafkaName: 'INVALID_RECORD' })
    expect(producer.bufferedBytes).toBe(0)
    expect(asked.filter((each) => each.startsWith('Produce'))).toHaveLength(2)
    await producer.abortTransaction()
  })

  test('should go on in the epoch that the abort has brought', async () => {
    errors = { Produce: [errorCodes.TRANSACTION_ABORTABLE] }
    producer.beginTransaction()
    append(0, 'a')
    await expect(producer.commitTransaction()).rejects.toMatchObject({ kafkaName: 'TRANSACTION_ABORTABLE' })
    await producer.abortTransaction()
    producer.beginTransaction()
    append(0, 'b')
    await producer.commitTransaction()
    expect(asked.slice(1)).toEqual(['Produce 0: 1 at 0 in epoch 0', 'abort', 'Produce 0: 1 at 0 in epoch 1', 'commit'])
  })

  test('should ask the coordinator nothing when the transaction is empty', async () => {
    producer.beginTransaction()
    await producer.commitTransaction()
    expect(asked).toEqual(['InitProducerId'])
  })
})
