import { Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { StreamsConfigInput } from '../../lib/index.ts'
import { Apps, countOf, eventually, wordCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const exactlyOnce: StreamsConfigInput = { processingGuarantee: 'exactly_once_v2' }
const text = { key: Serdes.string, value: Serdes.string }

describe('an application that runs exactly once', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should write its output in transactions, with the offsets that it has processed', async () => {
    const input = await cluster.topic('input', 2)
    const output = await cluster.topic('output')
    const builder = new StreamsBuilder()
    builder.stream(input, text).mapValues((value) => value.toUpperCase()).to(output, text)
    const applicationId = cluster.unique('map')
    await apps.start(builder.build(), { ...exactlyOnce, applicationId })
    const reader = await cluster.read(output, 'read_committed')
    await cluster.send(input, ['a', 'b', 'c', 'd'].map((key) => ({ key, value: `${key}!` })))
    const records = await reader.until((read) => read.length >= 4)
    expect(records.map(({ key, value }) => `${key}=${value}`).sort()).toEqual(['a=A!', 'b=B!', 'c=C!', 'd=D!'])
    // a marker lies behind the records of each transaction
    expect((await cluster.admin.listOffsets([{ topic: output, partition: 0, spec: 'latest' }])).get(`${output}-0`)?.offset).toBeGreaterThan(4)
    await eventually(async () => {
      const offsets = await cluster.admin.listGroupOffsets(applicationId)
      return [...offsets.values()].reduce((sum, { offset }) => sum + offset, 0) === 4
    })
  })

  test('should count words by way of a repartition topic', async () => {
    const input = await cluster.topic('lines', 2)
    const output = await cluster.topic('counts')
    await apps.start(wordCount(input, output, 'leveldb'), { ...exactlyOnce, applicationId: cluster.unique('words') })
    const reader = await cluster.read(output, 'read_committed')
    await cluster.send(input, [{ key: 'x', value: 'a b a' }, { key: 'y', value: 'b a' }])
    const records = await reader.until((read) => read.length >= 5)
    expect(records.map(countOf).sort()).toEqual(['a=1', 'a=2', 'a=3', 'b=1', 'b=2'])
  })
})
