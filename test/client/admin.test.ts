import { TestCluster, unique } from './test-cluster.ts'

let kafka: TestCluster

beforeAll(async () => {
  kafka = await TestCluster.start()
})

afterAll(() => kafka.close())

describe('Admin', () => {
  test('should create topics that are visible, led and configured at once', async () => {
    const topic = unique('create')
    const created = await kafka.admin.createTopics([{ name: topic, numPartitions: 3, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } }])
    expect(created).toEqual([topic])
    const described = (await kafka.admin.describeTopics([topic, unique('other')])).get(topic)!
    expect(described.partitions.map(({ partition, leader }) => [partition, leader >= 0])).toEqual([[0, true], [1, true], [2, true]])
    expect(await kafka.admin.listTopics()).toContain(topic)
    const configs = (await kafka.admin.describeConfigs([{ type: 'topic', name: topic }])).get(topic)!
    expect(configs.get('cleanup.policy')).toMatchObject({ value: 'compact', isDefault: false })
    expect(configs.get('segment.bytes')).toMatchObject({ isDefault: true })
  })

  test('should say that a topic exists, or leave it when told to', async () => {
    const topic = await kafka.topic('exists')
    await expect(kafka.admin.createTopics([{ name: topic }])).rejects.toMatchObject({ kafkaName: 'TOPIC_ALREADY_EXISTS', retriable: false })
    expect(await kafka.admin.createTopics([{ name: topic, numPartitions: 1 }], { ifNotExists: true })).toEqual([])
  })

  test('should not create what it only checks', async () => {
    const topic = unique('checked')
    await kafka.admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1 }], { validateOnly: true })
    expect((await kafka.admin.describeTopics([topic])).size).toBe(0)
    await expect(kafka.admin.createTopics([{ name: 'not a name', numPartitions: 1 }])).rejects.toMatchObject({ kafkaName: 'INVALID_TOPIC_EXCEPTION' })
  })

  test('should delete topics, and say when there is nothing to delete', async () => {
    const topic = await kafka.topic('delete')
    const changes: unknown[] = []
    const stop = kafka.cluster.onPartitionsChanged((...change) => changes.push(change))
    await kafka.admin.deleteTopics([topic])
    stop()
    expect(changes).toEqual([[topic, 0]])
    expect((await kafka.admin.describeTopics([topic])).size).toBe(0)
    await expect(kafka.admin.deleteTopics([topic])).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_UNKNOWN_TOPIC', retriable: false })
    await kafka.admin.deleteTopics([topic], { ifExists: true })
  })

  test('should add partitions', async () => {
    const topic = await kafka.topic('grow')
    const changes: unknown[] = []
    const stop = kafka.cluster.onPartitionsChanged((...change) => changes.push(change))
    await kafka.admin.createPartitions(topic, 4)
    stop()
    expect(changes).toEqual([[topic, 4]])
    expect(kafka.cluster.topic(topic)?.partitions).toHaveLength(4)
  })

  test('should change settings and leave the others', async () => {
    const topic = await kafka.topic('configs', { configs: { 'retention.ms': '1000', 'max.message.bytes': '2000' } })
    const resource = { type: 'topic', name: topic } as const
    await kafka.admin.alterConfigs(resource, { 'retention.ms': '5000', 'max.message.bytes': undefined })
    const configs = (await kafka.admin.describeConfigs([resource])).get(topic)!
    expect(configs.get('retention.ms')).toMatchObject({ value: '5000', isDefault: false })
    expect(configs.get('max.message.bytes')).toMatchObject({ isDefault: true })
  })

  test('should find offsets by place and by time', async () => {
    const topic = await kafka.topic('offsets', { numPartitions: 2 })
    const timestamps = [1000, 2000, 3000, 2500]
    await kafka.producer().send(topic, timestamps.map((timestamp) => ({ partition: 1, value: 'x', timestamp })))
    const find = async (spec: 'earliest' | 'latest' | 'maxTimestamp' | { timestamp: number }) => {
      const found = await kafka.admin.listOffsets([0, 1].map((partition) => ({ topic, partition, spec })))
      return [found.get(`${topic}-0`)!.offset, found.get(`${topic}-1`)!.offset]
    }
    expect(await find('earliest')).toEqual([0, 0])
    expect(await find('latest')).toEqual([0, 4])
    expect(await find('maxTimestamp')).toEqual([-1, 2])
    expect(await find({ timestamp: 1500 })).toEqual([-1, 1])
    expect(await find({ timestamp: 3001 })).toEqual([-1, -1])
  })

  test('should delete records up to an offset', async () => {
    const topic = await kafka.topic('records')
    await kafka.producer().send(topic, Array.from({ length: 5 }, () => ({ value: 'x' })))
    expect((await kafka.admin.deleteRecords([{ topic, partition: 0, offset: 3 }])).get(`${topic}-0`)).toBe(3)
    expect((await kafka.admin.listOffsets([{ topic, partition: 0, spec: 'earliest' }])).get(`${topic}-0`)?.offset).toBe(3)
    expect((await kafka.admin.deleteRecords([{ topic, partition: 0, offset: -1 }])).get(`${topic}-0`)).toBe(5)
  })

  test('should keep, list and delete the offsets of a group', async () => {
    const topic = await kafka.topic('group-offsets', { numPartitions: 3 })
    const group = unique('group')
    const key = (partition: number): string => `${topic}-${partition}`
    await kafka.admin.alterGroupOffsets(group, new Map([[key(0), { offset: 5, metadata: 'note' }], [key(2), { offset: 0 }]]))
    const all = await kafka.admin.listGroupOffsets(group)
    expect([...all].map(([at, { offset, metadata }]) => [at, offset, metadata]).sort()).toEqual([[key(0), 5, 'note'], [key(2), 0, '']])
    expect([...(await kafka.admin.listGroupOffsets(group, [{ topic, partition: 1 }, { topic, partition: 2 }])).keys()]).toEqual([key(2)])
    await kafka.admin.deleteGroupOffsets(group, [{ topic, partition: 0 }])
    expect([...(await kafka.admin.listGroupOffsets(group)).keys()]).toEqual([key(2)])
    expect((await kafka.admin.listGroups()).map((listing) => listing.groupId)).toContain(group)
    expect((await kafka.admin.describeGroups([group])).get(group)).toMatchObject({ state: 'Empty', members: [] })
    await kafka.admin.deleteGroups([group])
    expect((await kafka.admin.listGroups()).map((listing) => listing.groupId)).not.toContain(group)
    expect((await kafka.admin.describeGroups([group])).get(group)).toMatchObject({ state: 'Dead' })
  })
})
