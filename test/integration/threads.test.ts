import type { KafkaStreams } from '../../lib/index.ts'
import { Apps, eventually, keyCount, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 40

const tasksByThread = (streams: KafkaStreams): string[][] =>
  streams.metadataForLocalThreads().map(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId).sort())

const allAre = (count: number) => (counts: Map<string, number>): boolean => counts.size === KEYS && [...counts.values()].every((each) => each === count)

describe('an instance with several stream threads', () => {
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
      await cluster.send(topic, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: String(round) })))
    }
  }

  test('should share its tasks among them, and hand them over when threads are added and removed', async () => {
    const input = await cluster.topic('events', 4)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const streams = await apps.start(keyCount(input, output, 'lmdb'), { applicationId: cluster.unique('threads'), numStreamThreads: 2 })
    expect(tasksByThread(streams).map((tasks) => tasks.length)).toEqual([2, 2])
    await sendRounds(input, 5)
    const sending = sendRounds(input, 10)
    expect(streams.addStreamThread()).toMatch(/-StreamThread-3$/)
    await eventually(() => streams.state === 'RUNNING' && tasksByThread(streams).map((tasks) => tasks.length).sort().join() === '1,1,2')
    await sending
    expect(await streams.removeStreamThread()).toMatch(/-StreamThread-3$/)
    expect(await streams.removeStreamThread()).toMatch(/-StreamThread-2$/)
    await eventually(() => streams.state === 'RUNNING' && tasksByThread(streams).length === 1 && tasksByThread(streams)[0]?.length === 4)
    await sendRounds(input, 5)
    const records = await reader.until((read) => allAre(20)(lastCounts(read)))
    expect(records).toHaveLength(20 * KEYS)
    expect(streams.addStreamThread()).toMatch(/-StreamThread-2$/)
  })

  test('should hold processing back while it is paused, and go on where it was', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('paused') })
    streams.pause()
    await streams.start()
    await sendRounds(input, 2)
    await eventually(() => streams.state === 'RUNNING')
    expect(streams.isPaused).toBe(true)
    expect(await streams.store<string, number>('counts').approximateNumEntries()).toBe(0)
    expect(reader.records).toHaveLength(0)
    streams.resume()
    await reader.until((read) => allAre(2)(lastCounts(read)))
    expect(streams.isPaused).toBe(false)
  })

  test('should add no thread while it does not run', async () => {
    const streams = apps.make(keyCount(await cluster.topic('events'), await cluster.topic('counts')), { applicationId: cluster.unique('stopped') })
    expect(streams.addStreamThread()).toBeUndefined()
    expect(await streams.removeStreamThread()).toBeUndefined()
  })
})
