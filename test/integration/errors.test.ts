import { AutoOffsetReset, HandlerResponse, Headers, Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { ErrorHandlerContext, ProductionExceptionHandler, Serde } from '../../lib/index.ts'
import { Apps } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString())
const headerOf = (record: ReadRecord | undefined, name: string): string | undefined => text(record?.headers.last(`__streams.errors.${name}`)?.value)

const refusing = (value: string): string => {
  if (value === 'bad') throw new RangeError('no good')
  return value
}

describe('records that fail', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should be dead letters with where they came from when a processor fails and the handler continues', async () => {
    const [input, output, letters] = [await cluster.topic('in', 2), await cluster.topic('out'), await cluster.topic('letters')]
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, strings).mapValues(refusing).to(output, strings)
    const config = { applicationId: cluster.unique('letters'), processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: letters } as const
    await apps.start(builder.build(), config)
    await cluster.send(input, [{ partition: 1, key: 'k', value: 'good' }, { partition: 1, key: 'k', value: 'bad', headers: Headers.empty.add('own', 'x') }])
    const [letter] = await (await cluster.read(letters)).until((read) => read.length === 1)
    await (await cluster.read(output)).until((read) => read.length === 1)
    expect([text(letter?.key), text(letter?.value), text(letter?.headers.last('own')?.value)]).toEqual(['k', 'bad', 'x'])
    expect(['exception', 'message', 'topic', 'partition', 'offset'].map((name) => headerOf(letter, name))).toEqual(['RangeError', 'no good', input, '1', '1'])
  })

  test('should go where the handler sends them when it answers with letters of its own', async () => {
    const [input, letters] = [await cluster.topic('in'), await cluster.topic('own-letters')]
    const contexts: ErrorHandlerContext[] = []
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, strings).groupByKey().aggregate(() => '', (_key, value, all) => all + refusing(value), { ...strings, name: 'collect', store: 'all' })
    await apps.start(builder.build(), {
      applicationId: cluster.unique('own'),
      processingExceptionHandler: (context, record, error) => {
        contexts.push(context)
        const { sourceRawKey: key, timestamp, headers } = context
        return HandlerResponse.resume([{ topic: letters, key, value: Buffer.from(`${String(record?.value)}: ${error.message}`), timestamp, headers }])
      },
    })
    await cluster.send(input, [{ key: 'k', value: 'bad' }])
    const [letter] = await (await cluster.read(letters)).until((read) => read.length === 1)
    expect([text(letter?.key), text(letter?.value)]).toEqual(['k', 'bad: no good'])
    expect(contexts.map(({ topic, partition, offset, processorNodeId, taskId }) => [topic, partition, offset, processorNodeId, taskId])).toEqual([[input, 0, 0, 'collect', '0_0']])
  })

  test('should be shown to the production handler with what could not be written', async () => {
    const [input, output, letters] = [await cluster.topic('in'), await cluster.topic('out'), await cluster.topic('letters')]
    const picky: Serde<string> = Serdes.from({ serialize: (_topic, data) => (data === undefined ? undefined : Buffer.from(refusing(data))) }, Serdes.string.deserializer)
    const seen: unknown[] = []
    const handler: ProductionExceptionHandler = (context, { topic, key, value, serialization }, error) => {
      seen.push([context.processorNodeId, topic, key, value, serialization, error.message])
      return 'continue'
    }
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, strings).to(output, { key: Serdes.string, value: picky, name: 'result' })
    await apps.start(builder.build(), { applicationId: cluster.unique('production'), productionExceptionHandler: handler, errorsDeadLetterQueueTopicName: letters })
    await cluster.send(input, [{ key: 'k', value: 'bad' }, { key: 'k', value: 'good' }])
    await (await cluster.read(output)).until((read) => read.length === 1)
    const [letter] = await (await cluster.read(letters)).until((read) => read.length === 1)
    expect(seen).toEqual([['result', output, 'k', 'bad', 'value', 'no good']])
    expect([text(letter?.key), text(letter?.value), headerOf(letter, 'topic')]).toEqual(['k', 'bad', input])
  })

  test('should be passed over and sent on when a global table cannot read them', async () => {
    const [input, numbers, output, letters] = [await cluster.topic('in'), await cluster.topic('numbers'), await cluster.topic('out'), await cluster.topic('letters')]
    await cluster.send(numbers, [{ key: 'a', value: 'text' }, { key: 'b', value: Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]) }])
    const builder = new StreamsBuilder()
    const table = builder.globalTable(numbers, { key: Serdes.string, value: Serdes.long })
    builder.stream<string, string>(input, strings).join(table, (key) => key, (value, number) => `${value}${number}`).to(output, strings)
    const config = { applicationId: cluster.unique('global'), deserializationExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: letters } as const
    await apps.start(builder.build(), config)
    await cluster.send(input, [{ key: 'a', value: 'x' }, { key: 'b', value: 'y' }])
    const [joined] = await (await cluster.read(output)).until((read) => read.length === 1)
    const [letter] = await (await cluster.read(letters)).until((read) => read.length === 1)
    expect([text(joined?.value), text(letter?.value), headerOf(letter, 'topic')]).toEqual(['y7', 'text', numbers])
  })

  test('should not be read at all when the source starts by duration behind them', async () => {
    const [input, output] = [await cluster.topic('in'), await cluster.topic('out')]
    const now = Date.now()
    await cluster.send(input, [{ value: 'hours ago', timestamp: now - 7_200_000 }, { value: 'now', timestamp: now }])
    const builder = new StreamsBuilder()
    builder.stream<string, string>(input, { ...strings, offsetReset: AutoOffsetReset.byDuration(3_600_000) }).to(output, strings)
    await apps.start(builder.build(), { applicationId: cluster.unique('duration') })
    const records = await (await cluster.read(output)).until((read) => read.length === 1)
    expect(records.map(({ value }) => text(value))).toEqual(['now'])
  })
})
