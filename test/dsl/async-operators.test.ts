import fc from 'fast-check'
import type { KStream } from '../../dsl/kstream.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { minutes } from '../../lib/core/duration.ts'
import { Headers } from '../../lib/core/headers.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import type { AsyncCall } from '../../topology/async.ts'
import { Service, settle } from '../task/async/service.ts'
import { TaskHarness } from '../task/task-harness.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import { described, numbers, text } from './helpers.ts'

type Out = [string | undefined, string | undefined, number]
type Given = readonly [key: string, value: string, timestamp: number]

/** Resolves after that many turns of the event loop. */
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs a topology over the records of the topic `in`, all there before the first answer, and returns what comes out on `out`. */
const run = async (define: (stream: KStream<string, string>, builder: StreamsBuilder) => void, input: readonly Given[], config = {}): Promise<Out[]> => {
  const builder = new StreamsBuilder()
  define(builder.stream('in', text), builder)
  const driver = new TopologyTestDriver(builder.build(), { config: { statestoreCacheMaxBytes: 0, ...config }, initialWallClockMs: 0 })
  try {
    const topic = driver.createInputTopic('in', text)
    for (const [key, value, timestamp] of input) topic.pipeInput(key, value, { timestamp })
    await driver.settled()
    const out = driver.createOutputTopic('out', text).readRecordsToList()
    return out.map((record) => [record.key, record.value, record.timestamp])
  } finally {
    driver.close()
  }
}

const input: readonly Given[] = [['a', '3', 1], ['b', '1', 2], ['a', '2', 3]]
/** The smaller the value, the sooner the answer. */
const soon = (value: string): Promise<void> => turns(Number(value))

describe('an asynchronous operator', () => {
  test('mapValuesAsync should give what mapValues gives, in the same order, when answers come in another', async () => {
    const out = await run((stream) => stream.mapValuesAsync(async (value, key) => soon(value).then(() => `${key}${value}`)).to('out', text), input)
    expect(out).toEqual([['a', 'a3', 1], ['b', 'b1', 2], ['a', 'a2', 3]])
  })

  test('mapValuesAsync should let results leave as they are ready, except those of one key, when the order is that of keys', async () => {
    const out = await run((stream) => stream.mapValuesAsync(async (value) => soon(value).then(() => value), { order: 'key' }).to('out', text), input)
    expect(out).toEqual([['b', '1', 2], ['a', '3', 1], ['a', '2', 3]])
  })

  test('filterAsync should pass on the records for which the answer is true', async () => {
    const out = await run((stream) => stream.filterAsync(async (_key, value) => soon(value).then(() => value !== '1')).to('out', text), input)
    expect(out).toEqual([['a', '3', 1], ['a', '2', 3]])
  })

  test('mapAsync should change keys, and mark the stream for repartitioning', async () => {
    const define = (stream: KStream<string, string>): void => {
      stream
        .mapAsync(async (key, value) => soon(value).then(() => [`${key}${value}`, key] as const))
        .groupByKey(text)
        .count({ value: numbers.value })
        .toStream()
        .mapValues((count, key) => `${key} ${count}`)
        .to('out', text)
    }
    expect(await run(define, input)).toEqual([['a3', 'a3 1', 1], ['b1', 'b1 1', 2], ['a2', 'a2 1', 3]])
    expect(described((builder) => define(builder.stream('in', text)))).toContain('-repartition')
  })

  test('flatMapValuesAsync and flatMapAsync should pass on any number of records for each', async () => {
    const values = await run((stream) => stream.flatMapValuesAsync(async (value) => value.repeat(Number(value) - 1).split('')).to('out', text), input)
    expect(values).toEqual([['a', '3', 1], ['a', '3', 1], ['a', '2', 3]])
    const pairs = await run(
      (stream) => stream.flatMapAsync(async (key, value) => (value === '1' ? [] : [[value, key] as const, [key, value] as const])).to('out', text),
      input,
    )
    expect(pairs).toEqual([['3', 'a', 1], ['a', '3', 1], ['2', 'a', 3], ['a', '2', 3]])
  })

  test('peekAsync and foreachAsync should wait for their action', async () => {
    const seen: string[] = []
    const noting = async (key: string, value: string): Promise<void> => {
      await soon(value)
      seen.push(`${key}${value}`)
    }
    const out = await run((stream) => {
      stream.foreachAsync(noting)
      stream.peekAsync(noting).to('out', text)
    }, input)
    expect(seen).toEqual(['b1', 'b1', 'a2', 'a2', 'a3', 'a3'])
    expect(out).toHaveLength(3)
  })

  test('should take what its function returns without a promise, too', async () => {
    const out = await run((stream) => stream.mapValuesAsync((value) => value + value).to('out', text), input)
    expect(out.map(([, value]) => value)).toEqual(['33', '11', '22'])
  })

  test('should have nodes with names of their own kind', () => {
    const description = described((builder) => {
      const stream = builder.stream('in', text)
      stream.mapValuesAsync((value) => value).flatMapValuesAsync((value) => [value]).filterAsync(() => true).peekAsync(() => {}).foreachAsync(() => {})
      stream.mapAsync((key, value) => [key, value]).flatMapAsync((key, value) => [[key, value]], { name: 'mine' }).to('out')
    })
    expect(description.match(/Processor: \S+/g)).toEqual([
      'Processor: KSTREAM-MAPVALUES-ASYNC-0000000001',
      'Processor: KSTREAM-FLATMAPVALUES-ASYNC-0000000002',
      'Processor: KSTREAM-FILTER-ASYNC-0000000003',
      'Processor: KSTREAM-MAP-ASYNC-0000000006',
      'Processor: KSTREAM-PEEK-ASYNC-0000000004',
      'Processor: mine',
      'Processor: KSTREAM-FOREACH-ASYNC-0000000005',
    ])
  })

  test('should be refused when it is built with options that make no sense', () => {
    const stream = new StreamsBuilder().stream('in', text)
    expect(() => stream.mapValuesAsync((value) => value, { concurrency: 0 })).toThrow('Invalid topology: concurrency has to be a whole number from 1 on, but is 0')
    expect(() => stream.filterAsync(() => true, { order: 'any' as never })).toThrow('order has to be \'partition\' or \'key\', but is any')
  })

  test('should fail with the name of the operator when its function answers nothing where it must', async () => {
    const running = run((stream) => stream.flatMapAsync(async () => undefined as never).to('out', text), input)
    await expect(running).rejects.toThrow('The function given to flatMapAsync() returned undefined for key a')
  })

  test('should keep timestamp and headers of the record, and tell the call of them', async () => {
    const builder = new StreamsBuilder()
    const calls: AsyncCall[] = []
    builder
      .stream('in', text)
      .mapValuesAsync((value, _key, call) => {
        calls.push(call)
        return value
      })
      .to('out', text)
    using driver = new TopologyTestDriver(builder.build())
    const headers = Headers.of([{ key: 'trace', value: Buffer.from('1') }])
    driver.createInputTopic('in', text).pipeInput('k', 'v', { timestamp: 7, headers })
    await driver.settled()
    expect(calls).toMatchObject([{ topic: 'in', partition: 0, offset: 0, timestamp: 7, headers }])
    expect(calls[0]?.signal.aborted).toBe(false)
    const [record] = driver.createOutputTopic('out', text).readRecordsToList()
    expect(record?.timestamp).toBe(7)
    expect(record?.headers.toArray()).toEqual(headers.toArray())
  })

  test('should give the changes that a cache held back, too', async () => {
    const out = await run(
      (stream) => stream.groupByKey(text).count().toStream().mapValuesAsync(async (count) => turns(1).then(() => String(count))).to('out', text),
      input,
      { statestoreCacheMaxBytes: 1_000_000 },
    )
    expect(new Map(out.map(([key, value]) => [key, value]))).toEqual(new Map([['a', '2'], ['b', '1']]))
  })

  test('should go on after a record whose call failed when the handler says continue, and write it to the dead letters', async () => {
    const builder = new StreamsBuilder()
    builder
      .stream('in', text)
      .mapValuesAsync(async (value) => {
        if (value === '1') throw new Error('unknown')
        return value
      })
      .to('out', text)
    const config = { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dead' } as const
    using driver = new TopologyTestDriver(builder.build(), { config })
    const topic = driver.createInputTopic('in', text)
    for (const [key, value, timestamp] of input) topic.pipeInput(key, value, { timestamp })
    await driver.settled()
    expect(driver.createOutputTopic('out', text).readValuesToList()).toEqual(['3', '2'])
    const [letter] = driver.createOutputTopic('dead', text).readRecordsToList()
    expect([letter?.key, letter?.value, letter?.timestamp]).toEqual(['b', '1', 2])
    expect(Buffer.from(letter?.headers.last('__streams.errors.offset')?.value ?? []).toString()).toBe('1')
  })
})

describe('a commit', () => {
  test('should wait for the calls for what was in a cache, since no offset would bring it back', async () => {
    const service = new Service()
    const builder = new StreamsBuilder()
    builder.stream('in', text).groupByKey(text).count().toStream().mapValuesAsync((count) => service.call(String(count))).to('out', text)
    const harness = new TaskHarness(builder.build(), {}, { cache: new ThreadCache(1_000_000) }).start().add('in', ['a', 'x', 1], ['a', 'y', 2])
    const { task } = harness
    task.process(10)
    expect(service.made).toEqual([])
    const preparing = task.prepareCommit()
    expect(service.made).toEqual(['2'])
    service.answer('2')
    await preparing
    expect(harness.output()).toEqual(['a=2!@2'])
    expect(task.committableOffsets()).toMatchObject([{ offset: 2 }])
  })

  test('should wait for the calls for what a full cache gave away, too', async () => {
    const service = new Service()
    const builder = new StreamsBuilder()
    builder.stream('in', text).groupByKey(text).count().toStream().mapValuesAsync((count) => service.call(String(count))).to('out', text)
    const harness = new TaskHarness(builder.build(), {}, { cache: new ThreadCache(1) }).start().add('in', ['a', 'x', 1], ['b', 'y', 2])
    const { task } = harness
    task.process(10)
    const preparing = task.prepareCommit()
    expect(preparing).toBeDefined()
    while (service.open.length > 0) {
      service.answer(0)
      await settle()
    }
    await preparing
    expect(harness.output()).toEqual(['a=1!@1', 'b=1!@2'])
  })
})

describe('an asynchronous operator in the order of the partition', () => {
  const records = fc.array(
    fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('x', 'y', 'z'), step: fc.integer({ min: -3, max: 5 }), wait: fc.nat(4) }),
    { maxLength: 25 },
  )

  test('should give the results of the synchronous one, however long its calls take', () =>
    fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 6 }), async (given, concurrency) => {
        let now = 100
        const timed: Given[] = given.map(({ key, value, step }) => [key, value, (now += step)])
        const below = (stream: KStream<string, string>): void => {
          stream
            .groupBy((key, value) => key + value, text)
            .aggregate(() => 0, (_key, _value, count) => count + 1, { value: numbers.value })
            .toStream()
            .mapValues((count, key) => `${key} ${count}`)
            .to('out', text)
        }
        const waits = given.map(({ wait }) => wait)
        const asynchronous = await run(
          (stream) =>
            below(
              stream
                .mapValuesAsync(async (value, _key, { offset }) => turns(waits[offset] ?? 0).then(() => value.toUpperCase()), { concurrency })
                .flatMapValuesAsync(async (value) => [value, 'n'], { concurrency })
                .filterAsync(async (_key, value) => value !== 'Y', { concurrency }),
            ),
          timed,
        )
        const synchronous = await run(
          (stream) => below(stream.mapValues((value) => value.toUpperCase()).flatMapValues((value) => [value, 'n']).filter((_key, value) => value !== 'Y')),
          timed,
        )
        expect(asynchronous).toEqual(synchronous)
      }),
      { numRuns: 40 },
    ), minutes(1))
})
