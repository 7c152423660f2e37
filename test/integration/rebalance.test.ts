import type { KafkaStreams } from '../../lib/index.ts'
import { Apps, eventually, keyCount, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 40
const tasksOf = (streams: KafkaStreams): string[] => streams.metadataForLocalThreads().flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId)).sort()

describe('several instances of an application', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  /** Sends one record for each key, `rounds` times, while `meanwhile` happens. */
  const sendRounds = async (topic: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      await cluster.send(topic, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: String(round) })))
    }
  }

  const allAre = (count: number) => (counts: Map<string, number>): boolean =>
    counts.size === KEYS && [...counts.values()].every((each) => each === count)

  test.each(['memory', 'leveldb', 'lmdb'] as const)(
    'should hand tasks with a %s store over without losing or repeating a record when instances join and leave',
    async (engine) => {
      const input = await cluster.topic('events', 4)
      const output = await cluster.topic('counts')
      const applicationId = cluster.unique('rebalance')
      const reader = await cluster.read(output)
      const first = await apps.start(keyCount(input, output, engine), { applicationId })
      expect(tasksOf(first)).toEqual(['0_0', '0_1', '0_2', '0_3'])
      await sendRounds(input, 5)
      const sending = sendRounds(input, 20)
      const second = await apps.start(keyCount(input, output, engine), { applicationId })
      await eventually(() => first.state === 'RUNNING' && tasksOf(first).length === 2)
      expect(tasksOf(second)).toHaveLength(2)
      await sending
      await reader.until((read) => allAre(25)(lastCounts(read)))
      const more = sendRounds(input, 10)
      await first.close()
      await eventually(() => second.state === 'RUNNING' && tasksOf(second).length === 4)
      await more
      const records = await reader.until((read) => allAre(35)(lastCounts(read)))
      // every count of every key exactly once: nothing was lost, and nothing counted twice
      expect(records).toHaveLength(35 * KEYS)
    },
  )

  test('should keep the tasks and the state that stay, without restoring them again', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('sticky')
    const reader = await cluster.read(output)
    await sendRounds(input, 2)
    const first = apps.make(keyCount(input, output), { applicationId })
    const restored: string[] = []
    first.setGlobalStateRestoreListener({ onRestoreStart: ({ partition }) => restored.push(`partition ${partition}`) })
    await first.start()
    await reader.until((read) => allAre(2)(lastCounts(read)))
    expect(restored.sort()).toEqual(['partition 0', 'partition 1'])
    const second = await apps.start(keyCount(input, output), { applicationId })
    await eventually(() => first.state === 'RUNNING' && tasksOf(first).length === 1)
    const kept = tasksOf(first)
    await second.close()
    await eventually(() => first.state === 'RUNNING' && tasksOf(first).length === 2)
    const moved = ['0_0', '0_1'].filter((task) => !kept.includes(task)).map((task) => `partition ${task.slice(2)}`)
    expect(restored.slice(2)).toEqual(moved)
  })

  test('should tell each other who has which partitions', async () => {
    const input = await cluster.topic('events', 4)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('hosts')
    await sendRounds(input, 1)
    const [first, second] = [
      await apps.start(keyCount(input, output), { applicationId, applicationServer: 'localhost:1' }),
      await apps.start(keyCount(input, output), { applicationId, applicationServer: 'localhost:2' }),
    ]
    await eventually(() => first.state === 'RUNNING' && first.metadataForAllStreamsClients().length === 2)
    const instances = { 1: first, 2: second }
    for (let key = 0; key < KEYS; key++) {
      const owner = first.queryMetadataForKey('counts', `key-${key}`)?.activeHost
      expect(second.queryMetadataForKey('counts', `key-${key}`)?.activeHost).toEqual(owner)
      await eventually(async () => (await instances[owner?.port as 1 | 2].store<string, number>('counts').get(`key-${key}`)) === 1)
    }
    expect(first.streamsMetadataForStore('counts').map(({ host, topicPartitions }) => [host.port, topicPartitions.length])).toEqual([[1, 2], [2, 2]])
  })

  test('should share the work of a topic that gets more partitions', async () => {
    const input = await cluster.topic('lines', 1)
    const output = await cluster.topic('copies')
    const { StreamsBuilder, Serdes } = await import('../../lib/index.ts')
    const builder = new StreamsBuilder()
    builder.stream(input, { key: Serdes.string, value: Serdes.string }).to(output, { key: Serdes.string, value: Serdes.string })
    const streams = await apps.start(builder.build(), { applicationId: cluster.unique('grow'), metadataMaxAgeMs: 200 })
    await cluster.admin.createPartitions(input, 3)
    await eventually(() => tasksOf(streams).length === 3)
    await cluster.send(input, [0, 1, 2].map((partition) => ({ partition, value: String(partition) })))
    const reader = await cluster.read(output)
    await reader.until((read) => read.length === 3)
  })
})
