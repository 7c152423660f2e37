import fc from 'fast-check'
import { Headers } from '../../lib/core/headers.ts'
import { ClosedError } from '../../lib/client/errors.ts'
import type { PartitionQueue } from '../../lib/client/partition-queue.ts'
import { RecordAccumulator } from '../../lib/client/record-accumulator.ts'
import { readBatch } from './read-batch.ts'

const open: RecordAccumulator[] = []

const make = (options: { batchSize?: number; lingerMs?: number; maxRequestSize?: number } = {}, wake = (): void => {}): RecordAccumulator => {
  const accumulator = new RecordAccumulator({ batchSize: 1000, lingerMs: 60_000, maxRequestSize: 4000, ...options }, wake)
  open.push(accumulator)
  return accumulator
}

afterEach(() => open.splice(0).forEach((accumulator) => accumulator.close()))

const text = { write: (data: string, out: { writeUtf8(text: string): void }) => out.writeUtf8(data) }

const append = (queue: PartitionQueue, value: string): number => queue.append(1, undefined, text, value, text, Headers.empty)

const take = (queue: PartitionQueue): string[] => {
  queue.seal()
  return queue.sealed.splice(0).flatMap((batch) => readBatch(batch.encode({})).map((record) => record.value!))
}

describe('RecordAccumulator', () => {
  test('should keep records in order, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 900 }), { maxLength: 60 }), (values) => {
        const queue = make().queue('t', 0)
        for (const value of values) append(queue, value)
        expect(take(queue)).toEqual(values)
      }),
    )
  })

  test('should end a batch when it has reached batchSize', () => {
    let woken = 0
    const accumulator = make({}, () => (woken += 1))
    const queue = accumulator.queue('t', 0)
    append(queue, 'x'.repeat(500))
    expect([queue.sealed.length, woken, accumulator.ready.size]).toEqual([0, 0, 0])
    append(queue, 'x'.repeat(500))
    expect([queue.sealed.length, woken, accumulator.ready.size]).toEqual([1, 1, 1])
    expect(queue.open).toBeUndefined()
  })

  test('should put a record into the next batch when this one would become larger than a request', () => {
    const queue = make({ batchSize: 3400 }).queue('t', 0)
    append(queue, 'a'.repeat(2000))
    append(queue, 'b'.repeat(2000))
    queue.seal()
    expect(queue.sealed.map((batch) => batch.recordCount)).toEqual([1, 1])
    expect(take(queue).map((value) => value[0])).toEqual(['a', 'b'])
  })

  test('should refuse a record larger than a request and take the next one', () => {
    const accumulator = make()
    const queue = accumulator.queue('t', 0)
    expect(() => append(queue, 'x'.repeat(5000))).toThrow(/larger than maxRequestSize/)
    expect(accumulator.bufferedBytes).toBe(0)
    append(queue, 'fits')
    expect(take(queue)).toEqual(['fits'])
  })

  test('should count nothing when a serializer throws', () => {
    const accumulator = make()
    const queue = accumulator.queue('t', 0)
    const broken = {
      write: () => {
        throw new Error('cannot')
      },
    }
    expect(() => queue.append(1, undefined, text, 'x', broken, Headers.empty)).toThrow('cannot')
    expect([accumulator.bufferedBytes, accumulator.incomplete.size, queue.head]).toEqual([0, 0, undefined])
    append(queue, 'after')
    expect(take(queue)).toEqual(['after'])
  })

  test('should make a batch due when its first record has waited for lingerMs', async () => {
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => (wake = resolve))
    const accumulator = make({ lingerMs: 5 }, () => wake())
    const queue = accumulator.queue('t', 0)
    append(queue, 'x')
    expect(queue.isDue).toBe(false)
    await woken
    expect(queue.isDue).toBe(true)
    append(queue, 'y')
    expect(take(queue)).toEqual(['x', 'y'])
  })

  test('should count bytes from the first append until a batch is settled', () => {
    const accumulator = make()
    const [first, second] = [accumulator.queue('t', 0), accumulator.queue('u', 3)]
    append(first, 'abc')
    append(second, 'def')
    first.seal()
    second.seal()
    const [one, two] = [first.sealed[0]!, second.sealed[0]!]
    expect(accumulator.bufferedBytes).toBe(one.byteLength + two.byteLength)
    accumulator.settle(one)
    accumulator.settle(two)
    expect([accumulator.bufferedBytes, accumulator.incomplete.size]).toEqual([0, 0])
  })

  test('should refuse appends with the reason when it is closed', () => {
    const accumulator = make()
    accumulator.refusal = new ClosedError('closed')
    expect(() => append(accumulator.queue('t', 0), 'x')).toThrow('closed')
  })
})

describe('PartitionQueue', () => {
  test('should put batches back to where they were when they come back in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (choices) => {
        const queue = make({ batchSize: 1 }).queue('t', 0)
        for (let i = 0; i < 8; i++) append(queue, String(i))
        const away = queue.sealed.splice(0, 5)
        for (const choice of choices) if (away.length > 0) queue.requeue(away.splice(choice % away.length, 1)[0]!)
        for (const batch of away) queue.requeue(batch)
        expect(take(queue)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
      }),
    )
  })
})
