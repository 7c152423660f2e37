import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { apiVersions, metadata } from '../../../lib/protocol/index.ts'
import { brokerUnderTest, isRealKafka } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'

let broker: BrokerUnderTest

beforeAll(async () => {
  broker = await brokerUnderTest()
})

afterAll(() => broker.close())

/** A request header of any api and version, with an empty client id and nothing behind it. */
const header = (apiKey: number, version: number, correlationId: number, body = Buffer.alloc(0)): Buffer => {
  const frame = Buffer.alloc(4 + 10 + body.length)
  frame.writeInt32BE(10 + body.length, 0)
  frame.writeInt16BE(apiKey, 4)
  frame.writeInt16BE(version, 6)
  frame.writeInt32BE(correlationId, 8)
  frame.writeInt16BE(-1, 12)
  body.copy(frame, 14)
  return frame
}

describe('ApiVersions', () => {
  test.each([0, 1, 2, 3, 4])('should tell in version %i what the broker can do', async (version) => {
    const client = await RawClient.connect(broker.address)
    const answer = await client.request(apiVersions, version, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    expect(answer.errorCode).toBe(errorCodes.NONE)
    const range = (key: number): { minVersion: number; maxVersion: number } | undefined => answer.apiKeys.find(({ apiKey }) => apiKey === key)
    expect(range(0)).toMatchObject({ minVersion: 0, maxVersion: 13 })
    expect(range(1)).toMatchObject({ minVersion: 4, maxVersion: 18 })
    expect(range(18)).toMatchObject({ minVersion: 0, maxVersion: isRealKafka ? expect.any(Number) : 4 })
    client.close()
  })

  test('should answer a version it does not have in layout 0 with its own range, and keep the connection', async () => {
    const client = await RawClient.connect(broker.address)
    const frame = client.nextFrame()
    client.write(header(18, 99, 7, Buffer.from([0])))
    expect((await frame).toString('hex')).toBe(`00000007${'0023'}${'00000001'}${'0012'}${'0000'}${'0004'}`)
    expect((await client.request(apiVersions, 0, {} as never)).errorCode).toBe(errorCodes.NONE)
    client.close()
  })
})

describe('a connection', () => {
  test.each([['a version it does not have', header(3, 99, 1)], ['an api that does not exist', header(999, 0, 1)], ['Produce version 2, though advertised', header(0, 2, 1)]])('should be closed after %s', async (_what, bytes) => {
    const client = await RawClient.connect(broker.address)
    client.write(bytes)
    await client.closed
  })

  test.each([['a negative size', -1], ['a size over the limit', 2 ** 31 - 1]])('should be closed after %s', async (_what, size) => {
    const client = await RawClient.connect(broker.address)
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size)
    client.write(bytes)
    await client.closed
  })

  test('should be closed after a request that cannot be read, and leave the others alone', async () => {
    const [bad, good] = [await RawClient.connect(broker.address), await RawClient.connect(broker.address)]
    bad.write(header(3, 5, 1, Buffer.from('7fffffff', 'hex')))
    await bad.closed
    expect((await good.request(metadata, 5, { topics: [] })).brokers.length).toBeGreaterThan(0)
    good.close()
  })

  test('should answer pipelined requests in their order', async () => {
    const client = await RawClient.connect(broker.address)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.request(i % 2 === 0 ? metadata : apiVersions, 3, { topics: [] } as never)))
    expect(answers.length).toBe(50)
    client.close()
  })
})
