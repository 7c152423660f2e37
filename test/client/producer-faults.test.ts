import fc from 'fast-check'
import { Headers } from '../../lib/core/headers.ts'
import type { FaultDecision } from '../../lib/broker/index.ts'
import type { ClientError } from '../../lib/client/errors.ts'
import type { Producer } from '../../lib/client/producer.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { TestCluster, unique, until } from './test-cluster.ts'

const PRODUCE = 0

let kafka: TestCluster

beforeAll(async () => {
  kafka = await TestCluster.embedded()
})

afterAll(() => kafka.close())

const text = { write: (data: string, out: { writeUtf8(text: string): void }) => out.writeUtf8(data) }

/** Lets the broker treat the next produce requests so, one after the other, then as ever. */
const faults = (...decisions: (FaultDecision | undefined)[]): (() => void) => kafka.broker!.control(PRODUCE, () => decisions.shift())

const append = (producer: Producer, topic: string, values: readonly string[], partition = 0): void => {
  const appender = producer.appender(topic)
  for (const value of values) appender.append(partition, 1, undefined, text, value, text, Headers.empty)
}

const numbered = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `value ${from + i}`)

const valuesOf = async (topic: string, count: number, partition = 0) => (await kafka.read(topic, count, { partition })).map((record) => record.value)

describe('an idempotent producer', () => {
  test('should write nothing twice when the connection is cut before the acknowledgement', async () => {
    const topic = await kafka.topic('cut')
    const producer = kafka.producer({ batchSize: 200 })
    const stop = faults({ disconnect: 'after' }, undefined, { disconnect: 'after' }, { disconnect: 'before' })
    append(producer, topic, numbered(200))
    await producer.flush()
    stop()
    expect(await valuesOf(topic, 200)).toEqual(numbered(200))
    expect(producer.ackedOffset(topic, 0)).toBe(200)
    const end = await kafka.admin.listOffsets([{ topic, partition: 0, spec: 'latest' }])
    expect(end.get(`${topic}-0`)?.offset).toBe(200)
  })

  test('should write everything once and in order, whatever befalls its requests', async () => {
    const fate = fc.constantFrom<FaultDecision | undefined>(
      undefined,
      { disconnect: 'before' },
      { disconnect: 'after' },
      { error: errorCodes.NOT_LEADER_OR_FOLLOWER },
      { error: errorCodes.NOT_ENOUGH_REPLICAS },
      { delayMs: 3 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 12 }), fc.integer({ min: 50, max: 500 }), async (fates, batchSize) => {
        const topic = await kafka.topic('fates', { numPartitions: 2 })
        const cluster = kafka.open({ retryBackoffMs: 1, retryBackoffMaxMs: 5, reconnectBackoffMs: 1, reconnectBackoffMaxMs: 5 })
        const producer = kafka.producer({ batchSize, lingerMs: 0 }, cluster)
        const stop = faults(...fates)
        for (let i = 0; i < 60; i += 10) {
          append(producer, topic, numbered(10, i), 0)
          append(producer, topic, numbered(10, i), 1)
          await new Promise((resolve) => setImmediate(resolve))
        }
        await producer.flush()
        stop()
        await producer.close()
        const ends = await kafka.admin.listOffsets([0, 1].map((partition) => ({ topic, partition, spec: 'latest' })))
        expect([...ends.values()].map((end) => end.offset)).toEqual([60, 60])
        for (const partition of [0, 1]) expect(await valuesOf(topic, 60, partition)).toEqual(numbered(60))
        await cluster.close()
      }),
      { numRuns: 25 },
    )
  })

  test('should begin a new epoch when the broker misses a sequence number', async () => {
    const topic = await kafka.topic('sequence')
    const producer = kafka.producer({ batchSize: 100 })
    append(producer, topic, numbered(10))
    await producer.flush()
    const stop = faults({ error: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER })
    append(producer, topic, numbered(50, 10))
    await producer.flush()
    stop()
    expect(await valuesOf(topic, 60)).toEqual(numbered(60))
    expect(producer.fatalError).toBeUndefined()
  })

  test('should go on after a batch that the broker refuses, and name what is lost', async () => {
    const topic = await kafka.topic('refused')
    const errors: unknown[] = []
    const producer = kafka.producer({ batchSize: 1, onError: (error, ...at) => errors.push([error.kafkaName, ...at]) })
    append(producer, topic, ['first'])
    await producer.flush()
    const stop = faults({ error: errorCodes.INVALID_RECORD })
    append(producer, topic, ['refused', 'second', 'third'])
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_DELIVERY', kafkaName: 'INVALID_RECORD', topic, partition: 0, recordCount: 1 })
    stop()
    expect(errors).toEqual([['INVALID_RECORD', topic, 0, 1]])
    expect(await valuesOf(topic, 3)).toEqual(['first', 'second', 'third'])
    await expect(producer.flush()).resolves.toBeUndefined()
  })

  test('should end for good when another producer has taken its place', async () => {
    const topic = await kafka.topic('fenced')
    const producer = kafka.producer()
    await producer.send(topic, [{ value: 'x' }])
    const stop = faults({ error: errorCodes.PRODUCER_FENCED })
    await expect(producer.send(topic, [{ value: 'y' }])).rejects.toMatchObject({ kafkaName: 'PRODUCER_FENCED', retriable: false })
    stop()
    expect(producer.fatalError).toMatchObject({ code: 'MILLRACE_CLIENT_PRODUCER_FENCED' })
    expect(() => append(producer, topic, ['z'])).toThrow(producer.fatalError as ClientError)
  })
})

describe('a producer', () => {
  test('should split a batch that is too large for the topic and keep the order', async () => {
    const topic = await kafka.topic('split', { configs: { 'max.message.bytes': '2000' } })
    const producer = kafka.producer()
    const values = numbered(300).map((value) => value + 'x'.repeat(50))
    append(producer, topic, values)
    const sent = producer.send(topic, [{ value: 'last' }])
    await producer.flush()
    expect(await valuesOf(topic, 301)).toEqual([...values, 'last'])
    expect(await sent).toEqual([{ partition: 0, offset: 300 }])
    expect(producer.ackedOffset(topic, 0)).toBe(301)
    expect(producer.bufferedBytes).toBe(0)
  })

  test('should give up only the record that is too large by itself', async () => {
    const topic = await kafka.topic('too-large', { configs: { 'max.message.bytes': '2000' } })
    const lost: number[] = []
    const producer = kafka.producer({ onError: (_error, _topic, _partition, count) => lost.push(count) })
    append(producer, topic, ['a', 'b', 'x'.repeat(5000), 'c', 'd'])
    await expect(producer.flush()).rejects.toMatchObject({ kafkaName: 'MESSAGE_TOO_LARGE', message: expect.stringContaining('max.message.bytes') as string })
    expect(lost).toEqual([1])
    expect(await valuesOf(topic, 4)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('should give up what is not acknowledged in time, and go on', async () => {
    const topic = await kafka.topic('late')
    const producer = kafka.producer({ deliveryTimeoutMs: 100, batchSize: 1 })
    append(producer, topic, ['first'])
    await producer.flush()
    const stop = kafka.broker!.control(PRODUCE, () => ({ error: errorCodes.NOT_ENOUGH_REPLICAS }))
    append(producer, topic, ['lost'])
    await expect(producer.flush()).rejects.toThrow(/1 records for .* are given up after \d+ attempts: no acknowledgement within 100 ms/)
    stop()
    append(producer, topic, ['second'])
    await producer.flush()
    expect(await valuesOf(topic, 2)).toEqual(['first', 'second'])
  })

  test('should report a failure to the flush that follows, once', async () => {
    const topic = unique('missing')
    const producer = kafka.producer({ maxBlockMs: 20 })
    append(producer, topic, ['lost'])
    await until(() => producer.bufferedBytes === 0)
    await expect(producer.flush()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_DELIVERY' })
    await expect(producer.flush()).resolves.toBeUndefined()
  })
})
