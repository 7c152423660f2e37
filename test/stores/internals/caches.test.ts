import fc from 'fast-check'
import { PlainColumns } from '../../../stores/engines/row-columns.ts'
import { NONE } from '../../../stores/internals/cache-columns.ts'
import { KeyedCache } from '../../../stores/internals/keyed-cache.ts'
import type { NamedCache } from '../../../stores/internals/named-cache.ts'
import { ThreadCache } from '../../../stores/internals/thread-cache.ts'
import { TimedCache } from '../../../stores/internals/timed/timed-cache.ts'
import { TimedKeys } from '../../../stores/internals/timed/timed-key.ts'
import { FakeStoreContext } from '../fake-context.ts'

/** Where a row stands; key-value stores have no times. */
interface Place {
  readonly key: string
  readonly time: number
}

/** The least surprising cache: a list by use and one by change. */
class ModelCache {
  readonly #maxBytes: number
  readonly #bytesOf: (place: Place, row: string | undefined, isChange: boolean) => number
  readonly written: string[] = []
  byUse: { place: Place; row: string | undefined; bytes: number }[] = []
  changed: Place[] = []

  constructor(maxBytes: number, bytesOf: (place: Place, row: string | undefined, isChange: boolean) => number) {
    this.#maxBytes = maxBytes
    this.#bytesOf = bytesOf
  }

  get bytes(): number {
    return this.byUse.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get(place: Place): string {
    const entry = this.byUse.find((each) => same(each.place, place))
    if (entry === undefined) return 'nothing'
    this.byUse = [...this.byUse.filter((each) => each !== entry), entry]
    return String(entry.row)
  }

  put(place: Place, row: string | undefined, isChange: boolean): void {
    this.byUse = [...this.byUse.filter((each) => !same(each.place, place)), { place, row, bytes: this.#bytesOf(place, row, isChange) }]
    if (isChange) this.changed = [...this.changed.filter((each) => !same(each, place)), place]
    while (this.bytes > this.#maxBytes && this.byUse.length > 0) this.#evict()
  }

  #evict(): void {
    const [eldest] = this.byUse.splice(0, 1)
    if (!this.changed.some((each) => same(each, eldest!.place))) return
    this.changed = this.changed.filter((each) => !same(each, eldest!.place))
    this.#write(eldest!.place, eldest!.row)
    this.flush()
  }

  #write({ key, time }: Place, row: string | undefined): void {
    this.written.push(`${key}@${time}=${row}`)
  }

  flush(): void {
    for (const place of this.changed) this.#write(place, this.byUse.find((each) => same(each.place, place))!.row)
    this.byUse = this.byUse.filter(({ place, row }) => row !== undefined || !this.changed.some((each) => same(each, place)))
    this.changed = []
  }
}

const same = (a: Place, b: Place): boolean => a.key === b.key && a.time === b.time

/** Two kinds of cache as one. */
interface Subject {
  readonly cache: NamedCache<string>
  /** A number of a row. */
  get(place: Place): number
  put(place: Place, row: string | undefined): void
  read?(place: Place, row: string): void
  /** The times of the rows of one key that are not after `to`. */
  times?(key: string, to: number): number[]
}

type Make = (threads: ThreadCache, context: FakeStoreContext, write: (row: number) => void) => Subject

const keyed: Make = (threads, context, write) => {
  const cache = threads.add('store', new KeyedCache<string>({ space: threads.space, context, rows: new PlainColumns(), write }))
  return {
    cache,
    get: ({ key }) => cache.get(key),
    put: ({ key }, row) => cache.put(key, row, row?.length ?? 0),
    read: ({ key }, row) => cache.putRead(key, row, row.length),
  }
}

const timed: Make = (threads, context, write) => {
  const cache = threads.add('store', new TimedCache<string>({ space: threads.space, context, rows: new PlainColumns(), write }, new TimedKeys(4)))
  return {
    cache,
    get: ({ key, time }) => cache.get(key, time, 0),
    put: ({ key, time }, row) => cache.put(key, time, 0, row, row?.length ?? 0),
    times: (key, to) => cache.between(key, 0, to).map((row) => cache.timeOf(row)),
  }
}

const steps = (hasTimes: boolean) => {
  const place = fc.record({ key: fc.constantFrom('a', 'b', 'cc', 'd'), time: hasTimes ? fc.nat(6) : fc.constant(0) })
  return fc.array(fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), place, row: fc.constantFrom('x', 'yy', 'zzzzzzzzzzzz', undefined) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('get' as const), place }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), place, row: fc.constantFrom('x', 'yy') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: hasTimes ? 1 : 0, arbitrary: fc.record({ kind: fc.constant('range' as const), place }) },
  ), { maxLength: 80 })
}

const TOPIC_BYTES = 'in'.length

describe('a cache', () => {
  test.each([['of keys', keyed, 0, false], ['of keys and times', timed, 20, true]])('%s should keep what was used last and write all changes in their order', (_name, make, suffixBytes, hasTimes) => {
    fc.assert(
      fc.property(steps(hasTimes), fc.integer({ min: 40, max: 800 }), (list, maxBytes) => {
        const threads = new ThreadCache(maxBytes)
        const context = new FakeStoreContext()
        const model = new ModelCache(maxBytes, ({ key }, row, isChange) =>
          45 + key.length + suffixBytes + (row?.length ?? 0) + (isChange ? TOPIC_BYTES : 0))
        const written: string[] = []
        const changedAt = new Map<string, number>()
        const subject: Subject = make(threads, context, (row) => {
          const { cache } = subject
          const place = `${cache.keyOf(row)}@${cache.timeOf(row)}`
          written.push(`${place}=${cache.rowOf(row)}`)
          // each in the context of the record that made it
          expect(context.currentTimestamp).toBe(changedAt.get(place))
        })
        list.forEach((step, i) => {
          context.at(i)
          if (step.kind === 'flush') {
            subject.cache.flush()
            model.flush()
          } else if (step.kind === 'range') {
            const { key, time } = step.place
            const expected = model.byUse.flatMap((entry) => (entry.place.key === key && entry.place.time <= time ? [entry.place.time] : []))
            expect(subject.times?.(key, time)).toEqual(expected.sort((a, b) => a - b))
          } else if (step.kind === 'put') {
            changedAt.set(`${step.place.key}@${step.place.time}`, i)
            subject.put(step.place, step.row)
            model.put(step.place, step.row, true)
          } else {
            const found = subject.get(step.place)
            const expected = model.get(step.place)
            expect(found === NONE ? 'nothing' : String(subject.cache.rowOf(found))).toBe(expected)
            if (step.kind === 'read' && subject.read !== undefined && expected === 'nothing') {
              subject.read(step.place, step.row)
              model.put(step.place, step.row, false)
            }
          }
          expect(written).toEqual(model.written)
          expect(threads.sizeBytes).toBe(model.bytes)
          const dirty = [...subject.cache.dirtyRows()]
          expect(dirty.map((row) => ({ key: subject.cache.keyOf(row), time: subject.cache.timeOf(row) }))).toEqual(model.changed)
        })
      }),
      { numRuns: 400 },
    )
  })

  test('should write a change as it was when the flush began, and keep what is put meanwhile for the next one', () => {
    const threads = new ThreadCache(10_000)
    const written: string[] = []
    const cache: KeyedCache<string> = new KeyedCache<string>({
      space: threads.space,
      context: new FakeStoreContext(),
      rows: new PlainColumns(),
      write: (row) => {
        written.push(`${cache.keyOf(row)}=${cache.rowOf(row)}`)
        if (cache.rowOf(row) === '1') cache.put('b', 'later', 5)
      },
    })
    cache.put('a', '1', 1)
    cache.put('b', '2', 1)
    cache.flush()
    expect(written).toEqual(['a=1', 'b=2'])
    expect(cache.rowOf(cache.get('b'))).toBe('later')
    cache.flush()
    expect(written).toEqual(['a=1', 'b=2', 'b=later'])
  })

  test('should show changes to ranges until they are in the store below', () => {
    const threads = new ThreadCache(10_000)
    const seen: string[][] = []
    const cache: KeyedCache<string> = new KeyedCache<string>({
      space: threads.space,
      context: new FakeStoreContext(),
      rows: new PlainColumns(),
      write: () => seen.push([...cache.dirtyRows()].map((row) => cache.keyOf(row))),
    })
    cache.put('a', '1', 1)
    cache.put('b', '2', 1)
    cache.flush()
    expect(seen).toEqual([['a', 'b'], ['a', 'b']])
    expect([...cache.dirtyRows()]).toEqual([])
  })
})
