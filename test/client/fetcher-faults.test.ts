import fc from 'fast-check'
import type { FaultDecision } from '../../lib/broker/index.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { readChunk } from './read-batch.ts'
import { TestCluster, until } from './test-cluster.ts'

const FETCH = 1

let kafka: TestCluster

beforeAll(async () => {
  kafka = await TestCluster.embedded()
})

afterAll(() => kafka.close())

/** Lets the broker treat the next fetches so, one after the other, then as ever. */
const faults = (...decisions: (FaultDecision | undefined)[]): (() => void) => kafka.broker!.control(FETCH, () => decisions.shift())

describe('Fetcher', () => {
  test('should deliver every record once and in order, whatever befalls its requests', async () => {
    const topic = await kafka.topic('fates', { numPartitions: 3 })
    const producer = kafka.producer({ batchSize: 300 })
    const numbers = Array.from({ length: 300 }, (_, i) => i)
    await producer.send(topic, numbers.map((i) => ({ partition: i % 3, value: String(i) })))
    const fate = fc.constantFrom<FaultDecision | undefined>(
      undefined,
      { disconnect: 'before' },
      { disconnect: 'after' },
      { error: errorCodes.NOT_LEADER_OR_FOLLOWER },
      { error: errorCodes.UNKNOWN_TOPIC_OR_PARTITION },
      { error: errorCodes.UNKNOWN_SERVER_ERROR },
      { delayMs: 3 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 10 }), fc.integer({ min: 100, max: 2000 }), async (fates, maxPartitionBytes) => {
        const cluster = kafka.open({ retryBackoffMs: 1, retryBackoffMaxMs: 5, reconnectBackoffMs: 1, reconnectBackoffMaxMs: 5 })
        const seen: number[][] = [[], [], []]
        const stop = faults(...fates)
        const fetcher = kafka.fetcher(
          {
            maxPartitionBytes,
            onChunk: (_topic, partition, chunk) => {
              seen[partition]!.push(...readChunk(chunk).map((record) => Number(record.value)))
              // Held for a turn, so that the next fetch is under way while this is read.
              setImmediate(() => chunk.release())
            },
          },
          cluster,
        )
        for (const partition of [0, 1, 2]) fetcher.assign(topic, partition, 0)
        await until(() => seen.every((values) => values.length >= 100))
        stop()
        await fetcher.close()
        await cluster.close()
        expect(seen).toEqual([0, 1, 2].map((partition) => numbers.filter((i) => i % 3 === partition)))
      }),
      { numRuns: 25 },
    )
  })

  test('should stop a partition and say why when it may not be read', async () => {
    const topic = await kafka.topic('forbidden', { numPartitions: 2 })
    const errors: unknown[] = []
    const fetcher = kafka.fetcher({
      onChunk: (_topic, _partition, chunk) => chunk.release(),
      onError: (error, ...at) => errors.push([error.code, error.kafkaName, ...at]),
    })
    const stop = faults({ error: errorCodes.TOPIC_AUTHORIZATION_FAILED })
    fetcher.assign(topic, 0, 0)
    await until(() => errors.length > 0)
    stop()
    expect(errors).toEqual([['MILLRACE_CLIENT_AUTHENTICATION', 'TOPIC_AUTHORIZATION_FAILED', topic, 0]])
    expect(fetcher.isPaused(topic, 0)).toBe(true)
  })

  test('should wait for a topic that is deleted and created anew', async () => {
    const topic = await kafka.topic('anew')
    const seen: (string | undefined)[] = []
    const lost: number[] = []
    const fetcher = kafka.fetcher({
      onChunk: (_topic, _partition, chunk) => {
        seen.push(...readChunk(chunk).map((record) => record.value))
        chunk.release()
      },
      onOffsetOutOfRange: (name, partition) => {
        lost.push(partition)
        fetcher.assign(name, partition, 0)
      },
    })
    fetcher.assign(topic, 0, 0)
    const producer = kafka.producer()
    await producer.send(topic, [{ value: 'old' }, { value: 'old too' }])
    await until(() => seen.length === 2)
    await kafka.admin.deleteTopics([topic])
    await kafka.admin.createTopics([{ name: topic, numPartitions: 1 }])
    await kafka.producer().send(topic, [{ value: 'new' }])
    await until(() => seen.length === 3)
    expect(seen).toEqual(['old', 'old too', 'new'])
    expect(lost).toEqual([0])
  })
})
