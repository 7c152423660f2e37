import { Headers } from '../../lib/core/headers.ts'
import type { PartitionQueue } from '../../lib/client/partition-queue.ts'
import { RecordAccumulator } from '../../lib/client/record-accumulator.ts'
import { Sequencer } from '../../lib/client/sequencer.ts'

let accumulator: RecordAccumulator

beforeEach(() => {
  accumulator = new RecordAccumulator({ batchSize: 100_000, lingerMs: 60_000, maxRequestSize: 1_000_000 }, () => {})
})

afterEach(() => accumulator.close())

/** A queue with one sealed batch for each number of records. */
const queueWith = (...counts: number[]): PartitionQueue => {
  const queue = accumulator.queue('t', 0)
  for (const count of counts) {
    for (let i = 0; i < count; i++) queue.append(1, undefined, nothing, undefined, nothing, Headers.empty)
    queue.seal()
  }
  return queue
}

const nothing = { write: (): void => {} }

const sequencer = (mayBump = true): Sequencer => {
  const made = new Sequencer(mayBump)
  made.identity = { producerId: 9, producerEpoch: 3 }
  return made
}

/** What the sender does with an admitted batch. */
const send = (queue: PartitionQueue): void => void queue.inFlight.push(queue.sealed.shift()!)

describe('Sequencer', () => {
  test('should number batches by their records, from 0', () => {
    const queue = queueWith(3, 5, 1)
    const numbers = sequencer()
    for (const batch of queue.sealed) expect(numbers.admit(queue, batch)).toBe('yes')
    expect(queue.sealed.map((batch) => batch.sequence)).toEqual([0, 3, 8])
    expect(queue.sealed[0]).toMatchObject({ producerId: 9, producerEpoch: 3 })
  })

  test('should send the first batch of an epoch alone, since the broker would take any number before it', () => {
    const queue = queueWith(3, 5)
    const numbers = sequencer()
    numbers.admit(queue, queue.sealed[0]!)
    send(queue)
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('later')
    queue.acknowledged = true
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('yes')
    expect(queue.sealed[0]!.sequence).toBe(3)
  })

  test('should leave a batch its number when it is sent again', () => {
    const queue = queueWith(3, 5)
    const numbers = sequencer()
    for (const batch of queue.sealed) numbers.admit(queue, batch)
    numbers.admit(queue, queue.sealed[0]!)
    expect(queue.sealed.map((batch) => batch.sequence)).toEqual([0, 3])
  })

  test('should begin again at 0 after the largest number', () => {
    const queue = queueWith(3, 2)
    const numbers = sequencer()
    queue.producerId = 9
    queue.producerEpoch = 3
    queue.nextSequence = 2 ** 31 - 2
    for (const batch of queue.sealed) numbers.admit(queue, batch)
    expect(queue.sealed.map((batch) => batch.sequence)).toEqual([2 ** 31 - 2, 1])
  })

  test('should begin a new epoch, once nothing is under way, when a batch was given up', () => {
    const queue = queueWith(3, 5)
    const numbers = sequencer()
    numbers.admit(queue, queue.sealed[0]!)
    send(queue)
    queue.gap = true
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('later')
    queue.inFlight.pop()
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('yes')
    expect(queue.sealed[0]).toMatchObject({ producerEpoch: 4, sequence: 0 })
    expect(queue.gap).toBe(false)
  })

  test('should send what has a number under its old number first, when a batch was given up', () => {
    const queue = queueWith(3, 5, 1)
    const numbers = sequencer()
    numbers.admit(queue, queue.sealed[0]!)
    numbers.admit(queue, queue.sealed[1]!)
    queue.sealed.shift()
    queue.gap = true
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('yes')
    expect(queue.sealed[0]!.sequence).toBe(3)
  })

  test('should number everything anew when the broker misses a number', () => {
    const queue = queueWith(3, 5)
    const numbers = sequencer()
    for (const batch of queue.sealed) numbers.admit(queue, batch)
    queue.mustBump = true
    for (const batch of queue.sealed) numbers.admit(queue, batch)
    expect(queue.sealed.map(({ producerEpoch, sequence }) => [producerEpoch, sequence])).toEqual([[4, 0], [4, 3]])
  })

  test('should not raise the epoch of a transactional producer', () => {
    const queue = queueWith(3)
    queue.producerId = 9
    queue.producerEpoch = 3
    queue.mustBump = true
    expect(sequencer(false).admit(queue, queue.sealed[0]!)).toBe('failed')
  })

  test('should go on under a new identity from 0, once nothing is under way under the old one', () => {
    const queue = queueWith(3, 5, 1)
    const numbers = sequencer()
    numbers.admit(queue, queue.sealed[0]!)
    send(queue)
    numbers.identity = { producerId: 10, producerEpoch: 0 }
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('later')
    queue.inFlight.pop()
    expect(numbers.admit(queue, queue.sealed[0]!)).toBe('yes')
    expect(queue.sealed[0]).toMatchObject({ producerId: 10, producerEpoch: 0, sequence: 0 })
  })
})
