import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import { TestCluster, unique, until } from './test-cluster.ts'

let kafka: TestCluster
let other: Kafka

beforeAll(async () => {
  kafka = await TestCluster.start()
  other = new Kafka({ brokers: [kafka.address], clientId: 'kafkajs', logLevel: logLevel.NOTHING })
})

afterAll(() => kafka.close())

describe('kafkajs and we', () => {
  test.each(['none', 'gzip'] as const)('should agree on what we write when compression is %s', async (compression) => {
    const topic = await kafka.topic(`ours-${compression}`)
    await kafka.producer({ compression }).send(topic, [
      { key: 'a', value: 'first', timestamp: 1234, headers: { h: 'x' } },
      { key: null, value: 'second', timestamp: 1235 },
      { key: 'c', value: null, timestamp: 1236 },
    ])
    const groupId = unique('kafkajs')
    const consumer = other.consumer({ groupId, maxWaitTimeInMs: 100 })
    const seen: unknown[] = []
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message: { key, value, timestamp, offset, headers } }) =>
        void seen.push([key?.toString(), value?.toString(), timestamp, offset, headers?.['h']?.toString()]),
    })
    await until(() => seen.length === 3)
    await consumer.disconnect()
    expect(seen).toEqual([
      ['a', 'first', '1234', '0', 'x'],
      [undefined, 'second', '1235', '1', undefined],
      ['c', undefined, '1236', '2', undefined],
    ])
    expect((await kafka.admin.listGroupOffsets(groupId)).get(`${topic}-0`)?.offset).toBe(3)
  })

  test.each([CompressionTypes.None, CompressionTypes.GZIP])('should agree on what it writes when compression is %s', async (compression) => {
    const topic = await kafka.topic(`theirs-${compression}`)
    const producer = other.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = [
      { key: 'a', value: 'first', timestamp: '1234', headers: { h: 'x' } },
      { key: null, value: 'second', timestamp: '1235' },
      { key: 'c', value: null, timestamp: '1236' },
    ]
    await producer.send({ topic, compression, messages })
    await producer.disconnect()
    expect(await kafka.read(topic, 3)).toEqual([
      { offset: 0, timestamp: 1234, key: 'a', value: 'first', headers: { h: 'x' } },
      { offset: 1, timestamp: 1235, key: undefined, value: 'second', headers: {} },
      { offset: 2, timestamp: 1236, key: 'c', value: undefined, headers: {} },
    ])
  })

  test('should choose the same partitions for keys', async () => {
    const topic = await kafka.topic('partitioner', { numPartitions: 10 })
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i} ${'é'.repeat(i % 5)}`)
    const ours = await kafka.producer().send(topic, keys.map((key) => ({ key, value: 'x' })))
    const choose = Partitioners.DefaultPartitioner()
    const partitionMetadata = Array.from({ length: 10 }, (_, partitionId) => ({ partitionId, leader: 0 }) as never)
    const theirs = keys.map((key) => choose({ topic, partitionMetadata, message: { key, value: 'x' } }))
    expect(ours.map(({ partition }) => partition)).toEqual(theirs)
  })

  test('should see the offsets that we commit', async () => {
    const topic = await kafka.topic('offsets')
    const groupId = unique('shared')
    await kafka.admin.alterGroupOffsets(groupId, new Map([[`${topic}-0`, { offset: 7, metadata: 'ours' }]]))
    const admin = other.admin()
    await admin.connect()
    expect(await admin.fetchOffsets({ groupId, topics: [topic] })).toEqual([{ topic, partitions: [{ partition: 0, offset: '7', metadata: 'ours' }] }])
    await admin.disconnect()
  })
})
