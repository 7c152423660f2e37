import fc from 'fast-check'
import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { PartitionGroup } from '../../lib/task/partition-group.ts'
import { RecordQueue } from '../../lib/task/record-queue.ts'
import { SourceNode } from '../../lib/task/source-node.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import { failOnInvalidTimestamp } from '../../topology/timestamp-extractors.ts'

const source = new SourceNode('s', Serdes.string.deserializer, Serdes.string.deserializer, failOnInvalidTimestamp)
const noErrors = {
  deserializationFailed: (_queue: RecordQueue, error: Error) => {
    throw error
  },
  negativeTimestamp: () => {},
}

const newGroup = (partitions: number): { group: PartitionGroup; queues: RecordQueue[] } => {
  const queues = Array.from({ length: partitions }, (_, partition) => new RecordQueue('t', partition, source, noErrors))
  return { group: new PartitionGroup(queues), queues }
}

const chunk = (first: number, timestamps: readonly number[]): MemoryChunk =>
  new MemoryChunk(
    timestamps.map((timestamp, i) => ({ offset: first + i, timestamp, key: undefined, value: Buffer.from(String(timestamp)), headers: Headers.empty })),
  )

/** Takes and consumes the next record; `partition@timestamp`. */
const take = (group: PartitionGroup): string | undefined => {
  const queue = group.next()
  if (queue === undefined) return undefined
  expect(queue.value).toBe(String(queue.headTimestamp))
  const taken = `${queue.partition}@${queue.headTimestamp}`
  queue.consumed()
  return taken
}

type Step = { readonly partition: number; readonly timestamps: readonly number[] } | 'take'

const steps = (partitions: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      fc.record({ partition: fc.nat(partitions - 1), timestamps: fc.array(fc.nat(30), { maxLength: 5 }) }),
      fc.constant('take' as const),
    ),
    { maxLength: 60 },
  )

test('PartitionGroup should always take the smallest head timestamp when partitions are filled and read in any order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }).chain((n) => fc.tuple(fc.constant(n), steps(n))), ([partitions, all]) => {
      const { group, queues } = newGroup(partitions)
      const model: number[][] = queues.map(() => [])
      const offsets = queues.map(() => 0)
      let streamTime = -1
      for (const step of all) {
        if (step !== 'take') {
          group.add(queues[step.partition]!, chunk(offsets[step.partition]!, step.timestamps))
          offsets[step.partition]! += step.timestamps.length
          model[step.partition]!.push(...step.timestamps)
          continue
        }
        const heads = model.flatMap((waiting) => (waiting.length > 0 ? [waiting[0]!] : []))
        const taken = take(group)
        if (heads.length === 0) {
          expect(taken).toBeUndefined()
          continue
        }
        const [partition, timestamp] = taken!.split('@').map(Number) as [number, number]
        expect(timestamp).toBe(Math.min(...heads))
        expect(model[partition]!.shift()).toBe(timestamp)
        streamTime = Math.max(streamTime, timestamp)
        expect(group.streamTime).toBe(streamTime)
      }
      expect(group.hasRecords).toBe(model.some((waiting) => waiting.length > 0))
      queues.forEach((queue, i) => expect(queue.size).toBe(Math.max(0, model[i]!.length - (queue.hasHead ? 1 : 0))))
    }),
  )
})

test('PartitionGroup should keep a record current when chunks arrive before it is consumed', () => {
  const { group, queues } = newGroup(2)
  group.add(queues[0]!, chunk(0, [5]))
  const current = group.next()
  group.add(queues[1]!, chunk(0, [1]))
  expect(current?.rawValue()?.toString()).toBe('5')
  expect(current?.hasHead).toBe(true)
  current?.consumed()
  expect(take(group)).toBe('1@1')
  expect(take(group)).toBeUndefined()
})

test('PartitionGroup should say whether all partitions have records when some are empty', () => {
  const { group, queues } = newGroup(2)
  group.add(queues[0]!, chunk(0, [5]))
  expect(group.hasRecords).toBe(true)
  expect(group.allHaveRecords).toBe(false)
  group.add(queues[1]!, chunk(0, [6]))
  expect(group.allHaveRecords).toBe(true)
})
