import { errorCodes } from '../../lib/protocol/error-table.ts'
import { Broker } from '../../lib/broker/index.ts'
import type { FaultDecision } from '../../lib/broker/index.ts'
import { apiKeys } from '../../lib/broker/faults/api-names.ts'
import { definitions, fetch, metadata, produce } from '../../lib/protocol/index.ts'
import { batchOf, numbered } from './helpers/batches.ts'
import { RawClient } from './helpers/raw-client.ts'
import { createTopic, endOffset, produceTo } from './helpers/topics.ts'

const PRODUCE = 0
const METADATA = 3

let broker: Broker
let client: RawClient
let topic: string

beforeEach(async () => {
  broker = await Broker.start()
  client = await RawClient.connect(broker.address)
  topic = (await createTopic(client)).name
})

afterEach(async () => {
  client.close()
  await broker.close()
})

/** A fault for the first request only. */
const once = (decision: FaultDecision): (() => FaultDecision | undefined) => {
  let left = 1
  return () => (left-- > 0 ? decision : undefined)
}

describe('faults on request', () => {
  test('should answer with an error instead of doing what was asked', async () => {
    broker.control(PRODUCE, once({ error: errorCodes.NOT_LEADER_OR_FOLLOWER }))
    expect((await produceTo(client, topic, batchOf(numbered(1)))).errorCode).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    expect(await endOffset(client, topic)).toBe(0)
    expect((await produceTo(client, topic, batchOf(numbered(1)))).errorCode).toBe(errorCodes.NONE)
  })

  test('should close the connection before the request takes effect', async () => {
    broker.control(PRODUCE, once({ disconnect: 'before' }))
    await expect(produceTo(client, topic, batchOf(numbered(1)))).rejects.toThrow('closed')
    client = await RawClient.connect(broker.address)
    expect(await endOffset(client, topic)).toBe(0)
  })

  test('should close the connection after the request took effect', async () => {
    broker.control(PRODUCE, once({ disconnect: 'after' }))
    await expect(produceTo(client, topic, batchOf(numbered(1)))).rejects.toThrow('closed')
    client = await RawClient.connect(broker.address)
    expect(await endOffset(client, topic)).toBe(1)
  })

  test('should delay a request', async () => {
    broker.control(PRODUCE, once({ delayMs: 100 }))
    const started = performance.now()
    expect((await produceTo(client, topic, batchOf(numbered(1)))).errorCode).toBe(errorCodes.NONE)
    expect(performance.now() - started).toBeGreaterThan(80)
  })

  test('should hold up everything of the connection behind a request that waits for its decision, but nobody else', async () => {
    let decide = (): void => {}
    const decided = new Promise<void>((resolve) => (decide = resolve))
    const stop = broker.control(PRODUCE, () => decided.then(() => undefined))
    const answers = [0, 1, 2].map(() => produceTo(client, topic, batchOf(numbered(1))))
    expect(await new Promise<string>((resolve) => {
      void endOffset(client, topic).then(() => resolve('answered'))
      void RawClient.connect(broker.address).then(async (other) => {
        const end = await endOffset(other, topic)
        other.close()
        resolve(`the others see ${end}`)
      })
    })).toBe('the others see 0')
    decide()
    expect((await Promise.all(answers)).map(({ baseOffset }) => baseOffset)).toEqual([0, 1, 2])
    stop()
  })

  test('should let a function see the request and change the response', async () => {
    const seen: unknown[] = []
    const stop = broker.control(METADATA, ({ apiVersion, clientId, request }) => {
      seen.push([apiVersion, clientId, request])
      return { alter: (response) => ({ ...response, controllerId: 77 }) }
    })
    expect((await client.request(metadata, 8, { topics: [] })).controllerId).toBe(77)
    stop()
    expect((await client.request(metadata, 8, { topics: [] })).controllerId).toBe(0)
    expect(seen).toEqual([[8, 'raw', expect.objectContaining({ topics: [] })]])
  })

  test('should go by the names of requests, too, and know their types', async () => {
    broker.control('Metadata', ({ request, nodeId }) => (request.topics?.length === 0 ? { alter: (response) => ({ ...response, controllerId: nodeId + 5 }) } : undefined))
    expect((await client.request(metadata, 8, { topics: [] })).controllerId).toBe(5)
  })

  test('should refuse single partitions and serve the others', async () => {
    const { name, id } = await createTopic(client, 3)
    const refused = (topicName: string, partition: number): number | undefined => (topicName === name && partition === 1 ? errorCodes.NOT_ENOUGH_REPLICAS : undefined)
    const stops = ([0, 1, 2] as const).map((api) => broker.control(api, () => ({ errorFor: refused })))
    for (const version of [9, 13]) {
      const { responses } = await client.request(produce, version, {
        acks: -1, timeoutMs: 1000, topicData: [{ name, topicId: id, partitionData: [0, 1, 2].map((index) => ({ index, records: batchOf(numbered(1)) })) }],
      })
      const errors = responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ index, errorCode }) => [index, errorCode]))
      expect(errors.sort()).toEqual([[0, 0], [1, errorCodes.NOT_ENOUGH_REPLICAS], [2, 0]])
    }
    const started = performance.now()
    const fetched = await client.request(fetch, 12, {
      maxWaitMs: 10_000, minBytes: 1_000_000, sessionEpoch: 0, topics: [{ topic: name, partitions: [0, 1, 2].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 })) }],
    })
    const found = fetched.responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex, errorCode, records }) => [partitionIndex, errorCode, (records?.length ?? 0) > 0]))
    expect(found.sort()).toEqual([[0, 0, true], [1, errorCodes.NOT_ENOUGH_REPLICAS, false], [2, 0, true]])
    expect([fetched.sessionId, performance.now() - started < 5000]).toEqual([0, true])
    for (const stop of stops) stop()
    expect([await endOffset(client, name, 0), await endOffset(client, name, 1)]).toEqual([2, 0])
  })

  test('should have a session of fetches say all again before it refuses a part of it', async () => {
    const opened = await client.request(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionEpoch: 0, topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }] })
    const stop = broker.control('Fetch', () => ({ errorFor: () => errorCodes.KAFKA_STORAGE_ERROR }))
    const next = await client.request(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionId: opened.sessionId, sessionEpoch: 1, topics: [] })
    expect(next.errorCode).toBe(errorCodes.FETCH_SESSION_ID_NOT_FOUND)
    stop()
  })

  test('should tell of things as they were while metadata is frozen', async () => {
    const thaw = broker.freezeMetadata()
    broker.moveLeader(topic, 0)
    const later = (await createTopic(client).catch(() => ({ name: 'never' }))).name
    const told = async (name: string): Promise<[error: number, epoch: number | undefined]> => {
      const { topics } = await client.request(metadata, 9, { topics: [{ name }], allowAutoTopicCreation: false })
      return [topics[0]!.errorCode, topics[0]!.partitions[0]?.leaderEpoch]
    }
    expect([await told(topic), await told(later)]).toEqual([[0, 0], [errorCodes.UNKNOWN_TOPIC_OR_PARTITION, undefined]])
    expect((await client.request(metadata, 9, { topics: undefined, allowAutoTopicCreation: false })).topics.map(({ name }) => name)).toEqual([topic])
    thaw()
    expect(await told(topic)).toEqual([0, 1])
  })

  test('should know all requests by their names', () => {
    for (const [name, key] of Object.entries(apiKeys)) expect(definitions.get(key)?.name).toBe(name)
    expect([...definitions.values()].map(({ name }) => name).filter((name) => !(name in apiKeys) && !name.startsWith('Sasl'))).toEqual([])
  })

  test('should be able to fail every api with an error code of its own', async () => {
    for (let apiKey = 0; apiKey <= 75; apiKey++) broker.control(apiKey, () => ({ error: errorCodes.UNKNOWN_SERVER_ERROR }))
    const answer = await client.request(produce, 9, { acks: -1, timeoutMs: 1, topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(numbered(1)) }] }] })
    expect(answer.responses[0]!.partitionResponses[0]!.errorCode).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
  })
})
