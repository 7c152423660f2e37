import { offsetCommit, offsetFetch } from '../../lib/protocol/index.ts'
import { recordsIn } from './helpers/batches.ts'
import { startBrokerProcess } from './helpers/broker-process.ts'
import { RawClient } from './helpers/raw-client.ts'
import { StubbornProducer } from './helpers/stubborn-producer.ts'
import { withDirectory } from './helpers/test-log.ts'
import { createTopic, fetchFrom } from './helpers/topics.ts'

const rounds = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 4)
/** A round takes a second or two, and longer on a machine that is busy. */
const PATIENCE_MS = 60_000 + rounds * 10_000

/** All values of the topic's only partition, in order. */
const readAll = async (client: RawClient, topic: string): Promise<string[]> => {
  const values: string[] = []
  for (let offset = 0; ;) {
    const { records, highWatermark } = await fetchFrom(client, topic, offset)
    const found = await recordsIn(records ?? Buffer.alloc(0), offset)
    values.push(...found.map(({ value }) => value!))
    if (found.length === 0) {
      expect(offset).toBe(highWatermark)
      return values
    }
    offset = found.at(-1)!.offset + 1
  }
}

describe('a broker with a directory', () => {
  test('should have every acknowledged record once, in order, after it was killed with -9 again and again', () => withDirectory(async (directory) => {
    let broker = await startBrokerProcess('--port', '0', '--dir', directory, '--config', 'log.segment.bytes=20000')
    const args = ['--port', String(broker.port), '--dir', directory, '--config', 'log.segment.bytes=20000']
    let client = await RawClient.connect(broker.address)
    const { name, id } = await createTopic(client)
    client.close()
    const producer = new StubbornProducer(broker.address, name)
    for (let round = 1; round <= rounds; round++) {
      const sending = producer.sendUpTo(round * 500)
      const killAfter = (round - 1) * 500 + 200 + Math.floor(Math.random() * 250)
      while (producer.acknowledged < killAfter) await new Promise((resolve) => setImmediate(resolve))
      await broker.kill('SIGKILL')
      broker = await startBrokerProcess(...args)
      await sending
    }
    client = await RawClient.connect(broker.address)
    expect(await readAll(client, name)).toEqual(Array.from({ length: rounds * 500 }, (_, i) => String(i)))
    expect(id).toHaveLength(22)
    client.close()
    expect(await broker.kill('SIGTERM')).toBe(0)
  }), PATIENCE_MS)

  test('should keep topics, settings and committed offsets when it is killed right after it acknowledged them', () => withDirectory(async (directory) => {
    let broker = await startBrokerProcess('--port', '0', '--dir', directory)
    let client = await RawClient.connect(broker.address)
    const { name, id } = await createTopic(client, 3, { 'retention.ms': '1234567' })
    const commit = await client.request(offsetCommit, 8, { groupId: 'g', topics: [{ name, partitions: [{ partitionIndex: 2, committedOffset: 99 }] }] })
    expect(commit.topics[0]!.partitions[0]!.errorCode).toBe(0)
    await broker.kill('SIGKILL')
    broker = await startBrokerProcess('--port', '0', '--dir', directory)
    client = await RawClient.connect(broker.address)
    const found = await client.request(offsetFetch, 10, { groups: [{ groupId: 'g', topics: [{ topicId: id, partitionIndexes: [2] }] }] })
    expect(found.groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(99)
    client.close()
    await broker.kill('SIGKILL')
  }), 30_000)
})

describe('apps/broker', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('should print one line when it listens, and end cleanly with %s', async (signal) => {
    const broker = await startBrokerProcess('--port', '0')
    expect(await broker.kill(signal)).toBe(0)
    expect(broker.output()).toBe(`listening on ${broker.address}\n`)
  })

  test('should say what is wrong when it cannot listen', async () => {
    const broker = await startBrokerProcess('--port', '0')
    await expect(startBrokerProcess('--port', String(broker.port))).rejects.toThrow(/cannot listen on 127\.0\.0\.1/)
    await broker.kill('SIGTERM')
  })
})
