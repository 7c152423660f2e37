import { resetApplication, Serdes, StreamsBuilder, Stores } from '../../lib/index.ts'
import { Apps, countOf, eventually, keyCount, wordCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const textOf = ({ value }: ReadRecord): string => value?.toString() ?? ''

describe('the topics of an application', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should be found by pattern, also those that come later', async () => {
    const prefix = cluster.unique('sensor')
    await cluster.admin.createTopics([{ name: `${prefix}-a` }])
    const output = await cluster.topic('all')
    const builder = new StreamsBuilder()
    builder.stream<string, string>(new RegExp(`${prefix}-.*`), strings).to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('pattern'), metadataMaxAgeMs: 200 })
    await cluster.send(`${prefix}-a`, [{ value: 'from a' }])
    const reader = await cluster.read(output)
    await reader.until((read) => read.length === 1)
    await cluster.admin.createTopics([{ name: `${prefix}-b` }])
    await cluster.send(`${prefix}-b`, [{ value: 'from b' }])
    const records = await reader.until((read) => read.length === 2)
    expect(records.map(textOf)).toEqual(['from a', 'from b'])
  })

  test('should be read from where each source says when nothing is committed', async () => {
    const [early, late] = [await cluster.topic('early'), await cluster.topic('late')]
    const output = await cluster.topic('out')
    await cluster.send(early, [{ value: 'old early' }])
    await cluster.send(late, [{ value: 'old late' }])
    const builder = new StreamsBuilder()
    builder.stream<string, string>(early, strings).merge(builder.stream<string, string>(late, { ...strings, offsetReset: 'latest' })).to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('reset') })
    await cluster.send(late, [{ value: 'new late' }])
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === 2)
    expect(records.map(textOf).sort()).toEqual(['new late', 'old early'])
  })

  test('should fail clearly when there is no offset and the policy is none', async () => {
    const input = await cluster.topic('in')
    const streams = apps.make(keyCount(input, 'out'), { applicationId: cluster.unique('none'), 'auto.offset.reset': 'none' })
    await expect(streams.run()).rejects.toThrow("has no committed offset and its auto.offset.reset is 'none'")
  })

  test('should be read on from the start when the committed offset was deleted', async () => {
    const input = await cluster.topic('in')
    const output = await cluster.topic('out')
    const applicationId = cluster.unique('range')
    await cluster.send(input, ['1', '2', '3', '4'].map((value) => ({ value })))
    await cluster.admin.alterGroupOffsets(applicationId, new Map([[`${input}-0`, { offset: 1 }]]))
    await cluster.admin.deleteRecords([{ topic: input, partition: 0, offset: 3 }])
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, strings).to(output, strings)
    await apps.start(builder.build(), { applicationId })
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === 1)
    expect(records.map(textOf)).toEqual(['4'])
  })

  test('should be made with the configs of Kafka Streams, and purged of what was read', async () => {
    const input = await cluster.topic('lines')
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('internal')
    await cluster.send(input, [{ value: 'a b c' }])
    await apps.start(wordCount(input, output), { applicationId, repartitionPurgeIntervalMs: 0, 'topic.segment.ms': '60000' })
    const [repartition, changelog] = [`${applicationId}-counts-repartition`, `${applicationId}-counts-changelog`]
    await eventually(async () => {
      const [start] = (await cluster.admin.listOffsets([{ topic: repartition, partition: 0, spec: 'earliest' }])).values()
      return start?.offset === 3
    })
    const configs = await cluster.admin.describeConfigs([{ type: 'topic', name: repartition }, { type: 'topic', name: changelog }])
    const valueOf = (topic: string, name: string): string | undefined => configs.get(topic)?.get(name)?.value
    expect([valueOf(repartition, 'cleanup.policy'), valueOf(repartition, 'retention.ms'), valueOf(repartition, 'segment.ms')]).toEqual(['delete', '-1', '60000'])
    expect([valueOf(changelog, 'cleanup.policy'), valueOf(changelog, 'segment.ms')]).toEqual(['compact', '60000'])
  })

  test('should be reset: internal topics go, input is read again', async () => {
    const input = await cluster.topic('lines')
    const output = await cluster.topic('counts')
    const config = { applicationId: cluster.unique('again'), bootstrapServers: cluster.bootstrapServers }
    await cluster.send(input, [{ value: 'a a' }])
    const first = await apps.start(wordCount(input, output), config)
    const reader = await cluster.read(output)
    await reader.until((read) => read.length === 2)
    await expect(resetApplication({ applicationId: config.applicationId, inputTopics: [input] }, config)).rejects.toThrow('has 1 running instances')
    await first.close()
    const report = await resetApplication({ applicationId: config.applicationId, inputTopics: [input] }, config)
    expect(report.deletedTopics).toEqual([`${config.applicationId}-counts-changelog`, `${config.applicationId}-counts-repartition`])
    expect([...report.committedOffsets]).toEqual([[`${input}-0`, 0]])
    await apps.start(wordCount(input, output), config)
    const records = await reader.until((read) => read.length === 4)
    expect(records.map(countOf)).toEqual(['a=1', 'a=2', 'a=1', 'a=2'])
  })

  test('should show that stores of running tasks are not behind their changelogs', async () => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const reader = await cluster.read(output)
    const streams = await apps.start(keyCount(input, output), { applicationId: cluster.unique('lags') })
    await cluster.send(input, Array.from({ length: 10 }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
    await reader.until((read) => read.length === 10)
    const lags = async () => [...(await streams.allLocalStorePartitionLags()).get('counts')!.values()]
    // the changelog may be acknowledged after the output
    await eventually(async () => (await lags()).reduce((sum, { endOffsetPosition }) => sum + endOffsetPosition, 0) === 10)
    expect((await lags()).map(({ offsetLag }) => offsetLag)).toEqual([0, 0])
  })

  test('should fill global tables before anything is joined with them, and go on filling them', async () => {
    const [input, countries] = [await cluster.topic('people', 2), await cluster.topic('countries', 3)]
    const output = await cluster.topic('joined')
    await cluster.send(countries, ['at', 'de', 'fr', 'it'].map((key) => ({ key, value: `${key.toUpperCase()}!` })))
    await cluster.send(input, [{ key: 'ann', value: 'at' }, { key: 'bob', value: 'it' }])
    const builder = new StreamsBuilder()
    const table = builder.globalTable<string, string>(countries, strings)
    builder
      .stream<string, string>(input, strings)
      .join(table, (_key, value) => value, (person, country) => `${person} ${country}`)
      .to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('global') })
    const reader = await cluster.read(output)
    const records = await reader.until((read) => read.length === 2)
    expect(records.map(textOf).sort()).toEqual(['at AT!', 'it IT!'])
    await cluster.send(countries, [{ key: 'es', value: 'ES!' }])
    await eventually(async () => {
      await cluster.send(input, [{ key: 'eva', value: 'es' }])
      return reader.records.some((record) => textOf(record) === 'es ES!')
    })
  })

  test('should take records that cannot be read, with the reason, when a dead letter topic is named', async () => {
    const input = await cluster.topic('numbers')
    const output = await cluster.topic('out')
    const letters = await cluster.topic('letters')
    const builder = new StreamsBuilder()
    builder.stream(input, { key: Serdes.string, value: Serdes.long }).to(output, { key: Serdes.string, value: Serdes.long })
    await apps.start(builder.build(), {
      applicationId: cluster.unique('letters'),
      deserializationExceptionHandler: 'continue',
      errorsDeadLetterQueueTopicName: letters,
    })
    const one = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])
    await cluster.send(input, [{ key: 'bad', value: 'not a long' }, { key: 'good', value: one }])
    const [good, bad] = [await cluster.read(output), await cluster.read(letters)]
    await good.until((read) => read.length === 1)
    const [letter] = await bad.until((read) => read.length === 1)
    expect([letter?.key?.toString(), letter?.value?.toString()]).toEqual(['bad', 'not a long'])
  })

  test('should be chosen for each record when a sink names them itself', async () => {
    const input = await cluster.topic('in')
    const [odd, even] = [await cluster.topic('odd'), await cluster.topic('even')]
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, strings).to((_key, value) => (Number(value) % 2 === 0 ? even : odd), strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('dynamic') })
    await cluster.send(input, ['1', '2', '3', '4'].map((value) => ({ value })))
    const [odds, evens] = [await cluster.read(odd), await cluster.read(even)]
    expect((await odds.until((read) => read.length === 2)).map(textOf)).toEqual(['1', '3'])
    expect((await evens.until((read) => read.length === 2)).map(textOf)).toEqual(['2', '4'])
  })

  test('should serve as changelogs of tables when optimised, restored only as far as they were processed', async () => {
    const input = await cluster.topic('table')
    const output = await cluster.topic('out')
    const config = { applicationId: cluster.unique('optimised'), topologyOptimization: 'all' }
    const build = (): ReturnType<StreamsBuilder['build']> => {
      const builder = new StreamsBuilder(config)
      builder
        .table<string, string>(input, strings, Stores.keyValueStore('rows', { ...strings, engine: 'memory' }))
        .toStream()
        .to(output, strings)
      return builder.build(config)
    }
    await cluster.send(input, [{ key: 'a', value: '1' }, { key: 'b', value: '1' }])
    const first = await apps.start(build(), config)
    const reader = await cluster.read(output)
    await reader.until((read) => read.length === 2)
    await first.close()
    await cluster.send(input, [{ key: 'a', value: '2' }])
    const second = await apps.start(build(), config)
    const records = await reader.until((read) => read.length === 3)
    expect(records.map(textOf)).toEqual(['1', '1', '2'])
    const rows = second.store<string, string>('rows')
    expect([await rows.get('a'), await rows.get('b')]).toEqual(['2', '1'])
    expect((await cluster.admin.listTopics()).filter((topic) => topic.startsWith(config.applicationId))).toEqual([])
  })
})
