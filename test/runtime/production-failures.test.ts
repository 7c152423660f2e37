import { AuthenticationError, DeliveryError } from '../../lib/client/errors.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { productionFailures } from '../../lib/runtime/production-failures.ts'
import { ProductionError } from '../../lib/runtime/streams-producer.ts'
import type { ProductionFailure } from '../../lib/runtime/streams-producer.ts'
import { Headers } from '../../lib/core/headers.ts'
import type { DeadLetterRecord } from '../../topology/exception-handlers.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { StreamsConfig } from '../../topology/config.ts'

const setUp = (config: StreamsConfigInput = {}) => {
  const letters: DeadLetterRecord[] = []
  let dropped = 0
  const handler = productionFailures({
    config: new StreamsConfig({ applicationId: 'app', ...config }),
    logger: silentLogger,
    dropped: { record: (count = 1) => void (dropped += count) },
    sendDeadLetter: (letter) => void letters.push(letter),
  })
  return { handler, letters, dropped: () => dropped }
}

const undelivered = (retriable: boolean): ProductionFailure => ({
  error: new DeliveryError('gave up', { topic: 'out', partition: 0, recordCount: 3 }, { retriable }),
  topic: 'out',
  partition: 0,
  recordCount: 3,
  serialization: undefined,
})

const context = {
  topic: 'in', partition: 1, offset: 5, headers: Headers.empty, processorNodeId: 'SINK', taskId: '0_1', timestamp: 7,
  sourceRawKey: Buffer.from('k'), sourceRawValue: Buffer.from('v'),
}

const unserializable = (topic = 'out'): ProductionFailure => ({
  error: new ProductionError('SINK cannot write', { cause: new SerializationError('no long') }),
  topic,
  partition: undefined,
  recordCount: 1,
  nodeName: 'SINK',
  taskId: '0_1',
  record: { key: 'k', value: 'v', timestamp: 7, headers: Headers.empty },
  serialization: 'value',
  context,
})

test('The default handler should try again what may pass by itself, and stop at everything else', () => {
  const { handler } = setUp()
  expect(handler(undelivered(true))).toBe('retry')
  expect(handler(undelivered(false))).toBe('fail')
  expect(handler(unserializable())).toBe('fail')
})

test('An answer of retry should count as fail when the error does not pass by itself', () => {
  const { handler } = setUp({ productionExceptionHandler: () => 'retry' })
  expect(handler(undelivered(true))).toBe('retry')
  expect(handler(undelivered(false))).toBe('fail')
  expect(handler(unserializable())).toBe('fail')
})

test('No handler should be asked when the broker refuses that we write', () => {
  const { handler } = setUp({ productionExceptionHandler: 'continue' })
  const error = new AuthenticationError('not authorized')
  expect(handler({ ...undelivered(false), error })).toBe('fail')
})

test('The source record should go to the dead letter topic when an output cannot be serialized, also when the answer is fail', () => {
  for (const answer of ['fail', 'continue'] as const) {
    const { handler, letters } = setUp({ errorsDeadLetterQueueTopicName: 'dead', productionExceptionHandler: answer })
    expect(handler(unserializable())).toBe(answer)
    expect(letters).toMatchObject([{ topic: 'dead', key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 7 }])
    const texts = Object.fromEntries([...letters[0]!.headers].map(({ key, value }) => [key, String(value)]))
    expect(texts).toMatchObject({ '__streams.errors.message': 'no long', '__streams.errors.topic': 'in', '__streams.errors.offset': '5' })
  }
})

test('A dead letter that cannot be written should not be followed by another', () => {
  const { handler, letters } = setUp({ errorsDeadLetterQueueTopicName: 'dead' })
  expect(handler(unserializable('dead'))).toBe('fail')
  expect(letters).toEqual([])
})

test('Records that the handler drops should be counted', () => {
  const { handler, dropped } = setUp({ productionExceptionHandler: 'continue' })
  expect(handler(undelivered(false))).toBe('continue')
  expect(dropped()).toBe(3)
})
