import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { fetch, listOffsets, produce } from '../../../lib/protocol/index.ts'
import { setLogAppendTime } from '../../../lib/protocol/records/batch-rewrite.ts'
import { RecordBatch } from '../../../lib/protocol/records/record-batch.ts'
import { batchOf, loadAllCompressions, numbered, recordsIn } from '../helpers/batches.ts'
import { brokerUnderTest } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, endOffset, fetchFrom, produceTo } from '../helpers/topics.ts'

let broker: BrokerUnderTest
let client: RawClient

beforeAll(async () => {
  await loadAllCompressions()
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

describe('Produce and Fetch', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('should give back the very bytes that came, but for their offset (%s)', async (compression) => {
    const { name } = await createTopic(client)
    const sent = batchOf(numbered(10), { compression })
    await produceTo(client, name, batchOf(numbered(5)))
    expect(await produceTo(client, name, sent)).toMatchObject({ errorCode: 0, baseOffset: 5, logAppendTimeMs: -1, logStartOffset: 0 })
    const { records, highWatermark } = await fetchFrom(client, name, 5)
    expect(highWatermark).toBe(15)
    const batch = new RecordBatch(records!, 0)
    expect(batch.baseOffset).toBe(5)
    expect(records!.subarray(21)).toEqual(sent.subarray(21))
    expect(batch.hasValidCrc()).toBe(true)
  })

  test('should work by topic id in the versions that have only that', async () => {
    const { id } = await createTopic(client)
    const produced = await client.request(produce, 13, { acks: -1, timeoutMs: 1000, topicData: [{ topicId: id, partitionData: [{ index: 0, records: batchOf(numbered(3)) }] }] })
    expect(produced.responses[0]).toMatchObject({ topicId: id, partitionResponses: [{ errorCode: 0, baseOffset: 0 }] })
    const fetched = await client.request(fetch, 17, { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics: [{ topicId: id, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000 }] }] })
    expect(fetched.responses[0]!.topicId).toBe(id)
    expect((await recordsIn(fetched.responses[0]!.partitions[0]!.records!)).length).toBe(3)
    const unknown = await client.request(produce, 13, { acks: -1, timeoutMs: 1000, topicData: [{ topicId: 'abcdefghijklmnopqrstuw', partitionData: [{ index: 0, records: batchOf(numbered(3)) }] }] })
    expect(unknown.responses[0]!.partitionResponses[0]!.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
  })

  test('should refuse unknown topics and partitions', async () => {
    const { name } = await createTopic(client)
    expect((await produceTo(client, `${name}-no`, batchOf(numbered(1)))).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await produceTo(client, name, batchOf(numbered(1)), { partition: 1 })).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await fetchFrom(client, name, 0, { partition: 1 })).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })

  test('should refuse acks other than -1, 0 and 1', async () => {
    const { name } = await createTopic(client)
    expect((await produceTo(client, name, batchOf(numbered(1)), { acks: 2 })).errorCode).toBe(errorCodes.INVALID_REQUIRED_ACKS)
  })

  test('should not answer acks=0, and answer what comes behind it', async () => {
    const { name } = await createTopic(client)
    client.send(produce, 9, { acks: 0, timeoutMs: 1000, topicData: [{ name, partitionData: [{ index: 0, records: batchOf(numbered(4)) }] }] })
    expect(await produceTo(client, name, batchOf(numbered(1)))).toMatchObject({ errorCode: 0, baseOffset: 4 })
  })

  test('should refuse a damaged batch, two batches, no batch, one that is too large, and control batches, with their codes', async () => {
    const { name } = await createTopic(client, 1, { 'max.message.bytes': '1000' })
    const damaged = batchOf(numbered(1))
    damaged[65]! ^= 1
    const control = batchOf(numbered(1))
    control.writeInt16BE(0x20, 21)
    setLogAppendTime(control, 0, 1)
    for (const [bytes, error] of [
      [damaged, errorCodes.CORRUPT_MESSAGE],
      [Buffer.concat([batchOf(numbered(1)), batchOf(numbered(1))]), errorCodes.INVALID_RECORD],
      [Buffer.alloc(0), errorCodes.INVALID_RECORD],
      [batchOf([{ value: 'x'.repeat(1000) }]), errorCodes.MESSAGE_TOO_LARGE],
      [control, errorCodes.INVALID_RECORD],
    ] as const) expect((await produceTo(client, name, bytes)).errorCode).toBe(error)
    expect(await endOffset(client, name)).toBe(0)
  })

  test('should answer a repeated idempotent batch with its first offset, refuse gaps, old epochs and epochs that do not begin at 0', async () => {
    const { name } = await createTopic(client)
    const producerId = 4000 + Math.floor(Math.random() * 1e9)
    const offer = async (producerEpoch: number, baseSequence: number): Promise<[number, number]> => {
      const { errorCode, baseOffset } = await produceTo(client, name, batchOf(numbered(2), { producerId, producerEpoch, baseSequence }))
      return [errorCode, baseOffset]
    }
    expect(await offer(0, 0)).toEqual([0, 0])
    expect(await offer(0, 2)).toEqual([0, 2])
    expect(await offer(0, 0)).toEqual([0, 0])
    expect(await offer(0, 6)).toEqual([errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, -1])
    for (let sequence = 4; sequence < 16; sequence += 2) expect(await offer(0, sequence)).toEqual([0, sequence])
    expect(await offer(0, 0)).toEqual([errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, -1])
    expect(await offer(1, 5)).toEqual([errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, -1])
    expect(await offer(1, 0)).toEqual([0, 16])
    expect(await offer(0, 16)).toEqual([errorCodes.INVALID_PRODUCER_EPOCH, -1])
  })

  test('should refuse a transactional batch without a transactional id', async () => {
    const { name } = await createTopic(client)
    const batch = batchOf(numbered(1), { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })
    expect((await produceTo(client, name, batch)).errorCode).toBe(errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  })

  test('should set the time of the records itself with message.timestamp.type=LogAppendTime', async () => {
    const { name } = await createTopic(client, 1, { 'message.timestamp.type': 'LogAppendTime' })
    const before = Date.now()
    const { logAppendTimeMs } = await produceTo(client, name, batchOf([{ value: 'v', timestamp: 5 }]))
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before - 1000)
    expect((await recordsIn((await fetchFrom(client, name, 0)).records!))[0]!.timestamp).toBe(logAppendTimeMs)
  })

  test('should store batches as compression.type says', async () => {
    const { name } = await createTopic(client, 1, { 'compression.type': 'gzip' })
    await produceTo(client, name, batchOf(numbered(50)))
    await produceTo(client, name, batchOf(numbered(50), { compression: 'zstd' }))
    const { records } = await fetchFrom(client, name, 0)
    expect(new RecordBatch(records!, 0).compression).toBe('gzip')
    expect((await recordsIn(records!)).map(({ value }) => value)).toEqual([...numbered(50), ...numbered(50)].map(({ value }) => value))
  })
})

describe('Fetch', () => {
  test('should begin with the batch that holds the offset, and bring at least one whole batch however small the limits', async () => {
    const { name } = await createTopic(client)
    await produceTo(client, name, batchOf(numbered(10)))
    await produceTo(client, name, batchOf([{ value: 'x'.repeat(5000) }]))
    const middle = await fetchFrom(client, name, 7, { partitionMaxBytes: 1, maxBytes: 1 })
    expect((await recordsIn(middle.records!)).length).toBe(10)
    expect((await recordsIn((await fetchFrom(client, name, 10, { partitionMaxBytes: 100 })).records!))[0]!.value!.length).toBe(5000)
  })

  test('should bring nothing at the end of the log, and an error beyond it', async () => {
    const { name } = await createTopic(client)
    await produceTo(client, name, batchOf(numbered(2)))
    const atEnd = await fetchFrom(client, name, 2)
    expect([atEnd.errorCode, atEnd.records?.length ?? 0]).toEqual([0, 0])
    expect(await fetchFrom(client, name, 3)).toMatchObject({ errorCode: errorCodes.OFFSET_OUT_OF_RANGE, highWatermark: -1 })
  })

  test('should refuse a leader epoch from the future', async () => {
    const { name } = await createTopic(client)
    expect((await fetchFrom(client, name, 0, { currentLeaderEpoch: 99 })).errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
  })

  test('should wait for records, and answer as soon as they come', async () => {
    const { name } = await createTopic(client)
    const other = await RawClient.connect(broker.address)
    const started = performance.now()
    const waiting = fetchFrom(other, name, 0, { maxWaitMs: 20_000 })
    await produceTo(client, name, batchOf(numbered(1)))
    expect((await recordsIn((await waiting).records!)).length).toBe(1)
    expect(performance.now() - started).toBeLessThan(5000)
    other.close()
  })

  test('should wait until there are min_bytes over all partitions', async () => {
    const { name } = await createTopic(client, 2)
    const other = await RawClient.connect(broker.address)
    const batch = batchOf([{ value: 'x'.repeat(300) }])
    let answered = false
    const waiting = other.request(fetch, 12, {
      maxWaitMs: 20_000, minBytes: 2 * batch.length, sessionEpoch: -1,
      topics: [{ topic: name, partitions: [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 10_000 })) }],
    }).then((answer) => {
      answered = true
      return answer
    })
    await produceTo(client, name, Buffer.from(batch))
    await endOffset(client, name)
    expect(answered).toBe(false)
    await produceTo(client, name, Buffer.from(batch), { partition: 1 })
    expect((await waiting).responses[0]!.partitions.map(({ records }) => records!.length)).toEqual([batch.length, batch.length])
    other.close()
  })

  test('should give up waiting after max_wait_ms', async () => {
    const { name } = await createTopic(client)
    const started = performance.now()
    const { errorCode, records } = await fetchFrom(client, name, 0, { maxWaitMs: 150 })
    expect([errorCode, records?.length ?? 0]).toEqual([0, 0])
    expect(performance.now() - started).toBeGreaterThan(100)
  })
})

describe('ListOffsets', () => {
  const list = async (topic: string, timestamp: number): Promise<[number, number]> => {
    const answer = await client.request(listOffsets, 7, { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] })
    const { offset, timestamp: found } = answer.topics[0]!.partitions[0]!
    return [offset, found]
  }

  test.each(['none', 'gzip', 'zstd'] as const)('should find the very record of a time or the first after it, also within a batch (%s)', async (compression) => {
    const { name } = await createTopic(client)
    const base = Date.now() - 10_000
    await produceTo(client, name, batchOf([100, 200, 300].map((t) => ({ value: 'v', timestamp: base + t })), { compression }))
    await produceTo(client, name, batchOf([400, 350, 500].map((t) => ({ value: 'v', timestamp: base + t })), { compression }))
    expect(await list(name, base)).toEqual([0, base + 100])
    expect(await list(name, base + 150)).toEqual([1, base + 200])
    expect(await list(name, base + 301)).toEqual([3, base + 400])
    expect(await list(name, base + 450)).toEqual([5, base + 500])
    expect(await list(name, base + 501)).toEqual([-1, -1])
    expect(await list(name, -1)).toEqual([6, -1])
    expect(await list(name, -2)).toEqual([0, -1])
    expect(await list(name, -3)).toEqual([5, base + 500])
  })

  test('should say of an empty log that it begins and ends at 0 and has no times', async () => {
    const { name } = await createTopic(client)
    expect([await list(name, -1), await list(name, -2), await list(name, -3), await list(name, 1)]).toEqual([[0, -1], [0, -1], [-1, -1], [-1, -1]])
  })
})
