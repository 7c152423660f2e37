import { Serdes, Stores, StreamsBuilder } from '../../lib/index.ts'
import type { KafkaStreams, StreamsConfigInput, Topology } from '../../lib/index.ts'
import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { ONLY_MEMBER } from './helpers/run-child.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 10
const ROUNDS = 3

const rowsOf = async (streams: KafkaStreams, store: string): Promise<[string, number][]> => {
  const rows: [string, number][] = []
  for await (const row of streams.store<string, number>(store).all()) rows.push(row)
  return rows.sort(([a], [b]) => (a < b ? -1 : 1))
}

describe('state whose changelog is not the one that it was filled from', () => {
  let cluster: TestCluster
  let apps: Apps
  const warnings: string[] = []
  const logger = { debug: () => {}, info: () => {}, warn: (fields: object) => void warnings.push(JSON.stringify(fields)), error: () => {} }

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  beforeEach(() => void warnings.splice(0))
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  /** Deletes a topic, and makes another one of its name with a row for each of `counts`. */
  const makeAnew = async (topic: string, counts: readonly (readonly [string, number])[]): Promise<void> => {
    await cluster.admin.deleteTopics([topic])
    await eventually(async () => !(await cluster.admin.listTopics()).includes(topic))
    await eventually(() => cluster.admin.createTopics([{ name: topic, numPartitions: 1 }]).then(() => true, () => false))
    await cluster.cluster.metadata([topic], { refresh: true })
    await cluster.send(topic, counts.map(([key, count]) => ({ key, value: Serdes.long.serializer.serialize(topic, count) as Buffer })))
  }

  const start = async (topology: Topology, config: StreamsConfigInput): Promise<KafkaStreams> => {
    const streams = apps.make(topology, { ...config, consumer: { 'heartbeat.interval.ms': 200, ...ONLY_MEMBER } }, { logger })
    await streams.start()
    await eventually(() => streams.state === 'RUNNING')
    return streams
  }

  test.each([
    ['leveldb', 'just as many', KEYS * ROUNDS],
    ['lmdb', 'more', KEYS * ROUNDS + 7],
    ['lmdb', 'fewer', 5],
  ] as const)('should be rebuilt, in %s, when the process was killed and the topic made anew with %s records', async (engine, _how, records) => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('identity')
    const stateDir = apps.directory()
    const child = await apps.startChild('count-child.ts', applicationId, input, output, stateDir, engine)
    const committed = async (): Promise<number> => [...(await cluster.admin.listGroupOffsets(applicationId)).values()].reduce((sum, { offset }) => sum + offset, 0)
    // a commit is whole in the files when the one after it is made
    for (let round = 1; round <= ROUNDS; round++) {
      await cluster.send(input, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
      await eventually(async () => (await committed()) === KEYS * round)
    }
    await child.kill('SIGKILL')

    const others = Array.from({ length: records }, (_, n) => [`other-${n}`, n] as const)
    await makeAnew(`${applicationId}-counts-changelog`, others)
    const streams = await start(keyCount(input, output, engine), { applicationId, stateDir })
    const expected = others.map(([key, count]) => [key, count]).sort(([a], [b]) => (a! < b! ? -1 : 1))
    expect(await rowsOf(streams, 'counts')).toEqual(expected)
    expect(warnings.join()).toMatch(records < KEYS * ROUNDS ? /had reached offset|another topic/ : /another topic .* than there is now/)
  })

  test('should be rebuilt when it is that of a global store, whose topic was made anew with more records', async () => {
    const topic = await cluster.topic('rates')
    const input = await cluster.topic('events')
    const output = await cluster.topic('copies')
    const topology = (): Topology => {
      const builder = new StreamsBuilder()
      const rates = builder.globalTable(topic, { key: Serdes.string, value: Serdes.long }, { store: Stores.keyValueStore('rates', { engine: 'lmdb', key: Serdes.string, value: Serdes.long }) })
      const text = { key: Serdes.string, value: Serdes.string }
      builder.stream(input, text).join(rates, (key) => key, (value, rate) => `${value} ${rate}`).to(output, text)
      return builder.build()
    }
    const config = { applicationId: cluster.unique('global-identity'), stateDir: apps.directory() }
    await cluster.send(topic, [{ key: 'gone', value: Serdes.long.serializer.serialize(topic, 1) as Buffer }])
    const first = await start(topology(), config)
    expect(await rowsOf(first, 'rates')).toEqual([['gone', 1]])
    await first.close()
    await makeAnew(topic, [['a', 2], ['b', 3]])
    const second = await start(topology(), config)
    expect(await rowsOf(second, 'rates')).toEqual([['a', 2], ['b', 3]])
    expect(warnings.join()).toContain('was deleted and made again')
  })

  test('should be rebuilt when it is that of a standby, while it follows the changelog', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('standby-identity'), numStandbyReplicas: 1 }
    await cluster.send(input, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: 'x', partition: key % 2 })))
    const first = await apps.start(keyCount(input, output), config)
    const second = apps.make(keyCount(input, output), config, { logger })
    await second.start()
    await eventually(() => [first, second].every((each) => each.metadataForLocalThreads()[0]!.standbyTasks.length === 1 && each.state === 'RUNNING'))
    await eventually(async () => [...(await second.allLocalStorePartitionLags()).values()].every((lags) => [...lags.values()].every(({ offsetLag }) => offsetLag === 0)))
    const changelog = `${config.applicationId}-counts-changelog`
    await cluster.admin.deleteTopics([changelog])
    await eventually(() => cluster.admin.createTopics([{ name: changelog, numPartitions: 2 }]).then(() => true, () => false))
    await eventually(() => warnings.some((warning) => warning.includes('standby')))
  })
})
