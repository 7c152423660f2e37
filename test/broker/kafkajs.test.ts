import { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import type { Consumer, KafkaMessage } from 'kafkajs'
import { brokerUnderTest, isRealKafka, uniqueName } from './helpers/broker-under-test.ts'
import type { BrokerUnderTest } from './helpers/broker-under-test.ts'

// An independent client: it shares no code with the broker, not even the protocol.
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

let broker: BrokerUnderTest
let kafka: Kafka

beforeAll(async () => {
  broker = await brokerUnderTest()
  kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING, retry: { retries: 10 } })
})

afterAll(() => broker.close())

const newTopic = async (numPartitions = 1, configEntries: { name: string; value: string }[] = []): Promise<string> => {
  const topic = uniqueName('kafkajs')
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true })
  await admin.disconnect()
  return topic
}

const produce = async (topic: string, messages: Parameters<ReturnType<Kafka['producer']>['send']>[0]['messages'], compression = CompressionTypes.None): Promise<void> => {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  await producer.send({ topic, messages, compression })
  await producer.disconnect()
}

/** Reads until so many messages have come, in a group of its own. */
const consume = async (topic: string, count: number, groupId = uniqueName('group')): Promise<{ partition: number; message: KafkaMessage }[]> => {
  const consumer = kafka.consumer({ groupId })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const seen: { partition: number; message: KafkaMessage }[] = []
  await new Promise<void>((resolve, reject) => {
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        seen.push({ partition, message })
        if (seen.length === count) resolve()
      },
    }).catch(reject)
  })
  await consumer.disconnect()
  return seen
}

describe('kafkajs', () => {
  test.each([['none', CompressionTypes.None], ['gzip', CompressionTypes.GZIP]])('should read what it produced, with keys, headers, nulls and times (%s)', async (_name, compression) => {
    const topic = await newTopic()
    const timestamp = String(Date.now() - 1000)
    await produce(topic, [{ key: 'a', value: 'ä', headers: { h: 'x' }, timestamp }, { key: null, value: 'b' }, { key: 'c', value: null }], compression)
    const [first, second, third] = (await consume(topic, 3)).map(({ message }) => message)
    expect([String(first!.key), String(first!.value), String(first!.headers!.h), first!.timestamp]).toEqual(['a', 'ä', 'x', timestamp])
    expect([second!.key, third!.value]).toEqual([null, null])
  })

  test('should share a topic between two members of a group, and give all of it to the one that stays', async () => {
    const topic = await newTopic(4)
    const groupId = uniqueName('group')
    const owned = new Map<Consumer, number>()
    const consumers = [kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 }), kafka.consumer({ groupId, heartbeatInterval: 200, maxWaitTimeInMs: 100 })]
    const seen = new Set<string>()
    let changed = (): void => {}
    for (const consumer of consumers) {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        owned.set(consumer, payload.memberAssignment[topic]?.length ?? 0)
        changed()
      })
    }
    const until = (fits: () => boolean): Promise<void> => new Promise((resolve) => {
      changed = () => fits() && resolve()
      changed()
    })
    for (const consumer of consumers) {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        eachMessage: async ({ message }) => {
          seen.add(String(message.value))
          changed()
        },
      })
    }
    await until(() => consumers.every((consumer) => owned.get(consumer) === 2))
    await produce(topic, Array.from({ length: 40 }, (_, i) => ({ value: `v${i}`, partition: i % 4 })))
    await until(() => seen.size === 40)
    await consumers[0]!.disconnect()
    owned.delete(consumers[0]!)
    await until(() => owned.get(consumers[1]!) === 4)
    await consumers[1]!.disconnect()
  })

  test('should go on where its group committed', async () => {
    const topic = await newTopic()
    const groupId = uniqueName('group')
    await produce(topic, [{ value: '1' }, { value: '2' }])
    await consume(topic, 2, groupId)
    await produce(topic, [{ value: '3' }])
    expect((await consume(topic, 1, groupId)).map(({ message }) => String(message.value))).toEqual(['3'])
  })

  test('should administer topics, settings, offsets and groups', async () => {
    const topic = await newTopic(2, [{ name: 'retention.ms', value: '100000' }])
    const groupId = uniqueName('group')
    const admin = kafka.admin()
    await admin.connect()
    await produce(topic, [{ value: 'a', partition: 0 }, { value: 'b', partition: 0 }, { value: 'c', partition: 1 }])
    expect(await admin.listTopics()).toContain(topic)
    expect((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]).sort()).toEqual([[0, '2'], [1, '1']])
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] }] })
    expect(resources[0]!.configEntries[0]).toMatchObject({ configName: 'retention.ms', configValue: '100000' })
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] })
    expect((await admin.fetchOffsets({ groupId, topics: [topic] }))[0]!.partitions.find(({ partition }) => partition === 0)).toMatchObject({ offset: '1' })
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] })
    expect((await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)).toMatchObject({ low: '1', high: '2' })
    expect((await admin.listGroups()).groups.map((group) => group.groupId)).toContain(groupId)
    expect((await admin.describeGroups([groupId])).groups[0]).toMatchObject({ groupId, state: 'Empty' })
    await admin.deleteGroups([groupId])
    await admin.deleteTopics({ topics: [topic] })
    const cluster = await admin.describeCluster()
    expect(cluster.brokers.map(({ nodeId }) => nodeId)).toContain(cluster.controller)
    await admin.disconnect()
  })

  test('should be told when a message is too large', async () => {
    const topic = await newTopic(1, [{ name: 'max.message.bytes', value: '1000' }])
    const producer = kafka.producer({ retry: { retries: 0 } })
    await producer.connect()
    await expect(producer.send({ topic, messages: [{ value: 'x'.repeat(2000) }] })).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
    await producer.disconnect()
  })

  test('should send and read ten thousand messages over several partitions without losing or repeating one', async () => {
    const topic = await newTopic(3)
    const values = Array.from({ length: 10_000 }, (_, i) => `value ${i}`)
    await produce(topic, values.map((value) => ({ key: value, value })))
    const seen = (await consume(topic, values.length)).map(({ message }) => String(message.value))
    expect(new Set(seen)).toEqual(new Set(values))
    expect(seen.length).toBe(values.length)
  })
})

test('the embedded broker should answer kafkajs in well under a second from nothing', async () => {
  if (isRealKafka) return
  const started = performance.now()
  const fresh = await brokerUnderTest()
  const admin = new Kafka({ brokers: [fresh.address], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.listTopics()
  expect(performance.now() - started).toBeLessThan(1000)
  await admin.disconnect()
  await fresh.close()
})
