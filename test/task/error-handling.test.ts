import { Serdes } from '../../lib/serdes/serdes.ts'
import { deadLetter } from '../../lib/task/error-handling.ts'
import { Headers } from '../../lib/core/headers.ts'
import type { ErrorHandlerContext } from '../../topology/exception-handlers.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { isCachedStateStore } from '../../stores/internals/store-context.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import { Stores } from '../../stores/stores.ts'
import { Record } from '../../topology/api.ts'
import { Topology } from '../../topology/topology.ts'
import { Calling, forwarding, TaskHarness, TEXT } from './task-harness.ts'

const failOnBad = () =>
  new Calling((record, context) => {
    if (record.value === 'bad') throw new RangeError('bad value: bad')
    context.forward(record)
  })

const failing = (): Topology =>
  new Topology().addSource('s', 'in', TEXT).addProcessor('first', forwarding, 's').addProcessor('p', failOnBad, 'first').addSink('o', 'out', TEXT, 'p')

const run = (topology: Topology, config: StreamsConfigInput, ...values: string[]): TaskHarness => {
  const harness = new TaskHarness(topology, config).start()
  harness.add('in', ...values.map((value, i) => [`k${i}`, value, i] as const))
  harness.task.process(values.length)
  return harness
}

const headersOf = (harness: TaskHarness): [string, string | undefined][] => {
  const letters = harness.collector.take().filter(({ topic }) => topic === 'dlq')
  return letters.flatMap(({ headers }) => headers.toArray().map(({ key, value }): [string, string | undefined] => [key, value && Buffer.from(value).toString()]))
}

test('task should name node, record and cause when a processor fails and nothing else is configured', () => {
  expect(() => run(failing(), {}, 'ok', 'bad')).toThrow(
    expect.objectContaining({
      code: 'MILLRACE_TASK_PROCESSING_FAILED',
      message: expect.stringContaining('Exception caught in process. taskId=0_0, processor=p, topic=in, partition=0, offset=1'),
      cause: expect.objectContaining({ message: 'bad value: bad' }),
    }),
  )
})

test('task should drop and count only the record that failed when the processing handler says continue', () => {
  const harness = run(failing(), { processingExceptionHandler: 'continue' }, 'a', 'bad', 'c')
  expect(harness.output()).toEqual(['k0=a@0', 'k2=c@2'])
  expect(harness.dropped).toBe(1)
})

test('task should ask the processing handler once, for the node that failed, when nodes lie above it', () => {
  const asked: string[] = []
  const handler = (context: ErrorHandlerContext, record: Record<unknown, unknown> | undefined, error: Error): 'continue' => {
    asked.push(`${context.processorNodeId} ${context.topic}@${context.offset} ${String(record?.value)} ${error.message} ${Buffer.from(context.sourceRawValue!).toString()}`)
    return 'continue'
  }
  run(failing(), { processingExceptionHandler: handler }, 'bad')
  expect(asked).toEqual(['p in@0 bad bad value: bad bad'])
})

test('task should write the source record with the reason to the dead letter topic when one is configured', () => {
  const harness = run(failing(), { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dlq' }, 'bad')
  const headers = headersOf(harness)
  expect(headers.map(([name]) => name)).toEqual(['exception', 'message', 'stacktrace', 'topic', 'partition', 'offset'].map((name) => `__streams.errors.${name}`))
  expect(Object.fromEntries(headers)).toMatchObject({
    '__streams.errors.exception': 'RangeError',
    '__streams.errors.message': 'bad value: bad',
    '__streams.errors.topic': 'in',
    '__streams.errors.partition': '0',
    '__streams.errors.offset': '0',
  })
})

test('task should send exactly the dead letters a handler returns when it answers with an object', () => {
  const own = { topic: 'own', key: Buffer.from('k'), value: undefined, timestamp: 3, headers: Headers.empty }
  const harness = run(failing(), { processingExceptionHandler: () => ({ result: 'continue', deadLetterQueueRecords: [own] }), errorsDeadLetterQueueTopicName: 'dlq' }, 'bad')
  expect(harness.output('own')).toEqual(['k=null@3'])
})

test('task should say which setting helps when bytes cannot be read', () => {
  const topology = new Topology().addSource('s', 'in', { key: Serdes.string, value: Serdes.long })
  expect(() => run(topology, {}, 'x')).toThrow('please set the deserialization.exception.handler appropriately')
})

/** The eight bytes of the long 5. */
const FIVE = '\0\0\0\0\0\0\0\x05'

test('task should pass over bytes that cannot be read when the deserialization handler says continue', () => {
  const topology = new Topology().addSource('s', 'in', { key: Serdes.string, value: Serdes.long }).addSink('o', 'out', { key: Serdes.string, value: Serdes.long }, 's')
  const harness = run(topology, { deserializationExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dlq' }, 'x', FIVE, 'y')
  const records = harness.collector.take()
  expect(records.map(({ topic, value }) => `${topic} ${String(value)}`)).toEqual(['dlq x', `out ${FIVE}`, 'dlq y'])
  expect(harness.dropped).toBe(2)
  expect(harness.task.committableOffsets()).toMatchObject([{ offset: 3 }])
})

test('task should treat a sink that cannot serialize as an error of the processor above it, as Java does', () => {
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', forwarding, 's').addSink('o', 'out', { key: Serdes.string, value: Serdes.long as never }, 'p')
  expect(() => run(topology, {}, 'x')).toThrow('processor=p')
  expect(run(topology, { processingExceptionHandler: 'continue' }, 'x').dropped).toBe(1)
})

test('task should name the processor when a punctuator fails', () => {
  const ticking = () => new Calling(() => {}, (context) => {
    context.schedule(1, 'stream-time', () => {
      throw new Error('tick failed')
    })
  })
  const topology = (): Topology => new Topology().addSource('s', 'in', TEXT).addProcessor('p', ticking, 's')
  expect(() => run(topology(), {}, 'x')).toThrow("Exception caught while punctuating processor 'p': tick failed")
  const harness = run(topology(), { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dlq' }, 'x')
  expect(harness.dropped).toBe(1)
  expect(headersOf(harness)).toContainEqual(['__streams.errors.topic', undefined])
})

test('task should say so when a handler itself fails', () => {
  const handler = (): never => {
    throw new Error('oh no')
  }
  expect(() => run(failing(), { processingExceptionHandler: handler }, 'bad')).toThrow('Fatal user code error in an exception handler: oh no')
})

test('forwarding should fail with the words of Java when the named child does not exist', () => {
  const lost = () => new Calling((record, context) => context.forward(record, 'nowhere'))
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', lost, 's').addSink('o', 'out', TEXT, 'p')
  expect(() => run(topology, {}, 'x')).toThrow('Unknown downstream node: nowhere either does not exist or is not connected to this processor.')
})

test('deadLetter should keep the headers of the record when it adds its own', () => {
  const context: ErrorHandlerContext = {
    topic: 'in', partition: 2, offset: 9, headers: Headers.empty.add('h', 'x'), processorNodeId: 'p', taskId: '0_0', timestamp: 4,
    sourceRawKey: undefined, sourceRawValue: Buffer.from('v'),
  }
  const letter = deadLetter('dlq', context, new Error('why'))
  expect(letter.headers.toArray()[0]?.key).toBe('h')
  expect(letter).toMatchObject({ topic: 'dlq', key: undefined, timestamp: 4 })
})

test('task should have no source bytes for a dead letter when the record already went to a sink, as in Java', () => {
  const topology = new Topology().addSource('s', 'in', TEXT).addSink('o', 'out', TEXT, 's').addProcessor('p', failOnBad, 's')
  const harness = run(topology, { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dlq' }, 'bad')
  const letters = harness.collector.take().filter(({ topic }) => topic === 'dlq')
  expect(letters).toMatchObject([{ key: undefined, value: undefined }])
})

test('task should write the dead letter of the record that made a cached change when a processor behind the cache fails', () => {
  const store = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory', caching: true })
  const cached = () =>
    new Calling(
      (record, context) => context.getStateStore(store).put(record.key ?? '', record.value),
      (context) => {
        const listening = context.getStateStore(store)
        if (isCachedStateStore(listening)) {
          listening.setFlushListener((key: unknown, value: unknown, _old: unknown, timestamp: number) => context.forward(new Record(key, value, timestamp)), false)
        }
      },
    )
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('c', cached, 's').addProcessor('p', failOnBad, 'c').addStateStore(store, 'c')
  const config = { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'dlq' } as const
  const harness = new TaskHarness(topology, config, { cache: new ThreadCache(1000) }).start()
  harness.add('in', ['k', 'bad', 3])
  harness.task.process(1)
  expect(harness.output('dlq')).toEqual([])
  void harness.task.prepareCommit()
  expect(harness.output('dlq')).toEqual(['k=bad@3'])
})
