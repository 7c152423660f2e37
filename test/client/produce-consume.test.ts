import { Headers } from '../../lib/core/headers.ts'
import type { ProducerMessage } from '../../lib/client/types.ts'
import { TestCluster, unique, until } from './test-cluster.ts'

let kafka: TestCluster

beforeAll(async () => {
  kafka = await TestCluster.start()
})

afterAll(() => kafka.close())

const text = { write: (data: string, out: { writeUtf8(text: string): void }) => out.writeUtf8(data) }

describe('Producer and Fetcher', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('should carry records with headers and nulls when compression is %s', async (compression) => {
    const topic = await kafka.topic(`carry-${compression}`)
    const producer = kafka.producer({ compression })
    const sent: Required<ProducerMessage>[] = [
      { partition: 0, key: 'k', value: 'v', timestamp: 1000, headers: { one: 'eins', two: 'zwei' } },
      { partition: 0, key: null, value: 'no key', timestamp: 1001, headers: {} },
      { partition: 0, key: 'no value', value: null, timestamp: 1002, headers: {} },
      { partition: 0, key: '', value: '', timestamp: 1003, headers: { empty: '' } },
      { partition: 0, key: 'ключ', value: '値'.repeat(2000), timestamp: 999, headers: {} },
    ]
    const offsets = await producer.send(topic, sent)
    expect(offsets.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
    const records = await kafka.read(topic, sent.length)
    expect(records).toEqual(sent.map(({ key, value, timestamp, headers }, offset) => ({ timestamp, headers, offset, key: key ?? undefined, value: value ?? undefined })))
  })

  test('should keep the order of a partition when many batches are under way', async () => {
    const topic = await kafka.topic('order', { numPartitions: 3 })
    const producer = kafka.producer({ batchSize: 500, lingerMs: 1 })
    await producer.prepare([topic])
    const appender = producer.appender(topic)
    expect(appender.numPartitions).toBe(3)
    for (let i = 0; i < 3000; i++) appender.append(i % 3, 1, undefined, text, `value ${i}`, text, Headers.empty)
    await producer.flush()
    for (let partition = 0; partition < 3; partition++) {
      const records = await kafka.read(topic, 1000, { partition })
      expect(records.map((record) => record.value)).toEqual(Array.from({ length: 1000 }, (_, i) => `value ${i * 3 + partition}`))
      expect(producer.ackedOffset(topic, partition)).toBe(1000)
    }
    expect(producer.bufferedBytes).toBe(0)
  })

  test('should settle every flush, however many wait at the same time', async () => {
    const topic = await kafka.topic('flushes')
    const producer = kafka.producer({ lingerMs: 10_000 })
    const appender = producer.appender(topic)
    const flushes: Promise<void>[] = []
    for (let i = 0; i < 20; i++) {
      appender.append(0, 1, undefined, text, String(i), text, Headers.empty)
      flushes.push(producer.flush())
    }
    await Promise.all(flushes)
    expect(producer.ackedOffset(topic, 0)).toBe(20)
  })

  test('should keep records for a topic until it exists', async () => {
    const topic = unique('later')
    const producer = kafka.producer()
    const appender = producer.appender(topic)
    expect(appender.numPartitions).toBe(0)
    appender.append(0, 1, undefined, text, 'early', text, Headers.empty)
    const flushed = producer.flush()
    await kafka.admin.createTopics([{ name: topic, numPartitions: 2, replicationFactor: 1 }])
    await flushed
    expect(appender.numPartitions).toBe(2)
    expect((await kafka.read(topic, 1))[0]!.value).toBe('early')
  })

  test('should name topic and reason when a topic stays unknown', async () => {
    const topic = unique('never')
    const errors: unknown[] = []
    const producer = kafka.producer({ maxBlockMs: 50, onError: (error, ...at) => errors.push([error.code, ...at]) })
    producer.appender(topic).append(0, 1, undefined, text, 'lost', text, Headers.empty)
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_DELIVERY', topic, partition: 0, recordCount: 1 })
    expect(errors).toEqual([['MILLRACE_CLIENT_DELIVERY', topic, 0, 1]])
    await expect(producer.prepare([topic])).rejects.toThrow(topic)
    await expect(producer.flush()).resolves.toBeUndefined()
  })

  test('should be full when more is buffered than allowed, and not when it has drained', async () => {
    const topic = await kafka.topic('full')
    const producer = kafka.producer({ bufferMemory: 20_000, lingerMs: 60_000 })
    const appender = producer.appender(topic)
    expect(producer.full).toBe(false)
    while (!producer.full) appender.append(0, 1, undefined, text, 'x'.repeat(500), text, Headers.empty)
    expect(producer.bufferedBytes).toBeGreaterThanOrEqual(20_000)
    await Promise.all([producer.drained(), producer.drained()])
    expect(producer.full).toBe(false)
  })

  test('should deliver nothing after close and everything before', async () => {
    const topic = await kafka.topic('close')
    const producer = kafka.producer({ lingerMs: 60_000 })
    const appender = producer.appender(topic)
    for (let i = 0; i < 10; i++) appender.append(0, 1, undefined, text, String(i), text, Headers.empty)
    await producer.close()
    expect(() => appender.append(0, 1, undefined, text, 'late', text, Headers.empty)).toThrow('the producer is closed')
    expect(await kafka.read(topic, 10)).toHaveLength(10)
  })

  test('should fetch from the middle of a batch', async () => {
    const topic = await kafka.topic('middle')
    await kafka.producer().send(topic, Array.from({ length: 100 }, (_, i) => ({ value: String(i) })))
    const records = await kafka.read(topic, 40, { offset: 60 })
    expect(records.map((record) => record.offset)).toEqual(Array.from({ length: 40 }, (_, i) => 60 + i))
  })

  test('should fetch no further than the budget while its owner holds on to what it got', async () => {
    const topic = await kafka.topic('budget')
    const producer = kafka.producer({ batchSize: 10_000 })
    const appender = producer.appender(topic)
    for (let i = 0; i < 1000; i++) appender.append(0, 1, undefined, text, 'x'.repeat(1000), text, Headers.empty)
    await producer.flush()
    const held: { release(): void; byteLength: number }[] = []
    let count = 0
    const fetcher = kafka.fetcher({
      maxPartitionBytes: 30_000,
      partitionBudgetBytes: 100_000,
      onChunk: (_topic, _partition, chunk) => {
        held.push(chunk)
        count += chunk.count
      },
    })
    fetcher.assign(topic, 0, 0)
    await until(() => fetcher.unreleasedBytes >= 100_000)
    const [chunks, bytes] = [held.length, fetcher.unreleasedBytes]
    expect(bytes).toBeLessThan(130_000)
    await kafka.cluster.metadata([topic], { refresh: true })
    expect([held.length, fetcher.unreleasedBytes]).toEqual([chunks, bytes])
    expect(fetcher.lag(topic, 0)).toBe(1000 - count)
    await until(() => {
      held.splice(0).forEach((chunk) => chunk.release())
      return count === 1000
    })
    expect(fetcher.unreleasedBytes).toBe(0)
  })

  test('should fetch one partition while it waits for another that has nothing', async () => {
    const topic = await kafka.topic('lanes', { numPartitions: 2 })
    const producer = kafka.producer()
    const seen: number[] = []
    const fetcher = kafka.fetcher({ maxWaitMs: 60_000, onChunk: (_topic, partition, chunk) => (seen.push(partition), chunk.release()) })
    fetcher.assign(topic, 0, 0)
    await producer.send(topic, [{ partition: 0, value: 'x' }])
    await until(() => seen.length === 1)
    fetcher.assign(topic, 1, 0)
    await producer.send(topic, [{ partition: 1, value: 'x' }])
    await until(() => seen.length === 2)
    expect(seen).toEqual([0, 1])
  })

  test('should go on with a partition that was full while all requests wait for others that have nothing', async () => {
    const topic = await kafka.topic('full', { numPartitions: 3 })
    const producer = kafka.producer({ batchSize: 10_000 })
    const appender = producer.appender(topic)
    for (let i = 0; i < 100; i++) appender.append(0, 1, undefined, text, 'x'.repeat(1000), text, Headers.empty)
    await producer.flush()
    const held: { release(): void }[] = []
    let count = 0
    const fetcher = kafka.fetcher({ maxWaitMs: 60_000, maxPartitionBytes: 10_000, partitionBudgetBytes: 10_000, onChunk: (_topic, _partition, chunk) => {
      held.push(chunk)
      count += chunk.count
    } })
    for (const partition of [0, 1, 2]) fetcher.assign(topic, partition, 0)
    fetcher.pause(topic, 2)
    await until(() => fetcher.unreleasedBytes >= 10_000)
    fetcher.resume(topic, 2)
    await until(() => {
      held.splice(0).forEach((chunk) => chunk.release())
      return count === 100
    })
  })

  test('should pause and resume a partition', async () => {
    const topic = await kafka.topic('pause')
    const producer = kafka.producer()
    const offsets: number[] = []
    let rounds = 0
    const fetcher = kafka.fetcher({
      maxWaitMs: 5,
      onFetched: () => (rounds += 1),
      onChunk: (_topic, _partition, chunk) => (offsets.push(chunk.nextOffset), chunk.release()),
    })
    fetcher.assign(topic, 0, 0)
    fetcher.pause(topic, 0)
    await producer.send(topic, [{ value: 'x' }])
    expect([fetcher.isPaused(topic, 0), rounds, offsets.length]).toEqual([true, 0, 0])
    fetcher.resume(topic, 0)
    await until(() => offsets.length === 1)
    expect(fetcher.position(topic, 0)).toBe(1)
  })

  test('should drop what was under way when it is told to go on from elsewhere', async () => {
    const topic = await kafka.topic('seek')
    await kafka.producer().send(topic, Array.from({ length: 10 }, (_, i) => ({ value: String(i) })))
    const first: number[] = []
    const fetcher = kafka.fetcher({
      onChunk: (_topic, _partition, chunk) => {
        const cursor = chunk.cursor()
        if (cursor.next()) first.push(cursor.offset)
        chunk.release()
      },
    })
    fetcher.assign(topic, 0, 0)
    fetcher.seek(topic, 0, 7)
    await until(() => first.length > 0)
    expect(first).toEqual([7])
    fetcher.unassign(topic, 0)
    expect(fetcher.assignment()).toEqual([])
    expect(fetcher.position(topic, 0)).toBeUndefined()
  })

  test('should ask its owner for a position when the offset does not exist', async () => {
    const topic = await kafka.topic('range')
    await kafka.producer().send(topic, [{ value: 'a' }])
    const lost: string[] = []
    const fetcher = kafka.fetcher({
      onChunk: (_topic, _partition, chunk) => chunk.release(),
      onOffsetOutOfRange: (...at) => lost.push(at.join('-')),
    })
    fetcher.assign(topic, 0, 1000)
    await until(() => lost.length > 0)
    fetcher.assign(topic, 0, 0)
    await until(() => fetcher.position(topic, 0) === 1)
    expect(lost).toEqual([`${topic}-0`])
  })

  test('should know where the log begins and ends', async () => {
    const topic = await kafka.topic('ends')
    await kafka.producer().send(topic, Array.from({ length: 5 }, () => ({ value: 'x' })))
    const fetcher = kafka.fetcher({ onChunk: (_topic, _partition, chunk) => chunk.release() })
    fetcher.assign(topic, 0, 2)
    expect(fetcher.lag(topic, 0)).toBeUndefined()
    await until(() => fetcher.position(topic, 0) === 5)
    expect([fetcher.highWatermark(topic, 0), fetcher.lastStableOffset(topic, 0), fetcher.logStartOffset(topic, 0), fetcher.lag(topic, 0)]).toEqual([5, 5, 0, 0])
  })

  test('should write without waiting for an answer when acks is 0', async () => {
    const topic = await kafka.topic('acks-0')
    const producer = kafka.producer({ acks: 0 })
    expect(await producer.send(topic, [{ value: 'x' }])).toEqual([{ partition: 0, offset: -1 }])
    expect(await kafka.read(topic, 1)).toHaveLength(1)
  })

  test('should refuse a partition that the topic does not have', async () => {
    const topic = await kafka.topic('partitions', { numPartitions: 10 })
    await expect(kafka.producer().send(topic, [{ partition: 10, value: 'x' }])).rejects.toThrow(/partitions 0 to 9: 10 is none of them/)
  })
})
