import { errorCodes } from '../../../lib/protocol/error-table.ts'
import {
  alterConfigs, createPartitions, createTopics, deleteRecords, deleteTopics, describeCluster, describeConfigs, describeTopicPartitions,
  incrementalAlterConfigs, initProducerId, metadata, offsetForLeaderEpoch,
} from '../../../lib/protocol/index.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { brokerUnderTest, isRealKafka, uniqueName } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, endOffset, eventually, fetchFrom, produceTo } from '../helpers/topics.ts'

const TOPIC = 2
const BROKER = 4

let broker: BrokerUnderTest
let client: RawClient

beforeAll(async () => {
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

const describeOne = async (name: string, allowAutoTopicCreation = false): Promise<{ errorCode: number; topicId: string; partitions: readonly unknown[] }> =>
  (await client.request(metadata, 12, { topics: [{ name, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }], allowAutoTopicCreation })).topics[0]!

describe('CreateTopics', () => {
  const create = async (wish: { name?: string; numPartitions?: number; replicationFactor?: number; assignments?: []; configs?: { name: string; value: string }[] }, validateOnly = false): Promise<number> => {
    const { topics } = await client.request(createTopics, 7, { validateOnly, topics: [{ name: uniqueName('new'), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...wish }] })
    return topics[0]!.errorCode
  }

  test('should make topics that are there at once, with partitions, settings and an id', async () => {
    const name = uniqueName('new')
    const answer = await client.request(createTopics, 7, { topics: [{ name, numPartitions: 3, replicationFactor: -1, assignments: [], configs: [{ name: 'retention.ms', value: '1234' }] }] })
    expect(answer.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 })
    expect(answer.topics[0]!.configs!.find((config) => config.name === 'retention.ms')).toMatchObject({ value: '1234', configSource: 1 })
    const found = await eventually(async () => {
      const topic = await describeOne(name)
      return topic.errorCode === 0 ? topic : undefined
    })
    expect([found.partitions.length, found.topicId]).toEqual([3, answer.topics[0]!.topicId])
  })

  test('should refuse what cannot be, with the code that says why', async () => {
    const { name } = await createTopic(client)
    expect(await create({ name })).toBe(errorCodes.TOPIC_ALREADY_EXISTS)
    expect(await create({ name: 'not a name' })).toBe(errorCodes.INVALID_TOPIC_EXCEPTION)
    expect(await create({ name: 'x'.repeat(250) })).toBe(errorCodes.INVALID_TOPIC_EXCEPTION)
    expect(await create({ name: '..' })).toBe(errorCodes.INVALID_TOPIC_EXCEPTION)
    expect(await create({ numPartitions: 0 })).toBe(errorCodes.INVALID_PARTITIONS)
    expect(await create({ replicationFactor: 9 })).toBe(errorCodes.INVALID_REPLICATION_FACTOR)
    expect(await create({ configs: [{ name: 'no.such', value: '1' }] })).toBe(errorCodes.INVALID_CONFIG)
    expect(await create({ configs: [{ name: 'retention.ms', value: 'soon' }] })).toBe(errorCodes.INVALID_CONFIG)
    expect(await create({ configs: [{ name: 'cleanup.policy', value: 'burn' }] })).toBe(errorCodes.INVALID_CONFIG)
  })

  test('should refuse a name that differs from another only by dots for underscores', async () => {
    const name = uniqueName('a.b')
    expect(await create({ name })).toBe(errorCodes.NONE)
    expect(await create({ name: name.replace('a.b', 'a_b') })).toBe(errorCodes.INVALID_TOPIC_EXCEPTION)
  })

  test('should make nothing when it is only to be checked', async () => {
    const name = uniqueName('checked')
    expect(await create({ name }, true)).toBe(errorCodes.NONE)
    expect((await describeOne(name)).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })
})

describe('Metadata', () => {
  test('should create unknown topics when it may', async () => {
    const name = uniqueName('auto')
    expect((await describeOne(name)).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    await eventually(async () => ((await describeOne(name, true)).errorCode === 0 ? true : undefined))
  })

  test('should find topics by id', async () => {
    const { name, id } = await createTopic(client, 2)
    const found = await client.request(metadata, 12, { topics: [{ topicId: id, name: undefined }], allowAutoTopicCreation: false })
    expect(found.topics[0]).toMatchObject({ errorCode: 0, name, topicId: id })
    const none = await client.request(metadata, 12, { topics: [{ topicId: 'abcdefghijklmnopqrstuw', name: undefined }], allowAutoTopicCreation: false })
    expect(none.topics[0]).toMatchObject({ errorCode: errorCodes.UNKNOWN_TOPIC_ID, name: undefined })
  })

  test('should list all topics for null and none for an empty list', async () => {
    const { name } = await createTopic(client)
    expect((await client.request(metadata, 5, { topics: undefined })).topics.map((topic) => topic.name)).toContain(name)
    expect((await client.request(metadata, 5, { topics: [] })).topics).toEqual([])
  })

  test('should name a controller that is among the brokers', async () => {
    const { controllerId, brokers } = await client.request(metadata, 8, { topics: [] })
    expect(brokers.map(({ nodeId }) => nodeId)).toContain(controllerId)
    const cluster = await client.request(describeCluster, 1, { includeClusterAuthorizedOperations: false })
    expect([cluster.errorCode, cluster.brokers.length]).toEqual([0, brokers.length])
  })

  test('should be paged by DescribeTopicPartitions', async () => {
    const names = [(await createTopic(client, 3)).name, (await createTopic(client, 2)).name].sort()
    const request = { topics: names.map((name) => ({ name })), responsePartitionLimit: 2 }
    const counts: number[] = []
    let cursor: { topicName: string; partitionIndex: number } | undefined
    do {
      const answer = await client.request(describeTopicPartitions, 0, { ...request, cursor })
      counts.push(answer.topics.reduce((sum, { partitions }) => sum + partitions.length, 0))
      cursor = answer.nextCursor
    } while (cursor !== undefined)
    expect(counts.reduce((a, b) => a + b)).toBe(5)
    expect(counts.length).toBe(3)
  })
})

describe('DeleteTopics', () => {
  test('should remove a topic by name, and a new one of that name should be another, and empty', async () => {
    const { name, id } = await createTopic(client)
    await produceTo(client, name, batchOf(numbered(3)))
    const deleted = await client.request(deleteTopics, 5, { topicNames: [name, `${name}-no`], timeoutMs: 5000 })
    expect(deleted.responses.map(({ errorCode }) => errorCode).sort()).toEqual([errorCodes.NONE, errorCodes.UNKNOWN_TOPIC_OR_PARTITION])
    const again = await eventually(async () => {
      const { topics } = await client.request(createTopics, 7, { topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }] })
      return topics[0]!.errorCode === 0 ? topics[0]! : undefined
    })
    expect(again.topicId).not.toBe(id)
    expect(await eventually(() => endOffset(client, name))).toBe(0)
  })

  test('should remove a topic by id', async () => {
    const { name, id } = await createTopic(client)
    const deleted = await client.request(deleteTopics, 6, { topics: [{ topicId: id }, { topicId: 'abcdefghijklmnopqrstuw' }], timeoutMs: 5000 })
    expect(new Map(deleted.responses.map((topic) => [topic.topicId, topic.errorCode]))).toEqual(new Map([[id, 0], ['abcdefghijklmnopqrstuw', errorCodes.UNKNOWN_TOPIC_ID]]))
    await eventually(async () => ((await describeOne(name)).errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION ? true : undefined))
  })

  test('should end fetches that wait for the topic', async () => {
    const { name } = await createTopic(client)
    const other = await RawClient.connect(broker.address)
    const started = performance.now()
    const waiting = fetchFrom(other, name, 0, { maxWaitMs: 20_000 })
    await client.request(deleteTopics, 5, { topicNames: [name], timeoutMs: 5000 })
    const { errorCode } = await waiting
    expect(errorCode).not.toBe(errorCodes.NONE)
    expect(performance.now() - started).toBeLessThan(5000)
    other.close()
  })
})

describe('CreatePartitions', () => {
  test('should raise the number of partitions, and never lower it', async () => {
    const { name } = await createTopic(client, 2)
    const raise = async (count: number, assignments?: []): Promise<number> =>
      (await client.request(createPartitions, 3, { topics: [{ name, count, assignments }], timeoutMs: 5000, validateOnly: false })).results[0]!.errorCode
    expect(await raise(2)).toBe(errorCodes.INVALID_PARTITIONS)
    expect(await raise(1)).toBe(errorCodes.INVALID_PARTITIONS)
    expect(await raise(4, [])).not.toBe(errorCodes.NONE)
    expect(await raise(4)).toBe(errorCodes.NONE)
    await eventually(async () => ((await describeOne(name)).partitions.length === 4 ? true : undefined))
  })
})

describe('DeleteRecords', () => {
  test('should move the start of the log, and offsets go on', async () => {
    const { name } = await createTopic(client)
    await produceTo(client, name, batchOf(numbered(10)))
    const before = async (offset: number): Promise<{ lowWatermark: number; errorCode: number }> => {
      const { topics } = await client.request(deleteRecords, 2, { topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs: 5000 })
      const { lowWatermark, errorCode } = topics[0]!.partitions[0]!
      return { lowWatermark, errorCode }
    }
    expect(await before(4)).toEqual({ lowWatermark: 4, errorCode: 0 })
    expect((await fetchFrom(client, name, 3)).errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
    expect(await fetchFrom(client, name, 4)).toMatchObject({ errorCode: 0, logStartOffset: 4 })
    expect((await before(11)).errorCode).toBe(errorCodes.OFFSET_OUT_OF_RANGE)
    expect(await before(-1)).toEqual({ lowWatermark: 10, errorCode: 0 })
    expect((await produceTo(client, name, batchOf(numbered(1)))).baseOffset).toBe(10)
  })

  test('should be refused for a topic that is only compacted', async () => {
    const { name } = await createTopic(client, 1, { 'cleanup.policy': 'compact' })
    await produceTo(client, name, batchOf(numbered(2)))
    const { topics } = await client.request(deleteRecords, 2, { topics: [{ name, partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 5000 })
    expect(topics[0]!.partitions[0]!.errorCode).toBe(errorCodes.POLICY_VIOLATION)
  })
})

describe('configuration', () => {
  const configOf = async (name: string, key: string): Promise<{ value: string | undefined; configSource: number }> => {
    const { results } = await client.request(describeConfigs, 4, { resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: [key] }], includeSynonyms: true })
    expect(results[0]!.configs.length).toBe(1)
    const { value, configSource } = results[0]!.configs[0]!
    return { value, configSource }
  }
  const change = async (name: string, key: string, configOperation: number, value?: string): Promise<number> =>
    (await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: TOPIC, resourceName: name, configs: [{ name: key, configOperation, value }] }], validateOnly: false })).responses[0]!.errorCode
  const becomes = (name: string, key: string, value: string): Promise<true> => eventually(async () => ((await configOf(name, key)).value === value ? true : undefined))

  test('should be set, deleted, appended to and subtracted from', async () => {
    const { name } = await createTopic(client)
    expect(await configOf(name, 'retention.bytes')).toEqual({ value: '-1', configSource: 5 })
    expect(await change(name, 'retention.bytes', 0, '1000')).toBe(errorCodes.NONE)
    await becomes(name, 'retention.bytes', '1000')
    expect((await configOf(name, 'retention.bytes')).configSource).toBe(1)
    expect(await change(name, 'retention.bytes', 1)).toBe(errorCodes.NONE)
    await becomes(name, 'retention.bytes', '-1')
    expect(await change(name, 'cleanup.policy', 2, 'compact')).toBe(errorCodes.NONE)
    await becomes(name, 'cleanup.policy', 'delete,compact')
    expect(await change(name, 'cleanup.policy', 3, 'delete')).toBe(errorCodes.NONE)
    await becomes(name, 'cleanup.policy', 'compact')
  })

  test('should refuse unknown names, wrong values and topics that are not there', async () => {
    const { name } = await createTopic(client)
    expect(await change(name, 'no.such', 0, '1')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change(name, 'retention.ms', 0, 'soon')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change(name, 'retention.ms', 2, '1')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change(`${name}-no`, 'retention.ms', 0, '1')).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  })

  test('should take effect on what is produced after', async () => {
    const { name } = await createTopic(client)
    expect(await change(name, 'max.message.bytes', 0, '100')).toBe(errorCodes.NONE)
    await becomes(name, 'max.message.bytes', '100')
    expect((await produceTo(client, name, batchOf(numbered(20)))).errorCode).toBe(errorCodes.MESSAGE_TOO_LARGE)
  })

  test('should be replaced as a whole by AlterConfigs', async () => {
    const { name } = await createTopic(client, 1, { 'retention.ms': '5000' })
    const { responses } = await client.request(alterConfigs, 2, { resources: [{ resourceType: TOPIC, resourceName: name, configs: [{ name: 'retention.bytes', value: '7' }] }], validateOnly: false })
    expect(responses[0]!.errorCode).toBe(errorCodes.NONE)
    await becomes(name, 'retention.bytes', '7')
    expect((await configOf(name, 'retention.ms')).configSource).toBe(5)
  })

  test('should be told of the broker too', async () => {
    const { brokers } = await client.request(metadata, 8, { topics: [] })
    const { results } = await client.request(describeConfigs, 4, { resources: [{ resourceType: BROKER, resourceName: String(brokers[0]!.nodeId), configurationKeys: undefined }] })
    expect(results[0]!.configs.map(({ name }) => name)).toEqual(expect.arrayContaining(['log.retention.ms', 'num.partitions', 'auto.create.topics.enable']))
  })
})

describe('producer ids', () => {
  test('should be given out once each', async () => {
    const ids = new Set<number>()
    for (let i = 0; i < 20; i++) {
      const { errorCode, producerId, producerEpoch } = await client.request(initProducerId, 4, { transactionTimeoutMs: 0 })
      expect([errorCode, producerEpoch]).toEqual([0, 0])
      ids.add(producerId)
    }
    expect(ids.size).toBe(20)
  })
})

test('OffsetForLeaderEpoch should tell the end of the log for its epoch', async () => {
  const { name } = await createTopic(client)
  await produceTo(client, name, batchOf(numbered(3)))
  const { topics } = await client.request(offsetForLeaderEpoch, 4, { topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }] })
  expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, endOffset: isRealKafka ? expect.any(Number) : 3 })
})
