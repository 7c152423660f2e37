import { KeyQuery, QueryableStoreTypes, Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { KafkaStreams } from '../../lib/index.ts'
import { Apps, eventually, keyCount, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 20
const PARTITIONS = 2

const tasksOf = (streams: KafkaStreams, kind: 'activeTasks' | 'standbyTasks'): string[] =>
  streams.metadataForLocalThreads().flatMap((thread) => thread[kind].map(({ taskId }) => taskId)).sort()

const totalLag = async (streams: KafkaStreams): Promise<number> =>
  [...(await streams.allLocalStorePartitionLags()).values()].flatMap((lags) => [...lags.values()]).reduce((sum, { offsetLag }) => sum + offsetLag, 0)

describe('standby replicas', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const sendRounds = async (topic: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await cluster.send(topic, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
    }
  }

  const allAre = (count: number) => (counts: Map<string, number>): boolean => counts.size === KEYS && [...counts.values()].every((each) => each === count)

  test.each(['memory', 'leveldb', 'lmdb'] as const)(
    'should take over from an instance that was killed, with a %s store, and restore nothing that they have',
    async (engine) => {
      const input = await cluster.topic('events', PARTITIONS)
      const output = await cluster.topic('counts')
      const applicationId = cluster.unique('standby')
      const reader = await cluster.read(output)
      await sendRounds(input, 30)
      const child = await apps.startChild('standby-child.ts', applicationId, input, output, apps.directory(), engine)
      await reader.until((read) => allAre(30)(lastCounts(read)))

      const survivor = apps.make(keyCount(input, output, engine), { applicationId, numStandbyReplicas: 1 })
      const heard: string[] = []
      const restored: { partition: number; from: number; to: number; count: number }[] = []
      survivor.setGlobalStateRestoreListener({
        onRestoreStart: ({ partition }, _store, from, to) => restored.push({ partition, from, to, count: 0 }),
        onRestoreEnd: ({ partition }, _store, total) => Object.assign(restored.findLast((each) => each.partition === partition)!, { count: total }),
      })
      survivor.setStandbyUpdateListener({
        onUpdateStart: ({ partition }, store, offset) => heard.push(`start ${store} ${partition} at ${offset}`),
        onBatchLoaded: (_at, store, taskId) => heard.push(`batch ${store} of ${taskId.toString()}`),
        onUpdateSuspended: ({ partition }, store, offset, end, reason) => heard.push(`${reason} ${store} ${partition} ${offset === end ? 'at the end' : 'behind'}`),
      })
      await survivor.start()
      await eventually(() => tasksOf(survivor, 'activeTasks').length === 1 && tasksOf(survivor, 'standbyTasks').length === 1 && survivor.state === 'RUNNING')
      const waiting = Number(tasksOf(survivor, 'standbyTasks')[0]!.slice(2))
      await eventually(() => heard.length > 0)
      expect(heard[0]).toBe(`start counts ${waiting} at 0`)
      await sendRounds(input, 30)
      await reader.until((read) => allAre(60)(lastCounts(read)))
      await eventually(async () => (await totalLag(survivor)) === 0)
      // committed, so that the other goes on from the end
      await eventually(async () => [...(await cluster.admin.listGroupOffsets(applicationId)).values()].reduce((sum, { offset }) => sum + offset, 0) === 60 * KEYS)
      await eventually(async () => (await totalLag(survivor)) === 0)
      const before = restored.length

      await child.kill('SIGKILL')
      await eventually(() => tasksOf(survivor, 'activeTasks').length === PARTITIONS && survivor.state === 'RUNNING')
      expect(heard).toContain(`batch counts of 0_${waiting}`)
      expect(heard.at(-1)).toBe(`PROMOTED counts ${waiting} at the end`)
      const promoted = restored.slice(before)
      expect(promoted).toEqual([{ partition: waiting, from: expect.any(Number), to: expect.any(Number), count: 0 }])
      expect(promoted[0]!.from).toBe(promoted[0]!.to)
      expect(promoted[0]!.to).toBeGreaterThan(0)
      await sendRounds(input, 10)
      const records = await reader.until((read) => allAre(70)(lastCounts(read)))
      expect(records).toHaveLength(70 * KEYS)
    },
    60_000,
  )

  test.each(['memory', 'leveldb'] as const)('should keep the open %s stores of tasks that become standbys and active again, and what caches hold of them', async (engine) => {
    const input = await cluster.topic('events', PARTITIONS)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const config = { applicationId: cluster.unique('back'), numStandbyReplicas: 1, statestoreCacheMaxBytes: 1_000_000 }
    await sendRounds(input, 20)
    const first = apps.make(keyCount(input, output, engine), config)
    const restored: number[] = []
    const starts: number[] = []
    first.setGlobalStateRestoreListener({ onRestoreEnd: (_at, _store, total) => restored.push(total) })
    first.setStandbyUpdateListener({ onUpdateStart: (_at, _store, offset) => starts.push(offset) })
    await first.start()
    await reader.until((read) => allAre(20)(lastCounts(read)))
    expect(restored).toEqual([0, 0])

    const second = await apps.start(keyCount(input, output, engine), config)
    await eventually(() => tasksOf(first, 'standbyTasks').length === 1 && tasksOf(second, 'standbyTasks').length === 1 && first.state === 'RUNNING')
    await eventually(() => starts.length > 0)
    expect(starts).toEqual([expect.any(Number)])
    expect(starts[0]).toBeGreaterThan(0)
    const stale = first.store({ storeName: 'counts', type: QueryableStoreTypes.keyValueStore<string, number>(), staleStores: true })
    for (let round = 1; round <= 5; round++) {
      await sendRounds(input, 2)
      // reads of a standby must neither be kept from what comes later nor keep it from the task that it becomes
      for (let key = 0; key < KEYS; key++) await eventually(async () => (await stale.get(`key-${key}`)) === 20 + 2 * round)
    }
    await second.close()
    await eventually(() => tasksOf(first, 'activeTasks').length === PARTITIONS && first.state === 'RUNNING')
    expect(restored).toEqual([0, 0, 0])
    await sendRounds(input, 5)
    await reader.until((read) => allAre(35)(lastCounts(read)))
  })

  test('should be known to every instance, and answer queries that do not ask for active partitions', async () => {
    const input = await cluster.topic('events', PARTITIONS)
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('known'), numStandbyReplicas: 1 }
    await sendRounds(input, 3)
    const [first, second] = [
      await apps.start(keyCount(input, output), { ...config, applicationServer: 'localhost:1' }),
      await apps.start(keyCount(input, output), { ...config, applicationServer: 'localhost:2' }),
    ]
    await eventually(() => tasksOf(first, 'standbyTasks').length === 1 && tasksOf(second, 'standbyTasks').length === 1 && first.state === 'RUNNING')
    for (const instance of first.streamsMetadataForStore('counts')) expect([...instance.standbyStateStoreNames]).toEqual(['counts'])
    const { activeHost, standbyHosts, partition } = first.queryMetadataForKey('counts', 'key-1')!
    expect(standbyHosts.map(({ port }) => port)).toEqual([3 - activeHost.port])
    const standby = activeHost.port === 1 ? second : first
    const request = { store: 'counts', query: KeyQuery.withKey<string, number>('key-1'), partitions: [partition] }
    await eventually(async () => {
      const result = (await standby.query(request)).onlyPartitionResult
      return result?.isSuccess === true && result.result === 3
    })
    expect((await standby.query({ ...request, requireActive: true })).onlyPartitionResult).toMatchObject({ isSuccess: false, failureReason: 'NOT_ACTIVE' })
    // what its state corresponds to is not known
    const active = activeHost.port === 1 ? first : second
    const position = (await active.query(request)).position!
    expect(position.partitionPositions(input).get(partition)).toBeGreaterThan(0)
    expect((await standby.query({ ...request, positionBound: position })).onlyPartitionResult).toMatchObject({ failureReason: 'NOT_UP_TO_BOUND' })
  })

  test('should follow a source topic that serves as changelog, as far as it was processed', async () => {
    const input = await cluster.topic('rows', PARTITIONS)
    const output = await cluster.topic('copies')
    const text = { key: Serdes.string, value: Serdes.string }
    const topology = () => {
      const builder = new StreamsBuilder()
      builder.table(input, text, { store: 'rows', storeType: 'in_memory' }).toStream().to(output, text)
      return builder.build({ topologyOptimization: 'all' })
    }
    const config = { applicationId: cluster.unique('source'), numStandbyReplicas: 1, topologyOptimization: 'all' as const }
    await cluster.send(input, [0, 1].map((partition) => ({ partition, key: `a${partition}`, value: 'old' })))
    const first = await apps.start(topology(), config)
    const second = await apps.start(topology(), config)
    await eventually(() => tasksOf(first, 'standbyTasks').length === 1 && tasksOf(second, 'standbyTasks').length === 1)
    const everywhere = (value: string) => async (): Promise<boolean> => {
      for (const streams of [first, second]) {
        const rows = streams.store({ storeName: 'rows', type: QueryableStoreTypes.keyValueStore<string, string>(), staleStores: true })
        for (const key of ['a0', 'a1']) if ((await rows.get(key)) !== value) return false
      }
      return true
    }
    await eventually(everywhere('old'))
    for (const value of ['new', 'newer']) {
      await cluster.send(input, [0, 1].map((partition) => ({ partition, key: `a${partition}`, value })))
      await eventually(everywhere(value))
    }
    await second.close()
    await eventually(() => tasksOf(first, 'activeTasks').length === PARTITIONS && first.state === 'RUNNING')
    await eventually(async () => (await first.store<string, string>('rows').get('a1')) === 'newer')
  })
})
