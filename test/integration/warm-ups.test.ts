import type { KafkaStreams } from '../../lib/index.ts'
import { Apps, eventually, keyCount, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 40
const PARTITIONS = 6

const tasksOf = (streams: KafkaStreams, kind: 'activeTasks' | 'standbyTasks' = 'activeTasks'): string[] =>
  streams.metadataForLocalThreads().flatMap((thread) => thread[kind].map(({ taskId }) => taskId)).sort()

describe('tasks with state', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const sendRounds = async (topic: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) await cluster.send(topic, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
  }

  const allAre = (count: number) => (counts: Map<string, number>): boolean => counts.size === KEYS && [...counts.values()].every((each) => each === count)

  /** How many records each task had to read before it began, by partition. */
  const watchRestores = (streams: KafkaStreams): Map<number, number> => {
    const restored = new Map<number, number>()
    streams.setGlobalStateRestoreListener({ onRestoreEnd: ({ partition }, _store, total) => void restored.set(partition, total) })
    return restored
  }

  test.each(['at_least_once', 'exactly_once_v2'] as const)('should stay where they are until the instance that comes has their state (%s)', async (processingGuarantee) => {
    const input = await cluster.topic('events', PARTITIONS)
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('warm'), acceptableRecoveryLag: 10, processingGuarantee }
    const reader = await cluster.read(output, 'read_committed')
    const first = await apps.start(keyCount(input, output), config)
    await sendRounds(input, 30)
    await reader.until((read) => allAre(30)(lastCounts(read)))
    const second = apps.make(keyCount(input, output), config)
    const restored = watchRestores(second)
    await second.start()
    await eventually(() => tasksOf(second, 'standbyTasks').length === 2 && second.state === 'RUNNING' && first.state === 'RUNNING')
    expect([tasksOf(first).length, tasksOf(second).length]).toEqual([PARTITIONS, 0])
    const warmedUp = tasksOf(second, 'standbyTasks')
    await eventually(async () => [...(await second.allLocalStorePartitionLags()).values()].flatMap((lags) => [...lags.values()]).every(({ offsetLag }) => offsetLag <= 10))
    // what the next probing rebalance would do
    first.addStreamThread()
    await eventually(() => warmedUp.every((id) => tasksOf(second).includes(id)) && second.state === 'RUNNING' && first.state === 'RUNNING')
    for (const id of warmedUp) expect(restored.get(Number(id.slice(2))) ?? 0).toBeLessThanOrEqual(10)
    await sendRounds(input, 1)
    const records = await reader.until((read) => allAre(31)(lastCounts(read)))
    expect(records).toHaveLength(31 * KEYS)
  })

  test('should go back to the instances that have their state on disk when all of them start again', async () => {
    const input = await cluster.topic('events', PARTITIONS)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const applicationId = cluster.unique('disks')
    const configs = [0, 1].map(() => ({ applicationId, stateDir: apps.directory(), acceptableRecoveryLag: 10 }))
    const run = (at: number): Promise<KafkaStreams> => apps.start(keyCount(input, output, 'lmdb'), configs[at]!)
    const before = [await run(0), await run(1)]
    await eventually(() => before.every((each) => each.state === 'RUNNING' && tasksOf(each).length === PARTITIONS / 2))
    const had = before.map((each) => tasksOf(each))
    await sendRounds(input, 30)
    await reader.until((read) => allAre(30)(lastCounts(read)))
    for (const each of before) await each.close()
    const second = await run(1)
    const first = apps.make(keyCount(input, output, 'lmdb'), configs[0]!)
    const restored = watchRestores(first)
    await first.start()
    await eventually(() => [first, second].every((each) => each.state === 'RUNNING' && tasksOf(each).length === PARTITIONS / 2))
    expect([tasksOf(first), tasksOf(second)]).toEqual(had)
    expect([...restored.values()].every((total) => total <= 10)).toBe(true)
  })
})
