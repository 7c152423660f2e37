import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { apiVersions, deleteRecords, initProducerId, listOffsets, listTransactions, offsetCommit, offsetFetch } from '../../../lib/protocol/index.ts'
import { writeTxnMarkers } from '../../../lib/protocol/messages/27-write-txn-markers.ts'
import { brokerUnderTest, uniqueName } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, fetchFrom, produceTo, until } from '../helpers/topics.ts'
import type { TestTopic } from '../helpers/topics.ts'
import { RawTransactions, V1, contentOf, producersOf } from '../helpers/transactions.ts'

const { NONE, CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_ID_MAPPING, UNKNOWN_TOPIC_OR_PARTITION, OPERATION_NOT_ATTEMPTED, UNSTABLE_OFFSET_COMMIT } = errorCodes

const READ_COMMITTED = 1

let broker: BrokerUnderTest
let client: RawClient
let topic: TestTopic

beforeAll(async () => {
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
})

beforeEach(async () => {
  topic = await createTopic(client, 2)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

const endOf = async (isolationLevel: number, timestamp = -1): Promise<number> =>
  (await client.request(listOffsets, 7, { isolationLevel, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp }] }] })).topics[0]!.partitions[0]!.offset

describe('ApiVersions', () => {
  test('should tell clients that there are transactions v2', async () => {
    const answer = await client.request(apiVersions, 3, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    expect(answer.finalizedFeatures).toContainEqual({ name: 'transaction.version', maxVersionLevel: 2, minVersionLevel: 2 })
  })
})

describe('InitProducerId', () => {
  test('should give an id with epoch 0, and the next epoch to whoever comes after', async () => {
    const first = await new RawTransactions(client).init()
    const second = await new RawTransactions(client, undefined, first.id).init()
    expect([first.epoch, second.epoch, second.producerId]).toEqual([0, 1, first.producerId])
  })

  test.each([['no transactional id', '', 60_000, errorCodes.INVALID_REQUEST], ['a time-out above the maximum', 'x', 900_001, errorCodes.INVALID_TRANSACTION_TIMEOUT], ['no time-out', 'x', 0, errorCodes.INVALID_TRANSACTION_TIMEOUT]])('should refuse %s', async (_what, transactionalId, transactionTimeoutMs, error) => {
    expect(await client.request(initProducerId, 5, { transactionalId, transactionTimeoutMs })).toMatchObject({ errorCode: error, producerId: -1, producerEpoch: -1 })
  })

  test('should refuse half an identity', async () => {
    expect(await new RawTransactions(client).tryInit({ producerId: 5 })).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST })
  })

  test('should raise the epoch of a producer that says which it has, and give it again when the answer was lost', async () => {
    const producer = await new RawTransactions(client).init()
    const { producerId } = producer
    expect(await producer.tryInit({ producerId, producerEpoch: 0 })).toMatchObject({ errorCode: NONE, producerEpoch: 1 })
    expect(await producer.tryInit({ producerId, producerEpoch: 0 })).toMatchObject({ errorCode: NONE, producerEpoch: 1 })
    expect(await producer.tryInit({ producerId, producerEpoch: 7 })).toMatchObject({ errorCode: PRODUCER_FENCED })
    expect(await producer.tryInit({ producerId, producerEpoch: 7 }, 3)).toMatchObject({ errorCode: INVALID_PRODUCER_EPOCH })
    expect(await producer.tryInit({ producerId: producerId + 100_000, producerEpoch: 1 })).toMatchObject({ errorCode: PRODUCER_FENCED })
  })

  test('should give idempotent producers a new id every time', async () => {
    const first = await client.request(initProducerId, 4, { transactionTimeoutMs: 0 })
    const again = await client.request(initProducerId, 4, { transactionTimeoutMs: 0, producerId: first.producerId, producerEpoch: 0 })
    expect(again.producerId).not.toBe(first.producerId)
    expect(again.producerEpoch).toBe(0)
  })

  test('should abort what is open, and shut out its owner', async () => {
    const old = await new RawTransactions(client).init()
    await old.produce(topic, 0)
    const next = new RawTransactions(client, undefined, old.id)
    expect((await next.tryInit()).errorCode).toBe(CONCURRENT_TRANSACTIONS)
    await next.init()
    expect(next.epoch).toBe(2)
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 'abort'], aborted: [[old.producerId, 0]] })
    expect((await old.produce(topic, 1)).errorCode).toBe(INVALID_PRODUCER_EPOCH)
    expect((await old.tryEnd(true)).errorCode).toBe(PRODUCER_FENCED)
    expect((await old.tryEnd(true, { version: 1 })).errorCode).toBe(INVALID_PRODUCER_EPOCH)
    expect(await old.addPartitions(topic.name, [0])).toEqual([PRODUCER_FENCED])
    expect(await old.addPartitions(topic.name, [0], 1)).toEqual([INVALID_PRODUCER_EPOCH])
  })
})

describe('a transaction of the second version', () => {
  test('should begin with the first batch, be invisible while it is open, and go on with the next epoch when it is committed', async () => {
    const producer = await new RawTransactions(client).init()
    expect(await producer.produce(topic, 0, { count: 2 })).toMatchObject({ errorCode: NONE, baseOffset: 0 })
    expect(await producer.describe()).toMatchObject({ transactionState: 'Ongoing', producerEpoch: 0, topics: [{ topic: topic.name, partitions: [0] }] })
    expect(await contentOf(client, topic.name)).toEqual({ content: [], aborted: [] })
    expect((await contentOf(client, topic.name, { isolationLevel: 0 })).content).toEqual([0, 1])
    expect([await endOf(0), await endOf(READ_COMMITTED)]).toEqual([2, 0])
    await producer.end(true)
    expect(producer.epoch).toBe(1)
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 1, 'commit'], aborted: [] })
    expect([await endOf(0), await endOf(READ_COMMITTED)]).toEqual([3, 3])
    expect(await producer.describe()).toMatchObject({ transactionState: 'CompleteCommit', producerEpoch: 1, topics: [] })
  })

  test('should begin every epoch at sequence 0', async () => {
    const producer = await new RawTransactions(client).init()
    expect((await producer.produce(topic, 3)).errorCode).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER)
    await producer.produce(topic, 0)
    await producer.end(true)
    expect((await producer.produce(topic, 1)).errorCode).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect((await producer.produce(topic, 0)).errorCode).toBe(NONE)
    expect((await producer.produce(topic, 1, { epoch: 0 })).errorCode).toBe(INVALID_PRODUCER_EPOCH)
  })

  test('should answer the retry of its end as the first time, and refuse the other end', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0)
    await producer.end(true)
    expect(await producer.tryEnd(false, { epoch: 0 })).toMatchObject({ errorCode: INVALID_TXN_STATE, producerId: -1, producerEpoch: -1 })
    expect(await producer.tryEnd(true, { epoch: 0 })).toMatchObject({ errorCode: NONE, producerEpoch: 1 })
    expect((await producer.tryEnd(true, { epoch: 2 })).errorCode).toBe(PRODUCER_FENCED)
  })

  test('should be abortable without ever having begun, with the next epoch, but not be committable', async () => {
    const producer = await new RawTransactions(client).init()
    expect((await producer.tryEnd(true)).errorCode).toBe(INVALID_TXN_STATE)
    await producer.end(false)
    await producer.end(false)
    expect(producer.epoch).toBe(2)
    expect((await producer.tryEnd(true)).errorCode).toBe(INVALID_TXN_STATE)
  })

  test('should refuse a batch outside of transactions while one is open', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0)
    expect((await producer.produce(topic, 1, { transactional: false })).errorCode).toBe(INVALID_TXN_STATE)
  })

  test('should refuse a producer id that the transactional id does not have', async () => {
    const producer = await new RawTransactions(client).init()
    producer.producerId += 100_000
    expect((await producer.produce(topic, 0)).errorCode).toBe(INVALID_PRODUCER_ID_MAPPING)
    expect((await producer.tryEnd(true)).errorCode).toBe(INVALID_PRODUCER_ID_MAPPING)
  })
})

describe('a transaction of the first version', () => {
  test('should take batches only for partitions that were added', async () => {
    const producer = await new RawTransactions(client, V1).init()
    expect((await producer.produce(topic, 0)).errorCode).toBe(INVALID_TXN_STATE)
    expect((await producer.produce(topic, 0, { version: 11 })).errorCode).toBe(errorCodes.TRANSACTION_ABORTABLE)
    expect(new Set(await producer.addPartitions(topic.name, [0, 9]))).toEqual(new Set([OPERATION_NOT_ATTEMPTED, UNKNOWN_TOPIC_OR_PARTITION]))
    expect(await producer.addPartitions(topic.name, [0])).toEqual([NONE])
    expect((await producer.produce(topic, 0)).errorCode).toBe(NONE)
    expect((await producer.produce(topic, 0, { partition: 1 })).errorCode).toBe(INVALID_TXN_STATE)
  })

  test('should keep its epoch and its sequences from one transaction to the next', async () => {
    const producer = await new RawTransactions(client, V1).init()
    for (const [sequence, committed] of [[0, true], [1, false], [2, true]] as const) {
      await producer.addPartitions(topic.name, [0], 4)
      expect((await producer.produce(topic, sequence)).errorCode).toBe(NONE)
      await producer.end(committed)
      expect((await producer.tryEnd(committed)).errorCode).toBe(NONE)
      expect((await producer.tryEnd(!committed)).errorCode).toBe(INVALID_TXN_STATE)
    }
    expect(producer.epoch).toBe(0)
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 'commit', 2, 'abort', 4, 'commit'], aborted: [[producer.producerId, 2]] })
  })
})

describe('read_committed', () => {
  test('should end before the first transaction that is open, and list those aborted that have records in what is read', async () => {
    const [a, b] = [await new RawTransactions(client).init(), await new RawTransactions(client).init()]
    await a.produce(topic, 0)
    await b.produce(topic, 0)
    await produceTo(client, topic.name, batchOf(numbered(1)))
    await a.end(false)
    expect(await contentOf(client, topic.name)).toEqual({ content: [0], aborted: [[a.producerId, 0]] })
    await a.produce(topic, 0)
    await b.end(false)
    expect(await endOf(READ_COMMITTED)).toBe(4)
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 1, 2, 'abort'], aborted: [[a.producerId, 0], [b.producerId, 1]] })
    await a.end(true)
    expect(await contentOf(client, topic.name, { offset: 4 })).toEqual({ content: [4, 'abort', 'commit'], aborted: [[b.producerId, 1]] })
    expect(await contentOf(client, topic.name, { offset: 6 })).toEqual({ content: ['commit'], aborted: [] })
  })

  test('should wake a waiting fetch when the transaction is committed', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0)
    const reader = await RawClient.connect(broker.address)
    const waiting = fetchFrom(reader, topic.name, 0, { isolationLevel: READ_COMMITTED, maxWaitMs: 20_000 })
    await producer.end(true)
    expect((await waiting).records!.length).toBeGreaterThan(0)
    reader.close()
  })

  test('should not be held up by records that were deleted', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0, { count: 3 })
    await client.request(deleteRecords, 2, { timeoutMs: 5000, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: -1 }] }] })
    expect(await endOf(READ_COMMITTED)).toBe(3)
    await producer.end(true)
    expect(await endOf(READ_COMMITTED)).toBe(4)
  })
})

describe('offsets in a transaction', () => {
  const committed = async (groupId: string, requireStable: boolean): Promise<readonly [offset: number, error: number]> => {
    const answer = await client.request(offsetFetch, 8, { requireStable, groups: [{ groupId, topics: [{ name: topic.name, partitionIndexes: [0] }] }] })
    const { committedOffset, errorCode } = answer.groups[0]!.topics[0]!.partitions[0]!
    return [committedOffset, errorCode]
  }

  /** A group whose coordinator is awake. */
  const newGroup = async (): Promise<string> => {
    for (;;) {
      const group = uniqueName('group')
      const { groups } = await client.request(offsetFetch, 8, { requireStable: false, groups: [{ groupId: group, topics: [] }] })
      if (groups[0]!.errorCode === NONE) return group
    }
  }

  test('should count when it is committed, and not when it is aborted', async () => {
    const [producer, group] = [await new RawTransactions(client).init(), await newGroup()]
    expect(await producer.commitOffset(group, topic.name, 5)).toBe(NONE)
    expect(await committed(group, true)).toEqual([-1, UNSTABLE_OFFSET_COMMIT])
    expect(await committed(group, false)).toEqual([-1, NONE])
    await producer.end(true)
    await until(async () => (await committed(group, true))[0] === 5)
    await producer.commitOffset(group, topic.name, 9)
    await producer.end(false)
    await until(async () => (await committed(group, true))[1] === NONE)
    expect(await committed(group, true)).toEqual([5, NONE])
  })

  test('should not undo what the group commits by itself in the meantime', async () => {
    const [producer, group] = [await new RawTransactions(client).init(), await newGroup()]
    await producer.commitOffset(group, topic.name, 19)
    await client.request(offsetCommit, 7, { groupId: group, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 15 }] }] })
    expect(await committed(group, true)).toEqual([-1, UNSTABLE_OFFSET_COMMIT])
    await producer.end(true)
    await until(async () => (await committed(group, true))[1] === NONE)
    expect(await committed(group, true)).toEqual([15, NONE])
  })

  test('should be refused for a generation or member that the group does not have', async () => {
    const [producer, group] = [await new RawTransactions(client).init(), await newGroup()]
    expect(await producer.commitOffset(group, topic.name, 1, { generationId: 3, memberId: 'x' })).toBe(errorCodes.ILLEGAL_GENERATION)
    expect(await producer.commitOffset(group, topic.name, 1)).toBe(NONE)
    expect(await producer.commitOffset(group, topic.name, 1, { generationId: 3, memberId: 'x' })).toBe(errorCodes.UNKNOWN_MEMBER_ID)
    expect(await producer.commitOffset('', topic.name, 1)).toBe(errorCodes.INVALID_GROUP_ID)
    expect(await producer.commitOffset(group, uniqueName('nowhere'), 1)).toBe(UNKNOWN_TOPIC_OR_PARTITION)
  })

  test('should need AddOffsetsToTxn before the second version', async () => {
    const [producer, group] = [await new RawTransactions(client, V1).init(), await newGroup()]
    expect(await producer.commitOffset(group, topic.name, 1)).toBe(INVALID_TXN_STATE)
    expect(await producer.commitOffset(group, topic.name, 1, { version: 4 })).toBe(errorCodes.TRANSACTION_ABORTABLE)
    expect(await producer.addOffsets(group)).toBe(NONE)
    expect(await producer.commitOffset(group, topic.name, 1)).toBe(NONE)
    expect((await producer.describe()).topics).toMatchObject([{ topic: '__consumer_offsets' }])
    await producer.end(true)
    await until(async () => (await committed(group, true))[0] === 1)
  })
})

describe('a transaction past its time-out', () => {
  test('should be aborted, and its producer come back only for the epoch that came with that', async () => {
    const producer = await new RawTransactions(client).init({ transactionTimeoutMs: 100 })
    await producer.produce(topic, 0)
    for (const deadline = Date.now() + 25_000; (await producer.state()) !== 'CompleteAbort' && Date.now() < deadline;) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 'abort'], aborted: [[producer.producerId, 0]] })
    expect((await producer.produce(topic, 1)).errorCode).toBe(INVALID_PRODUCER_EPOCH)
    expect((await producer.tryEnd(true)).errorCode).toBe(INVALID_TXN_STATE)
    expect(await producer.tryInit({ producerId: producer.producerId, producerEpoch: 0 })).toMatchObject({ errorCode: NONE, producerEpoch: 1 })
  }, 30_000)
})

describe('admin of transactions', () => {
  test('should show producers with their sequences and where their transactions began', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0, { count: 3 })
    expect(await producersOf(client, topic.name)).toMatchObject([{ producerId: producer.producerId, producerEpoch: 0, lastSequence: 2, coordinatorEpoch: -1, currentTxnStartOffset: 0 }])
    await producer.end(true)
    expect(await producersOf(client, topic.name)).toMatchObject([{ producerId: producer.producerId, producerEpoch: 1, lastSequence: -1, currentTxnStartOffset: -1 }])
  })

  test('should list transactions by state, producer, age and pattern', async () => {
    const [a, b] = [await new RawTransactions(client).init(), await new RawTransactions(client).init()]
    await a.produce(topic, 0)
    const mine = async (filters: object): Promise<string[]> => {
      const { transactionStates } = await client.request(listTransactions, 2, { stateFilters: [], producerIdFilters: [], ...filters })
      return [a, b].filter(({ id }) => transactionStates.some(({ transactionalId }) => transactionalId === id)).map((one) => (one === a ? 'a' : 'b'))
    }
    expect(await mine({})).toEqual(['a', 'b'])
    expect(await mine({ stateFilters: ['Ongoing'] })).toEqual(['a'])
    expect(await mine({ stateFilters: ['Bogus'] })).toEqual([])
    expect(await mine({ producerIdFilters: [b.producerId] })).toEqual(['b'])
    expect(await mine({ stateFilters: ['Ongoing'], durationFilter: 60_000 })).toEqual([])
    expect(await mine({ transactionalIdPattern: `${a.id}.*` })).toEqual(['a'])
    expect((await client.request(listTransactions, 2, { stateFilters: ['Bogus'], producerIdFilters: [] })).unknownStateFilters).toEqual(['Bogus'])
    expect((await client.request(listTransactions, 2, { stateFilters: [], producerIdFilters: [], transactionalIdPattern: '(((' })).errorCode).toBe(errorCodes.INVALID_REGULAR_EXPRESSION)
  })

  test('should free a partition of a transaction with a marker', async () => {
    const producer = await new RawTransactions(client).init()
    await producer.produce(topic, 0)
    const { markers } = await client.request(writeTxnMarkers, 1, {
      markers: [{ producerId: producer.producerId, producerEpoch: 0, transactionResult: false, coordinatorEpoch: -1, topics: [{ name: topic.name, partitionIndexes: [0] }] }],
    })
    expect(markers[0]!.topics[0]!.partitions).toEqual([{ partitionIndex: 0, errorCode: NONE }])
    expect(await contentOf(client, topic.name)).toEqual({ content: [0, 'abort'], aborted: [[producer.producerId, 0]] })
  })

  test('should not know a transactional id that nobody has used', async () => {
    expect(await new RawTransactions(client).describe()).toMatchObject({ errorCode: errorCodes.TRANSACTIONAL_ID_NOT_FOUND })
  })
})
