import { KafkaStreams, Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { ClientState, StreamThreadExceptionResponse, Topology } from '../../lib/index.ts'
import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

describe('KafkaStreams', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  /** Copies values and throws at the value `poison`, as often as `times` says. */
  const fragile = (input: string, output: string, times = Infinity): Topology => {
    let thrown = 0
    const builder = new StreamsBuilder()
    builder
      .stream<string, string>(input, { key: Serdes.string, value: Serdes.string })
      .mapValues((value) => {
        if (value === 'poison' && thrown++ < times) throw new Error('poisoned')
        return value
      })
      .to(output, { key: Serdes.string, value: Serdes.string })
    return builder.build()
  }

  test('should go through its states in order and tell each of them', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('states') })
    const seen: string[] = []
    streams.setStateListener((next, old) => seen.push(`${old} ${next}`))
    expect(streams.state).toBe('CREATED')
    await streams.start()
    await eventually(() => streams.state === 'RUNNING')
    expect(() => streams.cleanUp()).toThrow('Cannot clean up while running')
    expect(() => streams.setStateListener(() => {})).toThrow('can only be called before start()')
    await expect(streams.start()).rejects.toThrow('cannot re-start (it is RUNNING)')
    expect(await streams.close()).toBe(true)
    expect(await streams.close()).toBe(true)
    expect(seen).toEqual(['CREATED REBALANCING', 'REBALANCING RUNNING', 'RUNNING PENDING_SHUTDOWN', 'PENDING_SHUTDOWN NOT_RUNNING'])
    streams.cleanUp()
    await expect(streams.start()).rejects.toThrow('cannot re-start (it is NOT_RUNNING)')
  })

  test('should close before it was ever started', async () => {
    const streams = apps.make(keyCount('a', 'b'), { applicationId: cluster.unique('never') })
    expect(await streams.close()).toBe(true)
    expect(streams.state).toBe('NOT_RUNNING')
  })

  test('should run until its signal aborts', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const streams = apps.make(keyCount(input, output), { applicationId: cluster.unique('run') })
    const stop = new AbortController()
    const running = streams.run({ signal: stop.signal })
    await eventually(() => streams.state === 'RUNNING')
    stop.abort()
    await running
    expect(streams.state).toBe('NOT_RUNNING')
  })

  test('should end in ERROR when processing fails and nobody says otherwise', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('copies')
    const streams = apps.make(fragile(input, output), { applicationId: cluster.unique('error') })
    const seen: ClientState[] = []
    streams.setStateListener((state) => seen.push(state))
    await cluster.send(input, [{ key: 'k', value: 'poison' }])
    await expect(streams.run()).rejects.toThrow('poisoned')
    expect(seen.slice(-2)).toEqual(['PENDING_ERROR', 'ERROR'])
    expect(streams.error?.message).toContain(`topic=${input}, partition=0, offset=0`)
  })

  test('should replace a failed thread, which goes on from the last commit', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('copies')
    const streams = apps.make(fragile(input, output, 2), { applicationId: cluster.unique('replace') })
    const errors: string[] = []
    streams.setUncaughtExceptionHandler((error) => {
      errors.push(error.message)
      return 'REPLACE_THREAD'
    })
    await cluster.send(input, [{ value: 'before' }, { value: 'poison' }, { value: 'after' }])
    await streams.start()
    const reader = await cluster.read(output)
    await reader.until((read) => read.some(({ value }) => value?.toString() === 'after'))
    expect(errors).toHaveLength(2)
    expect(streams.state).toBe('RUNNING')
    expect(streams.metadataForLocalThreads().map(({ threadState }) => threadState)).toEqual(['RUNNING'])
  })

  test.each<[StreamThreadExceptionResponse, ClientState]>([['SHUTDOWN_CLIENT', 'RUNNING'], ['SHUTDOWN_APPLICATION', 'ERROR']])(
    'should, told %s, leave the other instance %s',
    async (response, stateOfOther) => {
      const input = await cluster.topic('events', 2)
      const output = await cluster.topic('copies')
      const applicationId = cluster.unique('shutdown')
      const [first, second] = [apps.make(fragile(input, output, 1), { applicationId }), apps.make(fragile(input, output, 0), { applicationId })]
      first.setUncaughtExceptionHandler(() => response)
      await first.start()
      await second.start()
      await eventually(() => [first, second].every((each) => each.metadataForLocalThreads()[0]?.activeTasks.length === 1 && each.state === 'RUNNING'))
      const partition = first.metadataForLocalThreads()[0]?.activeTasks[0]?.topicPartitions[0]?.partition ?? 0
      await cluster.send(input, [{ partition, value: 'poison' }])
      await eventually(() => first.state === 'ERROR')
      await eventually(() => second.state === stateOfOther && (stateOfOther === 'ERROR' || second.metadataForLocalThreads()[0]?.activeTasks.length === 2))
    },
  )

  test('should name the source topics that are missing', async () => {
    const streams = apps.make(keyCount('no-such-topic', 'out'), { applicationId: cluster.unique('missing') })
    await expect(streams.run()).rejects.toThrow("the topology reads 'no-such-topic', which the cluster does not have")
  })

  test('should refuse to join topics of different sizes', async () => {
    const [left, right] = [await cluster.topic('left', 2), await cluster.topic('right', 3)]
    const builder = new StreamsBuilder()
    const table = builder.table<string, string>(right, { key: Serdes.string, value: Serdes.string })
    builder
      .stream<string, string>(left, { key: Serdes.string, value: Serdes.string })
      .join(table, (a, b) => a + b)
      .to('out', { key: Serdes.string, value: Serdes.string })
    const streams = apps.make(builder.build(), { applicationId: cluster.unique('copartition') })
    await expect(streams.run()).rejects.toThrow(`need the same number of partitions, but these differ: ${left} (2), ${right} (3)`)
  })

  test('should refuse an internal topic with the wrong number of partitions', async () => {
    const input = await cluster.topic('events', 2)
    const applicationId = cluster.unique('internal')
    await cluster.admin.createTopics([{ name: `${applicationId}-counts-changelog`, numPartitions: 5 }])
    const streams = apps.make(keyCount(input, 'out'), { applicationId })
    await expect(streams.run()).rejects.toThrow(`${applicationId}-counts-changelog has 5 partitions, but the topology needs 2`)
  })

  test('should refuse a state directory that another instance of the process uses', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('directory'), stateDir: apps.directory() }
    await apps.start(keyCount(input, output, 'leveldb'), config)
    await expect(apps.make(keyCount(input, output, 'leveldb'), config).start()).rejects.toThrow('give each instance a stateDir of its own')
  })

  test.each([
    [{ bootstrapServers: 'localhost:9092' }, 'application.id'],
    [{ applicationId: 'app' }, 'bootstrap.servers'],
    [{ applicationId: 'app', bootstrapServers: 'x:1', numStreamThread: 2 }, 'numStreamThreads'],
    [{ applicationId: 'app', bootstrapServers: 'x:1', processingGuarantee: 'exactly_once_v2', producer: { 'transaction.timeout.ms': 50 } }, 'producer.transaction.timeout.ms'],
    [{ applicationId: 'app', bootstrapServers: 'x:1', applicationServer: 'nowhere' }, 'host:port'],
  ])('should refuse the configuration %j', (config, message) => {
    expect(() => new KafkaStreams(keyCount('a', 'b'), config as Record<string, unknown>)).toThrow(message)
  })
})
