import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Broker } from '../../lib/broker/index.ts'
import { Admin } from '../../lib/client/admin.ts'
import { Cluster } from '../../lib/client/cluster.ts'
import { Fetcher } from '../../lib/client/fetcher.ts'
import { GroupMember } from '../../lib/client/group.ts'
import { Producer } from '../../lib/client/producer.ts'
import { readChunk } from './read-batch.ts'
import { ScriptedBroker } from './scripted-broker.ts'
import { TestCluster, unique, until } from './test-cluster.ts'

const quick = { retryBackoffMs: 5, retryBackoffMaxMs: 50, reconnectBackoffMs: 5, reconnectBackoffMaxMs: 50 }

/** A port that nobody listens on. */
const deadAddress = async (): Promise<string> => {
  const broker = await ScriptedBroker.start()
  const { address } = broker
  await broker.close()
  return address
}

describe('Cluster', () => {
  let kafka: TestCluster

  beforeAll(async () => {
    kafka = await TestCluster.start()
  })

  afterAll(() => kafka.close())

  test('should know brokers, topics and leaders', async () => {
    const topic = await kafka.topic('known', { numPartitions: 2 })
    const cluster = kafka.open()
    await cluster.connect()
    expect(cluster.clusterId).toEqual(expect.any(String))
    const nodes = cluster.brokers().map((broker) => broker.nodeId)
    expect(cluster.topic(topic)).toBeUndefined()
    expect(cluster.leader(topic, 0)).toBe(-1)
    const found = await cluster.metadata([topic])
    expect(found.get(topic)?.partitions).toHaveLength(2)
    expect(nodes).toContain(cluster.leader(topic, 1))
  })

  test('should not create a topic by asking for it', async () => {
    const topic = unique('asked')
    const cluster = kafka.open()
    expect((await cluster.metadata([topic])).size).toBe(0)
    expect((await cluster.metadata()).has(topic)).toBe(false)
  })

  test('should use another bootstrap server when one is dead', async () => {
    const cluster = kafka.open({ bootstrapServers: [await deadAddress(), kafka.address, await deadAddress()] })
    await cluster.connect()
    expect(cluster.brokers().length).toBeGreaterThan(0)
  })

  test('should say which servers do not answer when none does', async () => {
    const dead = await deadAddress()
    const cluster = new Cluster({ bootstrapServers: [dead], requestTimeoutMs: 100, ...quick })
    await expect(cluster.connect()).rejects.toMatchObject({
      code: 'MILLRACE_CLIENT_BROKER_UNAVAILABLE',
      retriable: true,
      message: expect.stringContaining(dead) as string,
    })
    await cluster.close()
  })

  test('should reject what is under way when it is closed', async () => {
    const cluster = new Cluster({ bootstrapServers: [await deadAddress()], ...quick })
    const connecting = cluster.connect()
    await cluster.close()
    await expect(connecting).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_CLOSED' })
    await expect(cluster.connect()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_CLOSED' })
  })
})

describe('Cluster on a server that hangs up', () => {
  test('should pause longer after each failure to connect', async () => {
    const broker = await ScriptedBroker.start()
    broker.answersVersions = false
    const cluster = new Cluster({ bootstrapServers: [broker.address], reconnectBackoffMs: 20, reconnectBackoffMaxMs: 1000 })
    const started = performance.now()
    for (let attempt = 0; attempt < 4; attempt++) {
      const connecting = cluster.connection(-1, 'admin')
      void broker.next().then((request) => request.disconnect())
      await expect(connecting).rejects.toMatchObject({ retriable: true })
    }
    // 20, 40 and 80 ms, each a fifth shorter at most.
    expect(performance.now() - started).toBeGreaterThanOrEqual(112)
    expect(broker.connections).toBe(4)
    await cluster.close()
    await broker.close()
  })

  test('should share one attempt among all that want the connection', async () => {
    const broker = await ScriptedBroker.start()
    const cluster = new Cluster({ bootstrapServers: [broker.address] })
    const [a, b] = await Promise.all([cluster.connection(-1, 'admin'), cluster.connection(-1, 'admin')])
    expect(a).toBe(b)
    expect(await cluster.connection(-1, 'fetch')).not.toBe(a)
    expect(broker.connections).toBe(2)
    cluster.closeLane(0)
    expect(a.alive).toBe(false)
    await cluster.close()
    await broker.close()
  })
})

describe('the client', () => {
  test('should go on by itself when the broker was away', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'millrace-client-'))
    const config = { 'group.initial.rebalance.delay.ms': 0 }
    let broker = await Broker.start({ port: 0, dir, config })
    const { port, address } = broker
    const cluster = new Cluster({ bootstrapServers: [address], ...quick })
    const producer = new Producer(cluster, { batchSize: 100 })
    const topic = 'restarted'
    await new Admin(cluster).createTopics([{ name: topic, numPartitions: 1 }])
    await producer.send(topic, [{ value: '0' }])

    const values: (string | undefined)[] = []
    const fetcher = new Fetcher(cluster, {
      maxWaitMs: 50,
      onChunk: (_topic, _partition, chunk) => {
        values.push(...readChunk(chunk).map((record) => record.value))
        chunk.release()
      },
    })
    fetcher.assign(topic, 0, 0)
    const member = new GroupMember(cluster, {
      groupId: 'restarted',
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 20,
      protocols: [{ name: 'p', metadata: () => Buffer.alloc(0) }],
      assign: () => new Map(),
      onAssignment: () => {},
    })
    await member.join()
    await until(() => values.length === 1)

    await broker.close()
    const sent = Array.from({ length: 50 }, (_, i) => producer.send(topic, [{ value: String(i + 1) }]))
    broker = await Broker.start({ port, dir, config })
    await Promise.all(sent)
    await until(() => values.length === 51)
    expect(values).toEqual(Array.from({ length: 51 }, (_, i) => String(i)))
    await until(() => member.state === 'stable')
    await member.commitOffsets(new Map([[`${topic}-0`, { offset: 51 }]]))

    await member.leave()
    await Promise.all([fetcher.close(), producer.close()])
    await cluster.close()
    await broker.close()
    rmSync(dir, { recursive: true })
  })
})
