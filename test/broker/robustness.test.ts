import fc from 'fast-check'
import { Broker } from '../../lib/broker/index.ts'
import { encodeRequest, fetch, metadata, produce } from '../../lib/protocol/index.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { batchOf, numbered } from './helpers/batches.ts'
import { RawClient } from './helpers/raw-client.ts'
import { createTopic, endOffset, produceTo } from './helpers/topics.ts'

let broker: Broker
let client: RawClient

beforeAll(async () => {
  broker = await Broker.start({ limits: { maxLogBytes: 1_000_000, maxRequestBytes: 200_000, maxConnections: 20 } })
  client = await RawClient.connect(broker.address)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

/** Sends bytes over a connection of their own and waits until they were dealt with. */
const offer = async (bytes: Uint8Array): Promise<void> => {
  const other = await RawClient.connect(broker.address)
  other.write(bytes)
  // Behind the bytes comes a frame that no broker reads: sooner or later the connection is closed.
  other.write(Buffer.from('ffffffff', 'hex'))
  const end = Buffer.alloc(4)
  end.writeInt32BE(2 ** 31 - 1)
  const filler = Buffer.alloc(200_000)
  other.write(end)
  other.write(filler)
  await other.closed
}

const framed = (body: Uint8Array): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

describe('the broker', () => {
  test('should live on whatever bytes come', () => fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
    await offer(framed(bytes))
    expect((await client.request(metadata, 5, { topics: [] })).brokers.length).toBe(1)
  }), { numRuns: 60 }))

  test('should live on whatever bodies come for the apis it has', () => fc.assert(fc.asyncProperty(
    fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 14 }), fc.uint8Array({ maxLength: 120 }), async (apiKey, version, body) => {
      const header = Buffer.alloc(11)
      header.writeInt16BE(apiKey, 0)
      header.writeInt16BE(version, 2)
      header.writeInt16BE(-1, 8)
      await offer(framed(Buffer.concat([header, body])))
      expect((await client.request(metadata, 5, { topics: [] })).brokers.length).toBe(1)
    },
  ), { numRuns: 200 }))

  test('should live on whatever byte of a good request is another', () => {
    const good = Buffer.concat([
      ...encodeRequest(produce, 9, { correlationId: 1, clientId: 'x' }, { acks: -1, timeoutMs: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(numbered(3)) }] }] }),
      ...encodeRequest(fetch, 12, { correlationId: 2, clientId: 'x' }, { maxWaitMs: 1, minBytes: 1, topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }] }),
    ])
    return fc.assert(fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.integer({ min: 0, max: 255 }), async (position, byte) => {
      const bytes = Buffer.from(good)
      bytes[position] = byte
      await offer(bytes)
      expect((await client.request(metadata, 5, { topics: [] })).brokers.length).toBe(1)
    }), { numRuns: 150 })
  })

  test('should close a connection that announces more than it reads', async () => {
    const other = await RawClient.connect(broker.address)
    const size = Buffer.alloc(4)
    size.writeInt32BE(200_001)
    other.write(size)
    await other.closed
  })

  test('should close connections over its limit, and take new ones when others went', async () => {
    const others = await Promise.all(Array.from({ length: 30 }, () => RawClient.connect(broker.address)))
    await Promise.all(others.slice(25).map(({ closed }) => closed))
    for (const other of others) other.close()
    await Promise.all(others.map(({ closed }) => closed))
    const again = await RawClient.connect(broker.address)
    expect((await again.request(metadata, 5, { topics: [] })).brokers.length).toBe(1)
    again.close()
  })

  test('should refuse records over its memory with an error that is not retried, and take them again when a topic went', async () => {
    const { name } = await createTopic(client)
    const batch = (): Buffer => batchOf([{ value: 'x'.repeat(100_000) }])
    let answer = await produceTo(client, name, batch())
    for (let i = 0; i < 20 && answer.errorCode === errorCodes.NONE; i++) answer = await produceTo(client, name, batch())
    expect(answer).toMatchObject({ errorCode: errorCodes.POLICY_VIOLATION, errorMessage: expect.stringContaining('limits.maxLogBytes') })
    expect(await endOffset(client, name)).toBeGreaterThan(5)
  })
})

test('Broker.start should refuse settings that do not exist or do not fit, and ports that are taken', async () => {
  await expect(Broker.start({ config: { 'no.such': 1 } })).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID' })
  await expect(Broker.start({ config: { 'num.partitions': 'many' } })).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID' })
  await using first = await Broker.start()
  await expect(Broker.start({ port: first.port })).rejects.toMatchObject({ code: 'MILLRACE_BROKER_LISTEN_FAILED' })
})
