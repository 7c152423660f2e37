import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Broker } from '../../lib/broker/index.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { metadata, offsetCommit } from '../../lib/protocol/index.ts'
import { batchOf, numbered, recordsIn } from './helpers/batches.ts'
import { RawClient } from './helpers/raw-client.ts'
import { withDirectory } from './helpers/test-log.ts'
import { createTopic, endOffset, fetchFrom, produceTo, until } from './helpers/topics.ts'

const brokersSeenBy = async (address: string): Promise<string[]> => {
  const client = await RawClient.connect(address)
  const { brokers } = await client.request(metadata, 8, { topics: [] })
  client.close()
  return brokers.map(({ nodeId, host, port }) => `${nodeId} ${host}:${port}`)
}

describe('Broker', () => {
  test('should listen on a free port of this machine, and tell clients that address', async () => {
    await using broker = await Broker.start()
    expect(broker.address).toBe(`127.0.0.1:${broker.port}`)
    expect(await brokersSeenBy(broker.address)).toEqual([`0 ${broker.address}`])
  })

  test('should tell clients the address they reached when it listens on all', async () => {
    await using broker = await Broker.start({ host: '0.0.0.0', nodeId: 7 })
    expect(await brokersSeenBy(`127.0.0.1:${broker.port}`)).toEqual([`7 127.0.0.1:${broker.port}`])
  })

  test('should tell clients the advertised host', async () => {
    await using broker = await Broker.start({ advertisedHost: 'localhost' })
    expect(await brokersSeenBy(`127.0.0.1:${broker.port}`)).toEqual([`0 localhost:${broker.port}`])
  })

  test('should make topics of numPartitions on first use, or none when it must not', async () => {
    await using broker = await Broker.start({ numPartitions: 5 })
    await using strict = await Broker.start({ autoCreateTopics: false })
    const partitions = async (address: string): Promise<number> => {
      const client = await RawClient.connect(address)
      const { topics } = await client.request(metadata, 5, { topics: [{ name: 't' }] as never })
      client.close()
      return topics[0]!.partitions.length
    }
    expect([await partitions(broker.address), await partitions(strict.address)]).toEqual([5, 0])
  })

  test('should compact a topic when it is asked to', async () => {
    await using broker = await Broker.start()
    const client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client, 1, { 'cleanup.policy': 'compact' })
    for (const value of ['1', '2', '3']) await produceTo(client, name, batchOf([{ key: 'a', value }]))
    await broker.compact(name)
    expect((await recordsIn((await fetchFrom(client, name, 0)).records!)).length).toBe(3)
    await broker.compact(name, { includeActive: true })
    expect((await recordsIn((await fetchFrom(client, name, 0)).records!)).map(({ offset, value }) => [offset, value])).toEqual([[2, '3']])
    await expect(broker.compact('no such topic')).rejects.toMatchObject({ code: 'MILLRACE_BROKER_UNKNOWN_TOPIC' })
    client.close()
  })

  test('should apply retention when it is asked to', async () => {
    await using broker = await Broker.start()
    const client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client, 1, { 'retention.ms': '1000' })
    await produceTo(client, name, batchOf([{ value: 'old', timestamp: Date.now() - 5000 }]))
    broker.runRetention()
    expect(await endOffset(client, name, 0, -2)).toBe(1)
    client.close()
  })

  test('should look round by itself in the intervals of its settings', async () => {
    await using broker = await Broker.start({ config: { 'log.retention.check.interval.ms': 20, 'log.cleaner.backoff.ms': 20 } })
    const client = await RawClient.connect(broker.address)
    const short = await createTopic(client, 1, { 'retention.ms': '1000' })
    const compacted = await createTopic(client, 1, { 'cleanup.policy': 'compact', 'segment.bytes': '100', 'min.cleanable.dirty.ratio': '0.01' })
    await produceTo(client, short.name, batchOf([{ value: 'old', timestamp: Date.now() - 5000 }]))
    for (const value of ['1', '2', '3']) await produceTo(client, compacted.name, batchOf([{ key: 'a', value }]))
    await until(async () => (await endOffset(client, short.name, 0, -2)) === 1)
    // The first of its segments is what the first fetch brings.
    await until(async () => (await recordsIn((await fetchFrom(client, compacted.name, 0)).records!)).map(({ value }) => value).join() === '2')
    client.close()
  })

  test('should stay within its memory for as long as retention lets records go, and say so when it does not', async () => {
    await using broker = await Broker.start({ limits: { maxLogBytes: 2_000_000 } })
    const client = await RawClient.connect(broker.address)
    const produce = (topic: string) => produceTo(client, topic, batchOf([{ value: 'x'.repeat(50_000) }]))
    const passing = await createTopic(client, 1, { 'retention.bytes': '200000' })
    for (let i = 0; i < 200; i++) expect(await produce(passing.name)).toMatchObject({ errorCode: errorCodes.NONE, baseOffset: i })
    const kept = (await endOffset(client, passing.name, 0, -1))! - (await endOffset(client, passing.name, 0, -2))!
    expect(kept).toBeGreaterThanOrEqual(4)
    expect(kept).toBeLessThan(40)
    const staying = await createTopic(client)
    let answer = await produce(staying.name)
    while (answer.errorCode === errorCodes.NONE) answer = await produce(staying.name)
    expect(answer).toMatchObject({ errorCode: errorCodes.POLICY_VIOLATION, errorMessage: expect.stringContaining('limits.maxLogBytes') as string })
    expect(await endOffset(client, staying.name)).toBeGreaterThan(15)
    client.close()
  })

  test('should answer KAFKA_STORAGE_ERROR when it cannot write something down, tell its owner, and live on', () => withDirectory(async (dir) => {
    const said: object[] = []
    const broker = await Broker.start({ dir, logger: { ...silentLogger, error: (fields) => said.push(fields) } })
    const client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client)
    // The journal is written anew when it has grown, which this prevents.
    mkdirSync(path.join(dir, 'journal.log.new'))
    const commit = (times: number): Promise<number[]> => client.request(offsetCommit, 8, {
      groupId: 'g', topics: [{ name, partitions: Array.from({ length: times }, (_, i) => ({ partitionIndex: 0, committedOffset: i, committedMetadata: 'x'.repeat(4000) })) }],
    }).then(({ topics }) => [...new Set(topics[0]!.partitions.map(({ errorCode }) => errorCode))])
    expect(await commit(1)).toEqual([errorCodes.NONE])
    expect(await commit(1100)).toEqual([errorCodes.KAFKA_STORAGE_ERROR])
    expect(await commit(1)).toEqual([errorCodes.KAFKA_STORAGE_ERROR])
    expect(await produceTo(client, name, batchOf(numbered(1)))).toMatchObject({ errorCode: errorCodes.NONE })
    expect(said[0]).toMatchObject({ error: expect.stringContaining('the journal cannot be written') as string })
    client.close()
    await broker.close()
  }))

  test('should close connections that have been silent for connections.max.idle.ms', async () => {
    await using broker = await Broker.start({ config: { 'connections.max.idle.ms': 50 } })
    const client = await RawClient.connect(broker.address)
    await client.closed
  })

  test('should end fetches that wait, and be closable twice', async () => {
    const broker = await Broker.start()
    const client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client)
    const waiting = fetchFrom(client, name, 0, { maxWaitMs: 60_000 })
    waiting.catch(() => {})
    await Promise.all([broker.close(), broker.close()])
    await expect(waiting).rejects.toThrow('closed')
    await expect(RawClient.connect(broker.address)).rejects.toThrow()
  })
})
