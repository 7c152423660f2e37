import { Broker } from '../../lib/broker/index.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { KafkaStreams, Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { StreamsConfigInput, Topology } from '../../lib/index.ts'
import { Apps, eventually, untilState } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const PARTITIONS = 6

const copying = (input: string, output: string): Topology => {
  const builder = new StreamsBuilder()
  const text = { key: Serdes.string, value: Serdes.string }
  builder.stream(input, text).to(output, text)
  return builder.build()
}

const partitionsOf = (streams: KafkaStreams): number[] =>
  streams.metadataForLocalThreads().flatMap((thread) => thread.activeTasks.flatMap(({ topicPartitions }) => topicPartitions.map(({ partition }) => partition))).sort()

describe('an application with a strategy for racks', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    const racks = ['x', 'y']
    cluster = TestCluster.over(await Broker.start({ brokers: racks.length, racks, autoCreateTopics: false, config: { 'group.initial.rebalance.delay.ms': 0 } }))
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should have every instance read the partitions of its own rack', async () => {
    const input = cluster.unique('events')
    const output = await cluster.topic('copies')
    await cluster.admin.createTopics([{ name: input, numPartitions: PARTITIONS }])
    const { partitions } = (await cluster.cluster.metadata([input], { refresh: true })).get(input)!
    // brokers take turns with new partitions, so that half of the partitions are in each rack
    const inRack = (node: number): number[] => partitions.filter(({ leader }) => leader === node).map(({ partition }) => partition)
    const config: StreamsConfigInput = { applicationId: cluster.unique('racks'), rackAwareAssignmentStrategy: 'min_traffic' }
    const first = await apps.start(copying(input, output), { ...config, 'client.rack': 'x' })
    expect(partitionsOf(first)).toHaveLength(PARTITIONS)
    const second = await apps.start(copying(input, output), { ...config, 'client.rack': 'y' })
    await eventually(() => partitionsOf(second).length > 0 && partitionsOf(first).length + partitionsOf(second).length === PARTITIONS)
    expect([partitionsOf(first), partitionsOf(second)]).toEqual([inRack(0), inRack(1)])
  })

  test('should run without it, and say so, when a member has no rack', async () => {
    const input = await cluster.topic('events', 2)
    const warned: object[] = []
    await using streams = new KafkaStreams(
      copying(input, await cluster.topic('copies')),
      { bootstrapServers: cluster.bootstrapServers, applicationId: cluster.unique('rackless'), rackAwareAssignmentStrategy: 'min_traffic', stateDir: apps.directory() },
      { logger: { ...silentLogger, warn: (fields, message) => void (message?.startsWith('rack.aware.assignment.strategy') === true && warned.push(fields)) } },
    )
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    expect(partitionsOf(streams)).toEqual([0, 1])
    // the topics are where racks are known
    expect(warned).toEqual([{ members: [expect.any(String)], topics: [] }])
  })
})
