import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import type { ByteWriter } from '../../../../lib/core/byte-writer.ts'
import type { Engine, EngineBatch } from '../../../../stores/engines/engine.ts'
import { LmdbEngine } from '../../../../stores/engines/lmdb.ts'
import type { RowBytes } from '../../../../stores/internals/row-codec.ts'
import { FileTimedRows } from '../../../../stores/internals/timed/file-timed-rows.ts'
import { TimedKeys } from '../../../../stores/internals/timed/timed-key.ts'
import { orderBySegment } from '../../../../stores/internals/timed/timed-order.ts'
import type { TimedCursor, TimedPosition } from '../../../../stores/internals/timed/timed-rows.ts'

const SEGMENT_MS = 1000
const RETENTION_MS = 5000
/** Few, so that most rows are forgotten and read again. */
const GENERATION_ROWS = 40
const FOREVER = Number.MAX_SAFE_INTEGER
const REFUSED = 'refused'

const keys = new TimedKeys(4)
const order = orderBySegment(SEGMENT_MS, keys)

const texts = {
  write(row: string, out: ByteWriter) {
    if (row === REFUSED) throw new Error('cannot be written')
    out.writeLatin1(row)
  },
  read: (buffer: Buffer, start: number, end: number) => buffer.latin1Slice(start, end),
} as unknown as RowBytes<string>

/** Fails to write as often as it is told to. */
class FailingEngine implements Engine {
  failures = 0
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  table(name: string) {
    return this.#engine.table(name)
  }

  batch(): EngineBatch {
    if (this.failures === 0) return this.#engine.batch()
    this.failures--
    return { put() {}, delete() {}, clear() {}, write: () => Promise.reject(new Error('disk full')) }
  }

  close() {
    return this.#engine.close()
  }
}

type Row = readonly [key: string, time: number, minor: number, row: string]

const rowsOf = (cursor: TimedCursor<string>): Row[] => {
  const rows: Row[] = []
  while (cursor.next()) rows.push([cursor.key, cursor.time, cursor.minor, cursor.row()])
  cursor.close()
  return rows
}

/** What the rows should be. */
class Model {
  rows = new Map<string, Row>()

  put({ key, time, minor }: TimedPosition, row: string | undefined): void {
    const place = keys.compose(key, time, minor)
    if (row === undefined) this.rows.delete(place)
    else this.rows.set(place, [key, time, minor, row])
  }

  range(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): Row[] {
    const at = ([key, time, minor]: Row): TimedPosition => ({ key, time, minor })
    const found = [...this.rows.values()]
      .filter(([key, time]) => time >= from && time <= to && (keyFrom === undefined || key >= keyFrom) && (keyTo === undefined || key <= keyTo))
      .sort((a, b) => order(at(a), at(b)))
    return reverse ? found.reverse() : found
  }

  copy(): Model {
    const copy = new Model()
    copy.rows = new Map(this.rows)
    return copy
  }
}

let directory: string
let engine: FailingEngine
let oldestRead: number

const open = (generationRows = GENERATION_ROWS): FileTimedRows<string> =>
  new FileTimedRows(engine, {
    storeName: 'store', segmentMs: SEGMENT_MS, retentionMs: RETENTION_MS, generationRows,
    oldestKept: () => Math.floor(oldestRead / SEGMENT_MS) * SEGMENT_MS, oldestRead: () => oldestRead,
  }, texts, keys)

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-runs-'))
  engine = new FailingEngine(new LmdbEngine(directory))
  oldestRead = 0
})

afterEach(async () => {
  await engine.close()
  rmSync(directory, { recursive: true, force: true })
})

describe('rows of windows in files', () => {
  const key = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\xff'), maxLength: 3 }),
    fc.integer({ min: 0, max: 400 }).map((n) => `customer-${n}`),
    fc.constant('k'.repeat(3000)),
  )
  const position = fc.record({ key, time: fc.oneof(fc.nat(30), fc.integer({ min: 900, max: 3100 })), minor: fc.nat(2) })
  const text = fc.oneof(fc.string({ unit: fc.constantFrom('x', 'y'), maxLength: 4 }), fc.constantFrom('long'.repeat(500), 'longer'.repeat(5000)))
  const bound = fc.option(key, { nil: undefined })
  const command = fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant('put' as const), rows: fc.array(fc.tuple(position, fc.option(text, { nil: undefined, freq: 4 })), { minLength: 1, maxLength: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('putMany' as const), start: fc.nat(200), count: fc.integer({ min: 257, max: 900 }), time: fc.nat(2500) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('get' as const), position }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('fetch' as const, 'range' as const), keyFrom: bound, keyTo: bound, from: fc.nat(3000), span: fc.oneof(fc.nat(2000), fc.constant(FOREVER)), reverse: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('expire' as const), before: fc.nat(3000) }) },
    { weight: 5, arbitrary: fc.record({ op: fc.constantFrom('commit' as const, 'commitLater' as const, 'commit' as const, 'failingCommit' as const, 'reopen' as const) }) },
  )

  test('should be what was put, also after failed commits, and those of the last commit when they are opened again', async () => {
    const run = async (commands: readonly (typeof command extends fc.Arbitrary<infer C> ? C : never)[]): Promise<void> => {
      let rows = open()
      let model = new Model()
      let committed = { model: model.copy(), offset: 0 }
      let offset = 0
      const writing: Promise<unknown>[] = []
      oldestRead = 0
      for (const each of commands) {
        switch (each.op) {
          case 'put':
            for (const [at, row] of each.rows) {
              model.put(at, row)
              if (row === undefined) rows.delete(at.key, at.time, at.minor)
              else rows.put(at.key, at.time, at.minor, row)
            }
            break
          case 'putMany':
            for (let i = 0; i < each.count; i++) {
              const at = { key: `customer-${(each.start + i * 7) % 450}`, time: each.time + (i % 3), minor: 0 }
              model.put(at, `row ${i}`)
              rows.put(at.key, at.time, at.minor, `row ${i}`)
            }
            break
          case 'get': {
            const { key: rowKey, time, minor } = each.position
            if (time >= oldestRead) expect(rows.get(rowKey, time, minor)).toBe(model.rows.get(keys.compose(rowKey, time, minor))?.[3])
            break
          }
          case 'fetch': {
            const rowKey = each.keyFrom ?? 'a'
            const [from, to] = [Math.max(each.from, oldestRead), Math.min(FOREVER, each.from + each.span)]
            expect(rowsOf(rows.fetch(rowKey, from, to, each.reverse))).toEqual(model.range(rowKey, rowKey, from, to, each.reverse))
            break
          }
          case 'range': {
            const [from, to] = [Math.max(each.from, oldestRead), Math.min(FOREVER, each.from + each.span)]
            expect(rowsOf(rows.fetchRange(each.keyFrom, each.keyTo, from, to, each.reverse)))
              .toEqual(model.range(each.keyFrom, each.keyTo, from, to, each.reverse))
            break
          }
          case 'expire':
            oldestRead = Math.max(oldestRead, each.before)
            break
          case 'failingCommit':
            await Promise.all(writing)
            engine.failures = 1
            await expect(rows.commit(new Map([['t-0', ++offset]]))).rejects.toThrow('disk full')
            break
          case 'reopen':
            await Promise.all(writing)
            await rows.close()
            rows = open()
            model = committed.model.copy()
            expect(rows.committedOffset('t-0') ?? 0).toBe(committed.offset)
            expect(rowsOf(rows.fetchRange(undefined, undefined, oldestRead, FOREVER, false))).toEqual(model.range(undefined, undefined, oldestRead, FOREVER, false))
            break
          default:
            committed = { model: model.copy(), offset: ++offset }
            writing.push(rows.commit(new Map([['t-0', offset]])))
            if (each.op === 'commit') await Promise.all(writing)
        }
      }
      await Promise.all(writing)
      expect(rowsOf(rows.fetchRange(undefined, undefined, oldestRead, FOREVER, false))).toEqual(model.range(undefined, undefined, oldestRead, FOREVER, false))
      await rows.close()
    }
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        await engine.close()
        rmSync(directory, { recursive: true, force: true })
        engine = new FailingEngine(new LmdbEngine(directory))
        await run(commands)
      }),
      { numRuns: Number(process.env['RUNS'] ?? 40) },
    )
  }, 60_000)

  test('should be put again when they come late, and be there with a later commit that is on its way, when one of them fails', async () => {
    const rows = open()
    engine.failures = 1
    rows.put('a', 1, 0, 'first')
    rows.put('b', 1, 0, 'first')
    const failing = rows.commit(new Map([['t-0', 1]]))
    rows.put('a', 1, 0, 'second')
    const later = rows.commit(new Map([['t-0', 2]]))
    await expect(failing).rejects.toThrow('disk full')
    await later
    await rows.close()
    const again = open()
    expect([again.get('a', 1, 0), again.get('b', 1, 0), again.committedOffset('t-0')]).toEqual(['second', 'first', 2])
  })

  test('should all stay changes when one of them cannot be written', async () => {
    const rows = open()
    rows.put('a', 1, 0, 'x')
    rows.put('b', 1, 0, REFUSED)
    await expect(rows.commit(new Map([['t-0', 1]]))).rejects.toThrow('cannot be written')
    rows.put('b', 1, 0, 'y')
    await rows.commit(new Map([['t-0', 2]]))
    await rows.close()
    expect(rowsOf(open().fetchRange(undefined, undefined, 0, FOREVER, false))).toEqual([['a', 1, 0, 'x'], ['b', 1, 0, 'y']])
  })

  test('should stay as they were for a cursor that was opened before a change, a commit or the merge of what it reads', async () => {
    const rows = open()
    for (let commit = 0; commit < 7; commit++) {
      for (let i = 0; i < 400; i++) rows.put(`k${i}`, i, 0, 'before'.repeat(10))
      await rows.commit(new Map())
    }
    const [all, one] = [rows.fetchRange(undefined, undefined, 0, FOREVER, false), rows.fetch('k7', 0, FOREVER, false)]
    all.next()
    for (let commit = 0; commit < 10; commit++) {
      for (let i = 0; i < 400; i++) rows.put(`k${i}`, i, 0, 'after')
      await rows.commit(new Map())
    }
    expect(rowsOf(one)).toEqual([['k7', 7, 0, 'before'.repeat(10)]])
    const read = rowsOf(all)
    expect(read).toHaveLength(399)
    expect(new Set(read.map(([, , , row]) => row))).toEqual(new Set(['before'.repeat(10)]))
    expect(rowsOf(rows.fetchRange(undefined, undefined, 0, FOREVER, false))).toHaveLength(400)
  })

  test('should not be written when nobody can read them any more', async () => {
    const rows = open()
    for (let time = 0; time < 1000; time++) rows.put('a', time, 0, 'x')
    oldestRead = 990
    await rows.commit(new Map())
    await rows.close()
    oldestRead = 0
    expect(rowsOf(open().fetch('a', 0, FOREVER, false)).map(([, time]) => time)).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999])
  })

  test('should be known without a look into the files as long as they are recent', async () => {
    const rows = open(1000)
    for (let time = 0; time < 30; time++) {
      rows.put('a', time, 0, 'x')
      await rows.commit(new Map())
    }
    await engine.close()
    expect(rowsOf(rows.fetch('a', 29, FOREVER, false))).toHaveLength(1)
    expect(rows.get('b', 29, 0)).toBeUndefined()
    engine = new FailingEngine(new LmdbEngine(directory))
  })

  test('should be found in the middle of many rows of one key, in whatever order they came', async () => {
    const rows = open(100_000)
    const model = new Model()
    for (let i = 0; i < 2000; i++) {
      const at = { key: 'hot', time: (i * 797) % 2000, minor: i % 2 }
      model.put(at, `${i}`)
      rows.put(at.key, at.time, at.minor, `${i}`)
      if (i % 500 === 499) await rows.commit(new Map())
    }
    for (let i = 0; i < 2000; i += 7) {
      const at = { key: 'hot', time: (i * 797) % 2000, minor: i % 2 }
      model.put(at, undefined)
      rows.delete(at.key, at.time, at.minor)
    }
    for (const [from, to] of [[0, 3000], [990, 1010], [1999, 1999]] as const) {
      for (const reverse of [false, true]) expect(rowsOf(rows.fetch('hot', from, to, reverse))).toEqual(model.range('hot', 'hot', from, to, reverse))
    }
    expect([...model.rows.values()].every(([key, time, minor, row]) => rows.get(key, time, minor) === row)).toBe(true)
  })
})
