import { errorCodes } from '../../lib/protocol/error-table.ts'
import { Broker } from '../../lib/broker/index.ts'
import type { FaultDecision } from '../../lib/broker/index.ts'
import { metadata, produce } from '../../lib/protocol/index.ts'
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

  test('should be able to fail every api with an error code of its own', async () => {
    for (let apiKey = 0; apiKey <= 75; apiKey++) broker.control(apiKey, () => ({ error: errorCodes.UNKNOWN_SERVER_ERROR }))
    const answer = await client.request(produce, 9, { acks: -1, timeoutMs: 1, topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(numbered(1)) }] }] })
    expect(answer.responses[0]!.partitionResponses[0]!.errorCode).toBe(errorCodes.UNKNOWN_SERVER_ERROR)
  })
})
