import type { DeliveryErrorHook, RecordProducer, TopicAppender, ValueWriter } from '../../lib/client/types.ts'
import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { Headers } from '../../lib/core/headers.ts'
import { partitionForKey } from '../../lib/core/murmur2.ts'
import { KafkaRecordCollector } from '../../lib/runtime/kafka-record-collector.ts'
import { StreamsProducer } from '../../lib/runtime/streams-producer.ts'
import type { ProductionFailure } from '../../lib/runtime/streams-producer.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { serdeFrom } from '../../lib/serdes/serde-from.ts'
import { DeliveryError } from '../../lib/client/errors.ts'
import { TaskMigratedError } from '../../lib/task/errors.ts'
import type { ProductionResult } from '../../topology/exception-handlers.ts'

/** A producer whose topics become known, and whose records are acknowledged, when a test says so. */
class FakeProducer {
  readonly partitions = new Map<string, number>()
  readonly sent: string[] = []
  readonly acked = new Map<string, number>()
  full = false
  fatalError = undefined
  onError!: DeliveryErrorHook
  #known: (() => void)[] = []

  learn(topic: string, partitions: number): void {
    this.partitions.set(topic, partitions)
    for (const known of this.#known.splice(0)) known()
  }

  prepare(topics: readonly string[]): Promise<void> {
    return topics.every((topic) => this.partitions.has(topic)) ? Promise.resolve() : new Promise((resolve) => this.#known.push(resolve))
  }

  appender(topic: string): TopicAppender {
    const { partitions, sent } = this
    const text = <T>(data: T | undefined, writer: ValueWriter<T>): string => {
      if (data === undefined) return 'null'
      const out = new ByteWriter()
      writer.write(data, out)
      return out.view().toString('latin1')
    }
    return {
      topic,
      get numPartitions() {
        return partitions.get(topic) ?? 0
      },
      append: (partition, timestamp, key, keyWriter, value, valueWriter) => {
        return sent.push(`${topic}-${partition}@${timestamp} ${text(key, keyWriter)}=${text(value, valueWriter)}`)
      },
      appendBytes: (partition) => void sent.push(`${topic}-${partition}`),
    }
  }

  ackedOffset(topic: string, partition: number): number | undefined {
    return this.acked.get(`${topic}-${partition}`)
  }

  abandon(): void {}

  resume(): void {}

  flush(): Promise<void> {
    return Promise.resolve()
  }
}

describe('a record collector', () => {
  let fake: FakeProducer
  let failures: ProductionFailure[]
  let answer: ProductionResult
  let producer: StreamsProducer
  let collector: KafkaRecordCollector

  beforeEach(() => {
    fake = new FakeProducer()
    fake.partitions.set('out', 6)
    failures = []
    answer = 'fail'
    producer = new StreamsProducer(
      (onError) => {
        fake.onError = onError
        return fake as unknown as RecordProducer
      },
      (failure) => {
        failures.push(failure)
        return answer
      },
    )
    collector = new KafkaRecordCollector(producer, '0_0')
  })

  const strings = { keySerializer: Serdes.string.serializer, valueSerializer: Serdes.string.serializer, nodeName: 'SINK' }

  test("should choose partitions by Kafka's hash of the key", () => {
    const send = collector.sender({ topic: 'out', ...strings })
    for (const key of ['a', 'käse', 'a much longer key than the others']) {
      send(key, 'v', 7, Headers.empty)
      expect(fake.sent.at(-1)).toContain(`out-${partitionForKey(Buffer.from(key), 6)}@7 `)
    }
  })

  test('should keep records without a key together for a while', () => {
    const send = collector.sender({ topic: 'out', ...strings })
    for (let n = 0; n < 50; n++) send(undefined, 'v', 0, Headers.empty)
    expect(new Set(fake.sent.map((line) => line.slice(0, 5))).size).toBe(1)
    expect(fake.sent[0]).toMatch(/null=v$/)
  })

  test('should let a partitioner choose one partition, several, none, or leave it to the default', () => {
    const choices: (number | number[] | undefined)[] = [3, [0, 5], [], undefined]
    const send = collector.sender({ topic: 'out', ...strings, partitioner: () => choices.shift() })
    for (let n = 0; n < 4; n++) send('a', String(n), 0, Headers.empty)
    const byDefault = partitionForKey(Buffer.from('a'), 6)
    expect(fake.sent).toEqual(['out-3@0 a=0', 'out-0@0 a=1', 'out-5@0 a=1', `out-${byDefault}@0 a=3`])
  })

  test('should refuse a partition that the topic does not have', () => {
    const send = collector.sender({ topic: 'out', ...strings, partitioner: () => 6 })
    expect(() => send('a', 'v', 0, Headers.empty)).toThrow("chose partition 6 of topic 'out', which has partitions 0 to 5")
  })

  test('should use serializers that only return bytes', () => {
    const plain = serdeFrom<string>({ serialize: (_topic, text) => (text === 'nothing' ? undefined : Buffer.from(`<${text}>`)) }, Serdes.string.deserializer)
    fake.partitions.set('one', 1)
    const send = collector.sender({ topic: 'one', keySerializer: plain.serializer, valueSerializer: plain.serializer, nodeName: 'SINK' })
    send('k', 'v', 0, Headers.empty)
    send('k', 'nothing', 0, Headers.empty)
    expect(fake.sent).toEqual(['one-0@0 <k>=<v>', 'one-0@0 <k>=null'])
  })

  test('should hold records of an unknown topic back, in order, and count as full meanwhile', async () => {
    const send = collector.sender({ topic: 'later', ...strings })
    send('a', '1', 0, Headers.empty)
    send('a', '2', 0, Headers.empty)
    expect(collector.full).toBe(true)
    const flushed = collector.flush()
    fake.learn('later', 1)
    await flushed
    expect(fake.sent).toEqual(['later-0@0 a=1', 'later-0@0 a=2'])
    expect(collector.full).toBe(false)
  })

  test('should ask the handler about a record that cannot be serialized', () => {
    const send = collector.sender<string, number>({ topic: 'out', keySerializer: Serdes.string.serializer, valueSerializer: Serdes.long.serializer, nodeName: 'SINK' })
    expect(() => send('k', 'no number' as unknown as number, 0, Headers.empty)).toThrow("SINK cannot write a record to topic 'out'")
    expect(failures[0]).toMatchObject({ topic: 'out', nodeName: 'SINK', taskId: '0_0', serialization: 'value', record: { key: 'k' } })
    expect(() => collector.throwIfFailed()).toThrow('SINK cannot write')
  })

  test('should say which serializer failed and hand over the source record when its task is attached', () => {
    const context = { topic: 'in', partition: 1, offset: 5, headers: Headers.empty, processorNodeId: 'SINK', taskId: '0_0', timestamp: 3, sourceRawKey: undefined, sourceRawValue: Buffer.from('raw') }
    const dropped: string[] = []
    collector.attach({ errorContext: () => context, recordDropped: (reason) => void dropped.push(reason) })
    answer = 'continue'
    const send = collector.sender<number, string>({ topic: 'out', keySerializer: Serdes.long.serializer, valueSerializer: Serdes.string.serializer, nodeName: 'SINK' })
    send('no number' as unknown as number, 'v', 0, Headers.empty)
    expect(failures).toMatchObject([{ serialization: 'key', context }])
    expect(dropped).toHaveLength(1)
  })

  test('should count a record that its partitioner sends nowhere', () => {
    const dropped: string[] = []
    collector.attach({ errorContext: () => { throw new Error('no error here') }, recordDropped: (reason) => void dropped.push(reason) })
    collector.sender({ topic: 'out', ...strings, partitioner: () => [] })('a', 'v', 0, Headers.empty)
    expect(dropped).toEqual(['the partitioner of SINK choosing no partition'])
  })

  test('should have the tasks begin again when the handler wants a failure to be tried again, until it recovers', async () => {
    answer = 'retry'
    fake.onError(new DeliveryError('gave up', { topic: 'out', partition: 2, recordCount: 9 }, { retriable: true }), 'out', 2, 9)
    await expect(collector.flush()).rejects.toThrow(TaskMigratedError)
    await producer.recover()
    await collector.flush()
  })

  test('should not recover from a failure that stops the thread', async () => {
    for (const each of ['retry', 'fail'] as const) {
      answer = each
      fake.onError(new DeliveryError(`${answer} it`, { topic: 'out', partition: 2, recordCount: 9 }), 'out', 2, 9)
    }
    await producer.recover()
    await expect(collector.flush()).rejects.toThrow('fail it')
  })

  test('should go on after a failure that the handler forgives', async () => {
    answer = 'continue'
    fake.onError(new DeliveryError('gave up', { topic: 'out', partition: 2, recordCount: 9 }), 'out', 2, 9)
    await collector.flush()
    expect(failures[0]).toMatchObject({ partition: 2, recordCount: 9, serialization: undefined })
  })

  test('should fail the next flush after records could not be delivered', async () => {
    fake.onError(new DeliveryError('gave up', { topic: 'out', partition: 2, recordCount: 9 }), 'out', 2, 9)
    await expect(collector.flush()).rejects.toThrow('gave up')
  })

  test('should tell what was acknowledged of its changelogs since the task began', () => {
    fake.acked.set('log-3', 100)
    const changelog = collector.changelog('log', 3)
    expect([...collector.ackedOffsets()]).toEqual([])
    changelog.append('\u00ffk', Buffer.from('v'), 5)
    changelog.appendValue('k', 7, Serdes.int.serializer, 6)
    fake.acked.set('log-3', 102)
    expect(fake.sent).toEqual(['log-3@5 \u00ffk=v', 'log-3@6 k=\u0000\u0000\u0000\u0007'])
    expect([...collector.ackedOffsets()]).toEqual([['log-3', 102]])
  })

  test('should write what a store puts behind the key of a changelog record, and name all of it when the value is refused', () => {
    const changelog = collector.changelog('log', 0)
    const suffix = { write: (out: ByteWriter) => out.writeInt16(258) }
    changelog.append('k', undefined, 5, undefined, suffix)
    changelog.appendValue('k', 7, Serdes.int.serializer, 6, undefined, suffix)
    changelog.append('l', undefined, 7)
    expect(fake.sent).toEqual(['log-0@5 k\u0001\u0002=null', 'log-0@6 k\u0001\u0002=\u0000\u0000\u0000\u0007', 'log-0@7 l=null'])
    answer = 'continue'
    changelog.appendValue('k', 'no number' as unknown as number, Serdes.int.serializer, 8, undefined, suffix)
    expect(failures.at(-1)?.record?.key).toBe('k\u0001\u0002')
  })
})
