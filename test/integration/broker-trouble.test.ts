import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Broker } from '../../lib/broker/index.ts'
import { Serdes, StreamsBuilder } from '../../lib/index.ts'
import { Apps, eventually, keyCount, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const PRODUCE = 0
const LIST_OFFSETS = 2
const OFFSET_COMMIT = 8
const HEARTBEAT = 12
const UNKNOWN_MEMBER_ID = 25
const NOT_COORDINATOR = 16
const NOT_LEADER_OR_FOLLOWER = 6

describe('an application on a cluster in trouble', () => {
  let directory: string
  let cluster: TestCluster
  let apps: Apps

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-broker-'))
    cluster = await TestCluster.embedded(directory)
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    await apps.closeAll()
    await cluster.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const sendRounds = async (topic: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await cluster.send(topic, Array.from({ length: 10 }, (_, key) => ({ key: `key-${key}`, value: String(round) })))
    }
  }
  const allAre = (count: number) => (counts: Map<string, number>): boolean =>
    counts.size === 10 && [...counts.values()].every((each) => each === count)

  test('should ride out a restart of the broker', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    await sendRounds(input, 3)
    const streams = await apps.start(keyCount(input, output), { applicationId: cluster.unique('restart') })
    await reader.until((read) => allAre(3)(lastCounts(read)))
    const startBroker = await cluster.stopBroker()
    const sending = sendRounds(input, 3)
    await startBroker()
    await sending
    const records = await reader.until((read) => [...lastCounts(read).values()].every((count) => count >= 6))
    expect(allAre(6)(lastCounts(records))).toBe(true)
    await eventually(() => streams.state === 'RUNNING')
  })

  test('should wait for a broker that comes up later', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const startBroker = await cluster.stopBroker()
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('later'), requestTimeoutMs: 200 })
    await streams.start()
    expect(streams.state).toBe('REBALANCING')
    await startBroker()
    await eventually(() => streams.state === 'RUNNING')
  })

  test('should close while it still waits for a broker', async () => {
    const startBroker = await cluster.stopBroker()
    const streams = apps.make(keyCount('in', 'out'), { applicationId: cluster.unique('never') })
    await streams.start()
    expect(await streams.close()).toBe(true)
    expect(streams.state).toBe('NOT_RUNNING')
    await startBroker()
  })

  test('should close while the broker is away, without having committed', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const streams = await apps.start(keyCount(input, output), { applicationId: cluster.unique('away'), commitIntervalMs: 60_000, requestTimeoutMs: 300 })
    await sendRounds(input, 1)
    await reader.until((read) => read.length === 10)
    const startBroker = await cluster.stopBroker()
    expect(await streams.close()).toBe(true)
    await startBroker()
    await apps.start(keyCount(input, output), { applicationId: cluster.unique('away') })
  })

  test('should try a commit again that the coordinator could not take', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('commit')
    await apps.start(keyCount(input, output), { applicationId })
    let refused = 0
    cluster.broker?.control(OFFSET_COMMIT, () => (refused++ < 3 ? { error: NOT_COORDINATOR } : undefined))
    await sendRounds(input, 1)
    await eventually(async () => (await cluster.admin.listGroupOffsets(applicationId)).get(`${input}-0`)?.offset === 10)
    expect(refused).toBeGreaterThan(3)
  })

  test('should begin again from its last commit when what it produced could not be delivered in time', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('undelivered')
    const reader = await cluster.read(output)
    const streams = await apps.start(keyCount(input, output), { applicationId, producer: { 'delivery.timeout.ms': 400, 'request.timeout.ms': 300 } })
    await sendRounds(input, 2)
    await reader.until((read) => allAre(2)(lastCounts(read)))
    const heal = cluster.broker?.control(PRODUCE, ({ clientId }) => (clientId.startsWith(applicationId) ? { error: NOT_LEADER_OR_FOLLOWER } : undefined))
    await sendRounds(input, 1)
    await eventually(() => streams.state === 'REBALANCING')
    heal?.()
    await reader.until((read) => [...lastCounts(read).values()].every((count) => count >= 3))
    await eventually(() => streams.state === 'RUNNING')
    expect(streams.error).toBeUndefined()
  })

  test('should give its tasks up without a commit and start again from the last one when the group has dropped it', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const states: string[] = []
    const reader = await cluster.read(output, 'read_committed')
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('lapse'), processingGuarantee: 'exactly_once_v2' })
    streams.setStateListener((state) => states.push(state))
    await streams.start()
    await eventually(() => streams.state === 'RUNNING')
    await sendRounds(input, 2)
    await reader.until((read) => allAre(2)(lastCounts(read)))
    let dropped = 0
    const stop = cluster.broker?.control(HEARTBEAT, () => (dropped++ === 0 ? { error: UNKNOWN_MEMBER_ID } : undefined))
    await eventually(() => states.filter((state) => state === 'RUNNING').length === 2)
    stop?.()
    await sendRounds(input, 1)
    const records = await reader.until((read) => [...lastCounts(read).values()].every((count) => count >= 3))
    expect(allAre(3)(lastCounts(records))).toBe(true)
    expect(states).toEqual(['REBALANCING', 'RUNNING', 'REBALANCING', 'RUNNING'])
  })

  test('should fill its global stores once brokers can say where their topics begin and end', async () => {
    const input = await cluster.topic('names')
    await cluster.send(input, [{ key: 'a', value: 'Ann' }])
    const builder = new StreamsBuilder()
    builder.globalTable(input, { key: Serdes.string, value: Serdes.string }, { store: 'names' })
    let asked = 0
    const heal = cluster.broker?.control(LIST_OFFSETS, () => (asked++ < 15 ? { error: NOT_LEADER_OR_FOLLOWER } : undefined))
    const streams = await apps.start(builder.build(), { applicationId: cluster.unique('global'), requestTimeoutMs: 100, retryBackoffMs: 10 })
    heal?.()
    expect(asked).toBeGreaterThan(15)
    expect(await streams.store<string, string>('names').get('a')).toBe('Ann')
  })
})

describe('an application on several brokers', () => {
  let broker: Broker
  let cluster: TestCluster
  let apps: Apps

  beforeEach(async () => {
    broker = await Broker.start({ brokers: 3, autoCreateTopics: false, config: { 'group.initial.rebalance.delay.ms': 0, 'default.replication.factor': 3 } })
    cluster = TestCluster.over(broker)
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    await apps.closeAll()
    await cluster.close()
  })

  test.each(['at_least_once', 'exactly_once_v2'] as const)('should follow leaders and coordinators that move, and do without a broker that is away (%s)', async (processingGuarantee) => {
    const input = await cluster.topic('events', 3)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('moving')
    const reader = await cluster.read(output, 'read_committed')
    const streams = await apps.start(keyCount(input, output), { applicationId, processingGuarantee })
    const round = (): Promise<void> => cluster.send(input, Array.from({ length: 10 }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
    const reach = async (count: number): Promise<void> => {
      await reader.until((read) => lastCounts(read).size === 10 && [...lastCounts(read).values()].every((each) => each >= count))
    }
    await round()
    await reach(1)
    for (const topic of [input, output, `${applicationId}-counts-changelog`]) broker.moveLeader(topic, 0)
    broker.moveCoordinator(applicationId)
    await round()
    await reach(2)
    await broker.stopNode(2)
    await round()
    await reach(3)
    await broker.startNode(2)
    await round()
    await reach(4)
    const exactly = [...lastCounts(reader.records).values()].every((count) => count === 4)
    expect([exactly || processingGuarantee === 'at_least_once', streams.state, streams.error]).toEqual([true, 'RUNNING', undefined])
  })
})
