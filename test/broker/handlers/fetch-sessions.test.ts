import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { createPartitions, createTopics, deleteRecords, deleteTopics, fetch } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { brokerUnderTest } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, endOffset, eventually, produceTo } from '../helpers/topics.ts'
import type { TestTopic } from '../helpers/topics.ts'

const NONE: RequestInput<typeof fetch>['topics'] = []

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

type FetchAnswer = ResponseOf<typeof fetch>
type Wishes = RequestInput<typeof fetch>['topics']

/** Partitions of one topic from one offset each. */
const from = ({ name, id }: TestTopic, offsets: Readonly<Record<number, number>>, partitionMaxBytes = 1_000_000): Wishes => [
  { topic: name, topicId: id, partitions: Object.entries(offsets).map(([partition, fetchOffset]) => ({ partition: Number(partition), fetchOffset, partitionMaxBytes })) },
]

const forget = ({ name, id }: TestTopic, ...partitions: number[]): RequestInput<typeof fetch>['forgottenTopicsData'] => [{ topic: name, topicId: id, partitions }]

/** One fetch after the other of the same client. */
class Session {
  id = 0
  epoch = 0
  readonly #version: number

  constructor(version: number) {
    this.#version = version
  }

  async fetch(topics: Wishes = NONE, options: Partial<RequestInput<typeof fetch>> = {}): Promise<FetchAnswer> {
    const answer = await client.request(fetch, this.#version, { maxWaitMs: 0, minBytes: 1, sessionId: this.id, sessionEpoch: this.epoch, ...options, topics })
    if (this.epoch === 0) this.id = answer.sessionId
    this.epoch++
    return answer
  }
}

const partitionsIn = (answer: FetchAnswer): [partition: number, errorCode: number, bytes: number][] =>
  answer.responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex, errorCode, records }): [number, number, number] => [partitionIndex, errorCode, records?.length ?? 0])).sort(([a], [b]) => a - b)

const numbersIn = (answer: FetchAnswer): number[] => partitionsIn(answer).map(([partition]) => partition)

describe.each([['by topic name', 12], ['by topic id', 17]])('Fetch sessions (%s)', (_how, version) => {
  test('should tell everything at first, and after that only of partitions with news', async () => {
    const topic = await createTopic(client, 3)
    const session = new Session(version)
    expect(numbersIn(await session.fetch(from(topic, { 0: 0, 1: 0, 2: 0 })))).toEqual([0, 1, 2])
    expect(session.id).toBeGreaterThan(0)
    expect(await session.fetch()).toMatchObject({ errorCode: 0, sessionId: session.id, responses: [] })
    await produceTo(client, topic.name, batchOf(numbered(3)), { partition: 1 })
    const answer = await session.fetch()
    expect(partitionsIn(answer)).toEqual([[1, 0, batchOf(numbered(3)).length]])
    expect(version < 13 ? answer.responses[0]!.topic : answer.responses[0]!.topicId).toBe(version < 13 ? topic.name : topic.id)
    // Until the client says that it has them, the records are news.
    expect(numbersIn(await session.fetch())).toEqual([1])
    expect(numbersIn(await session.fetch(from(topic, { 1: 3 })))).toEqual([])
  })

  test('should wait for records of the partitions that it knows', async () => {
    const topic = await createTopic(client, 2)
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0, 1: 0 }))
    const waiting = session.fetch(NONE, { maxWaitMs: 10_000 })
    const other = await RawClient.connect(broker.address)
    await produceTo(other, topic.name, batchOf(numbered(1)), { partition: 1 })
    other.close()
    expect(numbersIn(await waiting)).toEqual([1])
  })

  test('should tell of a high watermark and a log start that moved, without records', async () => {
    const topic = await createTopic(client, 2)
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0, 1: 0 }))
    await produceTo(client, topic.name, batchOf(numbered(4)))
    // The client asks from behind the records: there is nothing for it but that they are there.
    const moved = await session.fetch(from(topic, { 0: 4 }))
    expect(moved.responses[0]!.partitions).toMatchObject([{ partitionIndex: 0, errorCode: 0, highWatermark: 4, logStartOffset: 0 }])
    await client.request(deleteRecords, 2, { timeoutMs: 1000, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 2 }] }] })
    expect((await session.fetch()).responses[0]!.partitions).toMatchObject([{ partitionIndex: 0, highWatermark: 4, logStartOffset: 2 }])
    expect(numbersIn(await session.fetch())).toEqual([])
  })

  test('should tell of errors each time', async () => {
    const topic = await createTopic(client, 1)
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0 }))
    expect(partitionsIn(await session.fetch(from(topic, { 0: 99 })))).toEqual([[0, errorCodes.OFFSET_OUT_OF_RANGE, 0]])
    expect(partitionsIn(await session.fetch())).toEqual([[0, errorCodes.OFFSET_OUT_OF_RANGE, 0]])
    expect(partitionsIn(await session.fetch(from(topic, { 0: 0 })))).toEqual([[0, 0, 0]])
    expect(partitionsIn(await session.fetch())).toEqual([])
  })

  test('should take partitions in and forget them', async () => {
    const topic = await createTopic(client, 3)
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0, 1: 0 }))
    expect(numbersIn(await session.fetch(from(topic, { 2: 0 }), { forgottenTopicsData: forget(topic, 0) }))).toEqual([2])
    for (const partition of [0, 1, 2]) await produceTo(client, topic.name, batchOf(numbered(1)), { partition })
    expect(numbersIn(await session.fetch())).toEqual([1, 2])
  })

  test('should end when nothing is left of it, or when the client says so', async () => {
    const topic = await createTopic(client, 1)
    const emptied = new Session(version)
    await emptied.fetch(from(topic, { 0: 0 }))
    expect(await emptied.fetch(NONE, { forgottenTopicsData: forget(topic, 0) })).toMatchObject({ errorCode: 0, sessionId: 0 })
    expect((await emptied.fetch()).errorCode).toBe(errorCodes.FETCH_SESSION_ID_NOT_FOUND)
    const closed = new Session(version)
    await closed.fetch(from(topic, { 0: 0 }))
    expect(await closed.fetch(from(topic, { 0: 0 }), { sessionEpoch: -1 })).toMatchObject({ errorCode: 0, sessionId: 0, responses: [{}] })
    expect((await closed.fetch(NONE, { sessionEpoch: 1 })).errorCode).toBe(errorCodes.FETCH_SESSION_ID_NOT_FOUND)
  })

  test('should refuse sessions and epochs that it does not know', async () => {
    const topic = await createTopic(client, 1)
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0 }))
    expect(await session.fetch(NONE, { sessionEpoch: 7 })).toMatchObject({ errorCode: errorCodes.INVALID_FETCH_SESSION_EPOCH, sessionId: 0, responses: [] })
    expect(await session.fetch(NONE, { sessionEpoch: 1 })).toMatchObject({ errorCode: 0, sessionId: session.id })
    expect(await session.fetch(NONE, { sessionEpoch: 1 })).toMatchObject({ errorCode: errorCodes.INVALID_FETCH_SESSION_EPOCH })
    expect(await session.fetch(NONE, { sessionId: session.id + 1, sessionEpoch: 1 })).toMatchObject({ errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 })
  })

  test('should give every partition its turn when an answer does not hold them all', async () => {
    const topic = await createTopic(client, 3)
    for (const partition of [0, 1, 2]) await produceTo(client, topic.name, batchOf(numbered(5)), { partition })
    const session = new Session(version)
    await session.fetch(from(topic, { 0: 0, 1: 0, 2: 0 }), { maxBytes: 1 })
    const withRecords = (answer: FetchAnswer): number[] => partitionsIn(answer).filter(([, , bytes]) => bytes > 0).map(([partition]) => partition)
    const turns: number[] = []
    for (let i = 0; i < 3; i++) turns.push(...withRecords(await session.fetch(NONE, { maxBytes: 1 })))
    expect(turns.sort()).toEqual([0, 1, 2])
  })

  test('should notice partitions that come to be later', async () => {
    const topic = await createTopic(client, 1)
    const session = new Session(version)
    expect(partitionsIn(await session.fetch(from(topic, { 0: 0, 1: 0 })))).toEqual([[0, 0, 0], [1, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 0]])
    await client.request(createPartitions, 3, { timeoutMs: 10_000, topics: [{ name: topic.name, count: 2, assignments: undefined }], validateOnly: false })
    await eventually(() => endOffset(client, topic.name, 1))
    expect(partitionsIn(await session.fetch())).toEqual([[1, 0, 0]])
  })
})

describe('Fetch sessions', () => {
  const recreate = async ({ name, id }: TestTopic): Promise<void> => {
    await client.request(deleteTopics, 6, { timeoutMs: 10_000, topics: [{ topicId: id }] })
    await eventually(async () => ((await endOffset(client, name)) === undefined ? true : undefined))
    const create = async (): Promise<number> =>
      (await client.request(createTopics, 7, { timeoutMs: 10_000, topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }] })).topics[0]!.errorCode
    await eventually(async () => ((await create()) === 0 ? true : undefined))
    await eventually(() => endOffset(client, name))
  }

  test('should not mix names and ids of topics', async () => {
    const topic = await createTopic(client, 1)
    const byName = new Session(12)
    await byName.fetch(from(topic, { 0: 0 }))
    const mixed = await client.request(fetch, 17, { maxWaitMs: 0, minBytes: 1, sessionId: byName.id, sessionEpoch: 1, topics: from(topic, { 0: 0 }) })
    expect(mixed).toMatchObject({ errorCode: errorCodes.FETCH_SESSION_TOPIC_ID_ERROR, sessionId: 0 })
  })

  test('should tell of a topic that was created anew under its name', async () => {
    const topic = await createTopic(client, 1)
    const byId = new Session(17)
    await byId.fetch(from(topic, { 0: 0 }))
    await recreate(topic)
    expect(partitionsIn(await byId.fetch())).toEqual([[0, errorCodes.INCONSISTENT_TOPIC_ID, 0]])
  })

  test('should tell of a topic that is gone', async () => {
    const topic = await createTopic(client, 1)
    const [byId, byName] = [new Session(17), new Session(12)]
    await byId.fetch(from(topic, { 0: 0 }))
    await byName.fetch(from(topic, { 0: 0 }))
    await client.request(deleteTopics, 6, { timeoutMs: 10_000, topics: [{ topicId: topic.id }] })
    await eventually(async () => ((await endOffset(client, topic.name)) === undefined ? true : undefined))
    expect(partitionsIn(await byId.fetch())).toEqual([[0, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 0]])
    expect(partitionsIn(await byName.fetch())).toEqual([[0, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 0]])
    expect(partitionsIn(await new Session(17).fetch(from(topic, { 0: 0 })))).toEqual([[0, errorCodes.UNKNOWN_TOPIC_ID, 0]])
  })
})
