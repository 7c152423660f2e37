import fc from 'fast-check'
import { Headers } from '../../../../lib/core/headers.ts'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import type { Windowed } from '../../../../stores/windowed.ts'
import type { EmitChange } from '../../../../stores/internals/buffer/suppression-buffer.ts'
import { SuppressionBuffer } from '../../../../stores/internals/buffer/suppression-buffer.ts'
import type { FakeChangelog } from '../../fake-context.ts'
import { FakeStoreContext } from '../../fake-context.ts'

type Buffered = SuppressionBuffer<string, string>

const open = (context: FakeStoreContext, loggingEnabled = true): Buffered => {
  const buffer: Buffered = new SuppressionBuffer({ name: 'held', keySerde: Serdes.string, valueSerde: Serdes.string, loggingEnabled })
  buffer.init(context, buffer)
  return buffer
}

/** What comes out, as `key:old->new@timestamp`, until stream time `time`, or until no more than `max` are left. */
const emit = (buffer: Buffered, time: number, max = Infinity): string[] => {
  const out: string[] = []
  const take: EmitChange<string, string> = (key, newValue, oldValue, timestamp) => out.push(`${key}:${oldValue}->${newValue}@${timestamp}`)
  buffer.emitUntil(time, take)
  buffer.emitWhile(() => buffer.count > max, take)
  return out
}

/** A buffer over what the other one has logged. */
const restarted = (context: FakeStoreContext): Buffered => {
  const next = open(context)
  context.restore(next)
  return next
}

describe('a suppression buffer', () => {
  test('should keep the place of a key and emit its last update with the context of that update', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    context.at(10)
    buffer.put(10, 'a', '1', undefined)
    context.at(11)
    buffer.put(11, 'b', '2', undefined)
    context.at(30)
    buffer.put(30, 'a', '3', '1')
    expect(emit(buffer, 9)).toEqual([])
    expect(emit(buffer, 10)).toEqual(['a:1->3@30'])
    expect(emit(buffer, 30)).toEqual(['b:undefined->2@11'])
    expect(context.currentTimestamp).toBe(30)
  })

  test('should answer lookups of waiting keys with the row before them, also while it emits them', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    buffer.put(1, 'a', '2', '1')
    buffer.put(2, 'a', '3', '2')
    buffer.put(3, 'new', 'x', undefined)
    expect([buffer.priorOf('a'), buffer.priorOf('new'), buffer.priorOf('other')]).toEqual([{ value: '1' }, { value: undefined }, undefined])
    const seen: unknown[] = []
    buffer.emitUntil(Infinity, (key) => seen.push(buffer.priorOf(key)))
    expect(seen).toEqual([{ value: '1' }, { value: undefined }])
    expect(buffer.priorOf('a')).toBeUndefined()
  })

  test('should count keys, values and contexts in bytes, equal old values once', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    context.current = { topic: 'topic', partition: 0, offset: 7, timestamp: 1, headers: Headers.empty.add('h', 'xyz').add('n', undefined) }
    buffer.put(1, 'key', 'new', 'old')
    const withHeaders = 8 + 3 + 3 + 3 + (20 + 5 + 4 + 1)
    expect(buffer.byteSize).toBe(withHeaders)
    context.current = { ...context.current, headers: Headers.empty }
    buffer.put(2, 'key', undefined, 'new')
    expect(buffer.byteSize).toBe(8 + 3 + 3 + 3 + 25)
    emit(buffer, 1)
    expect([buffer.byteSize, buffer.count, buffer.minTime]).toEqual([0, 0, Infinity])
  })

  test('should hold what can change as it was when it came, and keys of windows, over a restart', () => {
    const context = new FakeStoreContext()
    const openJson = (): SuppressionBuffer<Windowed<string>, { n: number }> => {
      const keySerde = Serdes.timeWindowed(Serdes.string, 10)
      const opened = new SuppressionBuffer({ name: 'held', keySerde, valueSerde: Serdes.json<{ n: number }>(), loggingEnabled: true })
      opened.init(context, opened)
      return opened
    }
    const buffer = openJson()
    const value = { n: 1 }
    const key = (start: number): Windowed<string> => ({ key: 'a', window: { start, end: start + 10 } })
    buffer.put(10, key(0), value, undefined)
    buffer.put(20, key(10), value, { n: 1 })
    value.n = 2
    buffer.flushCache()
    const { byteSize } = buffer
    const next = openJson()
    context.restore(next)
    expect(next.byteSize).toBe(byteSize)
    const out: unknown[] = []
    next.emitUntil(20, (k, newValue, oldValue) => out.push([k, newValue, oldValue]))
    expect(out).toEqual([[key(0), { n: 1 }, undefined], [key(10), { n: 1 }, { n: 1 }]])
  })

  test('should keep its order and what waits when a record is refused downstream', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    for (const key of ['c', 'a', 'b']) buffer.put(1, key, key, undefined)
    const out: string[] = []
    const refuse = (key: string): void => {
      if (key === 'b') throw new Error('refused')
      out.push(key)
    }
    expect(() => buffer.emitUntil(1, refuse)).toThrow('refused')
    expect([out, buffer.count, buffer.minTime]).toEqual([['a'], 2, 1])
    expect(emit(buffer, 1)).toEqual(['b:undefined->b@0', 'c:undefined->c@0'])
  })

  test('should log each changed key once per commit, without a time, and what left as deleted', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    buffer.put(1, 'a', '1', undefined)
    buffer.put(2, 'a', '2', '1')
    buffer.put(3, 'b', '3', undefined)
    emit(buffer, 1)
    buffer.flushCache()
    buffer.flushCache()
    const { records } = context.changelog('held')
    expect(records.map(({ key, value, timestamp }) => [key.toString(), value === undefined, timestamp])).toEqual([['a', true, -1], ['b', false, -1]])
  })

  test('should restore the place of a key that left and came again between two commits', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    buffer.put(0, 'b', '1', undefined)
    buffer.flushCache()
    emit(buffer, 0)
    buffer.put(1, 'a', '2', undefined)
    buffer.put(1, 'b', '3', '1')
    buffer.flushCache()
    expect(emit(restarted(context), 1)).toEqual(['a:undefined->2@0', 'b:1->3@0'])
  })

  test('should log nothing when logging is off', () => {
    const context = new FakeStoreContext()
    const buffer = open(context, false)
    buffer.put(1, 'a', '1', undefined)
    buffer.flushCache()
    expect(context.changelogs.size).toBe(0)
  })

  test('should be empty after it was closed', () => {
    const context = new FakeStoreContext()
    const buffer = open(context)
    buffer.put(1, 'a', '1', undefined)
    buffer.close()
    expect([buffer.isOpen, buffer.count, buffer.minTime, buffer.byteSize]).toEqual([false, 0, Infinity, 0])
  })
})

/** One step: an update, or time that passes, or too many keys, or a commit with a restart. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.constantFrom('1', '2', '33'), { nil: undefined }), time: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), time: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit' as const), max: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  ),
  { maxLength: 60 },
)

interface Waiting {
  time: number
  prior: string | undefined
  old: string | undefined
  value: string | undefined
  timestamp: number
}

test('a suppression buffer should behave as a sorted map does, and be the same after a restart', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const context = new FakeStoreContext()
      let buffer = open(context)
      const table = new Map<string, string | undefined>()
      const waiting = new Map<string, Waiting>()
      const emitModel = (isDue: (first: Waiting) => boolean): string[] => {
        const out: string[] = []
        for (;;) {
          const first = [...waiting].sort(([a, x], [b, y]) => x.time - y.time || (a < b ? -1 : 1))[0]
          if (first === undefined || !isDue(first[1])) return out
          const [key, { old, value, timestamp }] = first
          out.push(`${key}:${old}->${value}@${timestamp}`)
          waiting.delete(key)
        }
      }
      list.forEach((step, timestamp) => {
        context.at(timestamp)
        if (step.kind === 'put') {
          const old = table.get(step.key)
          table.set(step.key, step.value)
          const known = waiting.get(step.key)
          waiting.set(step.key, { time: known?.time ?? step.time, prior: known === undefined ? old : known.prior, old, value: step.value, timestamp })
          buffer.put(step.time, step.key, step.value, old)
        } else if (step.kind === 'pass') expect(emit(buffer, step.time)).toEqual(emitModel(({ time }) => time <= step.time))
        else if (step.kind === 'limit') expect(emit(buffer, -1, step.max)).toEqual(emitModel(() => waiting.size > step.max))
        else {
          buffer.flushCache()
          const { byteSize } = buffer
          buffer = restarted(context)
          expect(buffer.byteSize).toBe(byteSize)
        }
        expect(buffer.count).toBe(waiting.size)
        for (const [key, { prior }] of waiting) expect(buffer.priorOf(key)).toEqual({ value: prior })
      })
    }),
  )
})

/** Bytes of the forms that versions of Kafka Streams have written: sized fields one after another. */
const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const sized = (value: string | Buffer | undefined): Buffer =>
  value === undefined ? int32(-1) : Buffer.concat([int32(Buffer.from(value).length), Buffer.from(value)])
const recordContext = Buffer.concat([int64(5), int64(9), sized('in'), int32(0), int32(1), sized('h'), sized('x')])
const oldAndNew = Buffer.concat([sized('old'), sized('new')])

const forms: Readonly<Record<string, Buffer>> = {
  '': Buffer.concat([int64(3), oldAndNew]),
  '\u0001': Buffer.concat([int64(3), recordContext, sized(oldAndNew)]),
  '\u0002': Buffer.concat([recordContext, sized(oldAndNew), sized('prior'), int64(3)]),
  '\u0003': Buffer.concat([recordContext, sized('prior'), sized('old'), sized('new'), int64(3)]),
}

const withRecord = (version: string, value: Buffer | undefined): FakeStoreContext => {
  const context = new FakeStoreContext()
  const changelog: FakeChangelog = context.changelog('held')
  changelog.append('k', value, 77, version === '' ? undefined : Headers.empty.add('v', version))
  return context
}

describe('a changelog of an earlier version', () => {
  test.each([
    ['0', '', 'old', 77],
    ['1', '\u0001', 'old', 5],
    ['2', '\u0002', 'prior', 5],
    ['3', '\u0003', 'prior', 5],
  ])('%s should be restored', (_name, version, prior, timestamp) => {
    const buffer = restarted(withRecord(version, forms[version]))
    expect(buffer.priorOf('k')).toEqual({ value: prior })
    expect(buffer.minTime).toBe(3)
    expect(emit(buffer, 3)).toEqual([`k:old->new@${timestamp}`])
  })

  test('should be restored when it has the form of version 3 but says 2, as 2.4 and 2.5 wrote it', () => {
    const buffer = restarted(withRecord('\u0002', forms['\u0003']))
    expect(buffer.priorOf('k')).toEqual({ value: 'prior' })
  })

  test('should be refused when the version is not known', () => {
    expect(() => restarted(withRecord('\u0009', forms['\u0003']))).toThrow('Restoring apparently invalid changelog record')
  })

  test('should be refused when its bytes end early', () => {
    expect(() => restarted(withRecord('\u0003', forms['\u0003']!.subarray(0, 20)))).toThrow('ends early')
  })

  test('should lose what was deleted later', () => {
    const context = withRecord('\u0003', forms['\u0003'])
    context.changelog('held').append('k', undefined, 78)
    expect(restarted(context).count).toBe(0)
  })
})
