import { Headers } from '../../lib/core/headers.ts'
import type { Deserializer } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { QueueErrors } from '../../lib/task/record-queue.ts'
import { RecordQueue } from '../../lib/task/record-queue.ts'
import { SourceNode } from '../../lib/task/source-node.ts'
import type { RawRecord } from '../../lib/testing/memory-chunk.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import type { TimestampExtractor } from '../../topology/api.ts'
import { failOnInvalidTimestamp, logAndSkipOnInvalidTimestamp, usePartitionTimeOnInvalidTimestamp } from '../../topology/timestamp-extractors.ts'

const record = (offset: number, value: string | undefined, timestamp = offset): RawRecord => ({
  offset,
  timestamp,
  key: Buffer.from(`k${offset}`),
  value: value === undefined ? undefined : Buffer.from(value),
  headers: Headers.empty,
})

interface Setup {
  readonly extractor?: TimestampExtractor
  readonly value?: Deserializer<unknown>
}

const setUp = ({ extractor = failOnInvalidTimestamp, value = Serdes.string.deserializer }: Setup = {}) => {
  const failures: string[] = []
  const errors: QueueErrors = {
    deserializationFailed: (queue, error) => failures.push(`${queue.offset}: ${error.message}`),
    negativeTimestamp: (queue) => failures.push(`${queue.offset}: negative`),
  }
  const queue = new RecordQueue('t', 0, new SourceNode('s', Serdes.string.deserializer, value, extractor), errors)
  return { queue, failures }
}

test('RecordQueue should know the offset to commit when a chunk ends behind its last record', () => {
  const { queue } = setUp()
  queue.add(new MemoryChunk([record(3, 'a')], 8))
  expect(queue.advance()).toBe(true)
  expect(queue.position).toBeUndefined()
  queue.consumed()
  expect(queue.position).toBe(4)
  expect(queue.advance()).toBe(false)
  expect(queue.position).toBe(8)
})

test('RecordQueue should pass over a chunk without records when it holds only control records', () => {
  const { queue } = setUp()
  queue.add(new MemoryChunk([], 5))
  queue.add(new MemoryChunk([record(5, 'x')]))
  expect(queue.advance()).toBe(true)
  expect(queue.offset).toBe(5)
})

test('RecordQueue should give chunks back when they are used up or dropped', () => {
  const { queue } = setUp()
  const released: string[] = []
  const chunk = (name: string, records: RawRecord[]): MemoryChunk => Object.assign(new MemoryChunk(records), { release: () => released.push(name) })
  queue.add(chunk('first', [record(0, 'a')]))
  queue.add(chunk('second', [record(1, 'b')]))
  queue.advance()
  expect(released).toEqual([])
  queue.consumed()
  queue.advance()
  expect(released).toEqual(['first'])
  queue.clear()
  expect(released).toEqual(['first', 'second'])
  expect([queue.size, queue.byteLength]).toEqual([0, 0])
})

test('RecordQueue should read null keys and values as undefined when the bytes are null', () => {
  const { queue } = setUp()
  queue.add(new MemoryChunk([{ ...record(0, undefined), key: undefined }]))
  queue.advance()
  expect(queue.load()).toBe(true)
  expect([queue.key, queue.value, queue.rawKey(), queue.rawValue()]).toEqual([undefined, undefined, undefined, undefined])
})

test('RecordQueue should drop records with a negative extracted timestamp when the extractor lets them pass', () => {
  const { queue, failures } = setUp({ extractor: logAndSkipOnInvalidTimestamp })
  queue.add(new MemoryChunk([record(0, 'a', -1), record(1, 'b', 7)]))
  expect(queue.advance()).toBe(true)
  expect([queue.offset, queue.headTimestamp]).toEqual([1, 7])
  expect(failures).toEqual(['0: negative'])
})

test('RecordQueue should fail when the default extractor meets a record without timestamp', () => {
  const { queue } = setUp()
  queue.add(new MemoryChunk([record(0, 'a', -1)]))
  expect(() => queue.advance()).toThrow('has invalid (negative) timestamp')
})

test('RecordQueue should give the extractor the partition time when a record has no timestamp of its own', () => {
  const { queue } = setUp({ extractor: usePartitionTimeOnInvalidTimestamp })
  queue.add(new MemoryChunk([record(0, 'a', 9), record(1, 'b', -1)]))
  queue.advance()
  queue.partitionTime = 9
  queue.consumed()
  expect(queue.advance()).toBe(true)
  expect(queue.headTimestamp).toBe(9)
})

test('RecordQueue should skip a record that cannot be read when its extractor would need it', () => {
  const { queue, failures } = setUp({ extractor: (each) => Number(each.value), value: Serdes.long.deserializer })
  queue.add(new MemoryChunk([record(0, 'bad'), { ...record(1, ''), value: Buffer.from([0, 0, 0, 0, 0, 0, 0, 42]) }]))
  expect(queue.advance()).toBe(true)
  expect([queue.offset, queue.headTimestamp]).toEqual([1, 42])
  expect(failures).toHaveLength(1)
})

test('RecordQueue should name the record when the extractor throws', () => {
  const { queue } = setUp({
    extractor: () => {
      throw new Error('no time')
    },
  })
  queue.add(new MemoryChunk([record(4, 'a')]))
  expect(() => queue.advance()).toThrow('Fatal user code error in TimestampExtractor callback for record t-0@4: no time')
})

test('RecordQueue should hand a view and the headers to a deserializer when it has no direct way to read', () => {
  const seen: unknown[] = []
  const value: Deserializer<unknown> = {
    deserialize: (topic, data, headers) => {
      seen.push([topic, data === undefined ? undefined : Buffer.from(data).toString(), headers?.size])
      return null
    },
  }
  const { queue } = setUp({ value })
  queue.add(new MemoryChunk([{ ...record(0, 'v'), headers: Headers.empty.add('h', 'x') }, record(1, undefined)]))
  for (const _ of [0, 1]) {
    queue.advance()
    queue.load()
    expect(queue.value).toBeUndefined()
    queue.consumed()
  }
  expect(seen).toEqual([['t', 'v', 1], ['t', undefined, 0]])
})
