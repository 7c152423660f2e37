import { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { createTopics, deleteTopics, describeShareGroupOffsets, incrementalAlterConfigs, listGroups, shareAcknowledge, shareFetch, shareGroupHeartbeat } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { batchOf, numbered, recordsIn } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { withDirectory } from '../helpers/test-log.ts'
import { createTopic, produceTo } from '../helpers/topics.ts'
import type { TestTopic } from '../helpers/topics.ts'
import { RawTransactions } from '../helpers/transactions.ts'

const GROUP = 'sharers'

type Acknowledgements = { firstOffset: number; lastOffset: number; acknowledgeTypes: number[] }[]

/** A member with a connection of its own. */
class Sharer {
  readonly client: RawClient
  readonly #memberId: string
  readonly #topic: TestTopic
  #epoch = 0
  memberEpoch = 0

  constructor(client: RawClient, memberId: string, topic: TestTopic) {
    this.client = client
    this.#memberId = memberId
    this.#topic = topic
  }

  async beat(memberEpoch = this.memberEpoch): Promise<ResponseOf<typeof shareGroupHeartbeat>> {
    const answer = await this.client.request(shareGroupHeartbeat, 1, { groupId: GROUP, memberId: this.#memberId, memberEpoch, subscribedTopicNames: memberEpoch === 0 ? [this.#topic.name] : undefined })
    this.memberEpoch = answer.memberEpoch
    return answer
  }

  #topics(acknowledgementBatches: Acknowledgements): RequestInput<typeof shareFetch>['topics'] {
    return [{ topicId: this.#topic.id, partitions: [{ partitionIndex: 0, acknowledgementBatches }] }]
  }

  async fetch(options: Partial<RequestInput<typeof shareFetch>> = {}, acknowledgements: Acknowledgements = []): Promise<ResponseOf<typeof shareFetch>['responses'][number]['partitions'][number] | undefined> {
    const answer = await this.client.request(shareFetch, 2, {
      groupId: GROUP, memberId: this.#memberId, shareSessionEpoch: this.#epoch++, maxWaitMs: 0, minBytes: 1, maxRecords: 100, batchSize: 100, forgottenTopicsData: [], topics: this.#topics(acknowledgements), ...options,
    })
    expect(answer.errorCode).toBe(0)
    return answer.responses[0]?.partitions[0]
  }

  /** The offsets it gets, each with how often it was delivered. */
  async take(options: Partial<RequestInput<typeof shareFetch>> = {}): Promise<[offset: number, count: number][]> {
    const partition = await this.fetch(options)
    return (partition?.acquiredRecords ?? []).flatMap(({ firstOffset, lastOffset, deliveryCount }) =>
      Array.from({ length: lastOffset - firstOffset + 1 }, (_, i): [number, number] => [firstOffset + i, deliveryCount]))
  }

  async say(firstOffset: number, lastOffset: number, ...acknowledgeTypes: number[]): Promise<number> {
    const answer = await this.client.request(shareAcknowledge, 2, { groupId: GROUP, memberId: this.#memberId, shareSessionEpoch: this.#epoch++, topics: this.#topics([{ firstOffset, lastOffset, acknowledgeTypes }]) })
    expect(answer.errorCode).toBe(0)
    return answer.responses[0]!.partitions[0]!.errorCode
  }
}

const configure = (client: RawClient, settings: Record<string, string>): Promise<unknown> =>
  client.request(incrementalAlterConfigs, 1, {
    resources: [{ resourceType: 32, resourceName: GROUP, configs: Object.entries(settings).map(([name, value]) => ({ name, configOperation: 0, value })) }], validateOnly: false,
  })

let broker: Broker
let admin: RawClient
let topic: TestTopic

beforeEach(async () => {
  broker = await Broker.start()
  admin = await RawClient.connect(broker.address)
  topic = await createTopic(admin)
  await configure(admin, { 'share.auto.offset.reset': 'earliest' })
})

afterEach(async () => {
  admin.close()
  await broker.close()
})

const sharer = async (memberId: string): Promise<Sharer> => {
  const member = new Sharer(await RawClient.connect(broker.address), memberId, topic)
  await member.beat()
  return member
}

const five = (): Promise<unknown> => produceTo(admin, topic.name, batchOf(numbered(5)))

describe('a share group', () => {
  test('should share a partition: each record goes to one member', async () => {
    const [a, b] = [await sharer('a'), await sharer('b')]
    await five()
    await five()
    const partition = (await a.fetch({ maxRecords: 5 }))!
    expect(partition.acquiredRecords).toEqual([{ firstOffset: 0, lastOffset: 4, deliveryCount: 1 }])
    expect((await recordsIn(partition.records)).map(({ value }) => value)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4'])
    expect(await b.take()).toEqual([[5, 1], [6, 1], [7, 1], [8, 1], [9, 1]])
    expect(await a.take()).toEqual([])
    for (const member of [a, b]) member.client.close()
  })

  test('should wait for records, and for those that others give back', async () => {
    const [a, b] = [await sharer('a'), await sharer('b')]
    const waiting = a.take({ maxWaitMs: 20_000 })
    await five()
    expect(await waiting).toHaveLength(5)
    const waitingToo = b.take({ maxWaitMs: 20_000 })
    expect(await a.say(0, 4, 1, 2, 1, 2, 1)).toBe(0)
    expect(await waitingToo).toEqual([[1, 2], [3, 2]])
    for (const member of [a, b]) member.client.close()
  })

  test('should take records back from a member that ends its session, or whose connection is gone', async () => {
    const [a, b, c] = [await sharer('a'), await sharer('b'), await sharer('c')]
    await five()
    expect(await a.take()).toHaveLength(5)
    const waiting = b.take({ maxWaitMs: 20_000 })
    a.client.close()
    expect(await waiting).toHaveLength(5)
    const waitingToo = c.take({ maxWaitMs: 20_000 })
    const other = new Sharer(await RawClient.connect(broker.address), 'b', topic)
    await other.client.request(shareFetch, 2, { groupId: GROUP, memberId: 'b', shareSessionEpoch: -1, maxWaitMs: 0, minBytes: 0, maxRecords: 0, batchSize: 0, forgottenTopicsData: [], topics: [] })
    expect(await waitingToo).toHaveLength(5)
    for (const member of [b, c, other]) member.client.close()
  })

  test('should heed what a member says of its records after it has left, as librdkafka does', async () => {
    const [a, b] = [await sharer('a'), await sharer('b')]
    await five()
    expect(await a.take()).toHaveLength(5)
    await a.beat(-1)
    expect(await b.take()).toEqual([])
    expect(await a.say(0, 2, 1)).toBe(errorCodes.NONE)
    a.client.close()
    expect(await b.take({ maxWaitMs: 20_000 })).toEqual([[3, 1], [4, 1]])
    b.client.close()
  })

  test('should end a session with one of several brokers without taking back what another one gave', async () => {
    await using cluster = await Broker.start({ brokers: 2 })
    const [first, second] = await Promise.all(cluster.addresses.map((address) => RawClient.connect(address)))
    const assignments = [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds: [partitionIndex] }))
    const created = await first!.request(createTopics, 7, { topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments, configs: [] }], timeoutMs: 1000, validateOnly: false })
    const { name, topicId: id } = created.topics[0]!
    await configure(first!, { 'share.auto.offset.reset': 'earliest' })
    cluster.moveCoordinator(GROUP, 0)
    for (const partition of [0, 1]) await produceTo([first!, second!][partition]!, name, batchOf(numbered(1)), { partition })
    const ask = { groupId: GROUP, memberId: 'a', maxWaitMs: 0, minBytes: 1, maxRecords: 100, batchSize: 100, forgottenTopicsData: [] }
    const topics = (partitionIndex: number, acknowledgementBatches: Acknowledgements = []) => [{ topicId: id, partitions: [{ partitionIndex, acknowledgementBatches }] }]
    await first!.request(shareGroupHeartbeat, 1, { groupId: GROUP, memberId: 'a', memberEpoch: 0, subscribedTopicNames: [name] })
    for (const partition of [0, 1]) {
      const answer = await [first!, second!][partition]!.request(shareFetch, 2, { ...ask, shareSessionEpoch: 0, topics: topics(partition) })
      expect(answer.responses[0]!.partitions[0]!.acquiredRecords).toHaveLength(1)
    }
    await first!.request(shareAcknowledge, 2, { ...ask, shareSessionEpoch: -1, topics: [] })
    const answer = await second!.request(shareAcknowledge, 2, { ...ask, shareSessionEpoch: -1, topics: topics(1, [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]) })
    expect(answer.responses[0]!.partitions[0]!.errorCode).toBe(errorCodes.NONE)
    for (const client of [first!, second!]) client.close()
  })

  test('should hide the records of aborted transactions when it is to read what is committed', async () => {
    await configure(admin, { 'share.isolation.level': 'read_committed' })
    const producer = await new RawTransactions(admin).init()
    await producer.produce(topic, 0, { count: 2 })
    const a = await sharer('a')
    expect(await a.take()).toEqual([])
    await producer.end(false)
    await producer.produce(topic, 0, { count: 2 })
    await producer.end(true)
    expect((await a.take()).map(([offset]) => offset)).toEqual([3, 4])
    a.client.close()
  })

  test('should be listed, and go with its topics', async () => {
    const a = await sharer('a')
    await five()
    await a.take()
    expect((await admin.request(listGroups, 5, { typesFilter: ['share'] })).groups).toMatchObject([{ groupId: GROUP, groupState: 'Stable', groupType: 'share', protocolType: 'share' }])
    const offsets = async () => (await admin.request(describeShareGroupOffsets, 1, { groups: [{ groupId: GROUP, topics: undefined }] })).groups[0]!.topics
    expect(await offsets()).toMatchObject([{ topicName: topic.name, partitions: [{ startOffset: 0, lag: 5 }] }])
    await admin.request(deleteTopics, 6, { topics: [{ topicId: topic.id }], timeoutMs: 1000 })
    expect(await offsets()).toEqual([])
    expect((await a.fetch())!.errorCode).toBe(errorCodes.UNKNOWN_TOPIC_ID)
    a.client.close()
  })

  test('should know over a restart what it is done with, and who its members are', () => withDirectory(async (dir) => {
    const life = async (run: (client: RawClient) => Promise<void>): Promise<void> => {
      await using one = await Broker.start({ dir })
      const client = await RawClient.connect(one.address)
      await run(client)
      client.close()
    }
    let kept: TestTopic
    let memberEpoch = 0
    await life(async (client) => {
      kept = await createTopic(client)
      await configure(client, { 'share.auto.offset.reset': 'earliest' })
      await produceTo(client, kept.name, batchOf(numbered(6)))
      const a = new Sharer(client, 'a', kept)
      memberEpoch = (await a.beat()).memberEpoch
      await a.take()
      expect(await a.say(0, 5, 1, 2, 1, 1, 3, 2)).toBe(0)
    })
    await life(async (client) => {
      const a = new Sharer(client, 'a', kept)
      expect(await a.beat(memberEpoch)).toMatchObject({ errorCode: 0, memberEpoch })
      expect((await a.take()).map(([offset]) => offset)).toEqual([1, 5])
    })
  }))

  test('should be told who leads a partition that another broker leads', async () => {
    await using cluster = await Broker.start({ brokers: 2 })
    const client = await RawClient.connect(cluster.addresses[0]!)
    const created = await client.request(createTopics, 7, { topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }], configs: [] }], timeoutMs: 1000, validateOnly: false })
    const a = new Sharer(client, 'a', { name: 't', id: created.topics[0]!.topicId })
    expect(await a.fetch()).toMatchObject({ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: 1, leaderEpoch: 0 } })
    client.close()
  })
})
