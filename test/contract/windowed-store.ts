import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { InvalidStateStoreError, SerializationError } from '../../lib/core/errors.ts'
import type { StateStore, StoreBuilder } from '../../topology/api.ts'
import { FakeStoreContext } from '../stores/fake-context.ts'
import type { FakeContextOptions } from '../stores/fake-context.ts'

/** Where a row of a window or session store stands: `minor` is 0 for windows and the start of a session. */
export interface Position {
  readonly key: string
  readonly time: number
  readonly minor: number
}

export type Row = readonly [key: string, time: number, minor: number, text: string]

/** One look at both kinds of store, so that they keep one contract. */
export interface WindowedStoreSubject<S extends StateStore> {
  builder(retentionMs: number): StoreBuilder<S>
  readonly hasSessions: boolean
  put(store: S, position: Position, text: string | undefined): void
  get(store: S, position: Position): string | undefined
  /** Rows of one key, or of a range of keys, with a time from `from` to `to` (sessions: to the end of time). */
  fetch(store: S, key: string, from: number, to: number, reverse: boolean): Row[]
  fetchRange(store: S, keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, reverse: boolean): Row[]
  readonly order: 'time' | 'segment'
  readonly survives: boolean
  /** A cached store goes on to show rows that are too old, as Java's does. */
  readonly isCached: boolean
  readonly context?: FakeContextOptions
}

const RETENTION_MS = 150_000
const SEGMENT_MS = 75_000

const composite = ({ key, time, minor }: Position): Buffer => {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(BigInt(time))
  bytes.writeBigInt64BE(BigInt(minor), 8)
  return Buffer.concat([Buffer.from(key), bytes])
}

const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const orders = {
  time: (hasSessions: boolean) => (a: Position, b: Position) =>
    a.time - b.time || compareKeys(a.key, b.key) || (hasSessions ? b.minor - a.minor : a.minor - b.minor),
  segment: () => (a: Position, b: Position) =>
    Math.floor(a.time / SEGMENT_MS) - Math.floor(b.time / SEGMENT_MS) || Buffer.compare(composite(a), composite(b)),
}

/** What the store should be. */
class Model {
  readonly #rows = new Map<string, Row>()
  readonly #retentionMs: number
  observed = -1

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs
  }

  put(position: Position, text: string | undefined): void {
    this.observed = Math.max(this.observed, position.time)
    if (position.time <= this.observed - this.#retentionMs) return
    const id = `${position.time}/${position.minor}/${position.key}`
    if (text === undefined) this.#rows.delete(id)
    else this.#rows.set(id, [position.key, position.time, position.minor, text])
  }

  rows(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number, order: (a: Position, b: Position) => number): Row[] {
    const position = ([key, time, minor]: Row): Position => ({ key, time, minor })
    return [...this.#rows.values()]
      .filter(([key, time]) => time >= from && time <= to && time > this.observed - this.#retentionMs
        && (keyFrom === undefined || compareKeys(key, keyFrom) >= 0) && (keyTo === undefined || compareKeys(key, keyTo) <= 0))
      .sort((a, b) => order(position(a), position(b)))
  }
}

type Command =
  | { readonly op: 'put', readonly key: string, readonly back: number, readonly length: number, readonly text: string | undefined }
  | { readonly op: 'get', readonly key: string, readonly back: number }
  | { readonly op: 'fetch' | 'fetchRange', readonly keyFrom: string | undefined, readonly keyTo: string | undefined, readonly back: number, readonly span: number, readonly reverse: boolean }
  | { readonly op: 'advance', readonly ms: number }
  | { readonly op: 'flush' | 'commit' | 'commitLater' | 'reopen' | 'crash' }

const key = fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é', '😀'), maxLength: 3 })
/** Times are near the newest one, on a grid so that they meet, now and then about as old as the retention. */
const back = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }).map((n) => n * 10_000) },
  { weight: 1, arbitrary: fc.constantFrom(RETENTION_MS - 1, RETENTION_MS, RETENTION_MS + 1) },
)
const bound = fc.option(key, { nil: undefined })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('put' as const), key, back, length: fc.constantFrom(0, 5, 1000), text: fc.option(fc.string({ maxLength: 3 }), { nil: undefined, freq: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('get' as const), key, back }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('fetch' as const, 'fetchRange' as const), keyFrom: bound, keyTo: bound, back, span: fc.integer({ min: -1, max: 100_000 }), reverse: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1, 10_000, 40_000, 80_000, 500_000) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('flush' as const, 'commit' as const, 'commitLater' as const, 'reopen' as const, 'crash' as const) }) },
)

/** The suite that every window and session store runs. */
export const windowedStoreContract = <S extends StateStore>(title: string, subject: WindowedStoreSubject<S>): void => {
  describe(`windowed store contract: ${title}`, () => {
    const retentionMs = subject.isCached ? 1e12 : RETENTION_MS
    const order = orders[subject.order](subject.hasSessions)
    let stateDir: string
    let context: FakeStoreContext
    let store: S

    const open = async (from?: FakeStoreContext): Promise<void> => {
      context = new FakeStoreContext({ stateDir, ...subject.context, changelogs: from?.changelogs })
      store = subject.builder(retentionMs).build()
      await store.init(context, store)
      context.restore(store)
    }
    const commit = async (): Promise<void> => {
      store.flushCache?.()
      await store.commit?.(context.offsets(store))
    }
    const minorFor = (time: number, length: number): number => (subject.hasSessions ? Math.max(0, time - length) : 0)
    const put = (rowKey: string, time: number, text: string | undefined, minor = minorFor(time, 5)): void =>
      subject.put(store, { key: rowKey, time, minor }, text)
    const texts = (rows: readonly Row[]): string[] => rows.map((row) => row[3])

    beforeEach(async () => {
      stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-windowed-'))
      await open()
    })

    afterEach(async () => {
      await store.close()
      rmSync(stateDir, { recursive: true, force: true })
    })

    test('rows should be read by key and time, of one key in the order of time', async () => {
      put('a', 20, '2')
      put('a', 10, '1')
      put('a', 30, '3')
      put('aa', 20, 'other')
      for (const _ of ['in the buffer', 'in the engine']) {
        expect(subject.get(store, { key: 'a', time: 20, minor: minorFor(20, 5) })).toBe('2')
        expect(subject.get(store, { key: 'a', time: 21, minor: minorFor(21, 5) })).toBeUndefined()
        expect(texts(subject.fetch(store, 'a', 15, 1000, false))).toEqual(['2', '3'])
        expect(texts(subject.fetch(store, 'a', 0, 1000, true))).toEqual(['3', '2', '1'])
        await commit()
      }
      put('a', 20, undefined)
      expect(texts(subject.fetch(store, 'a', 0, 1000, false))).toEqual(['1', '3'])
    })

    if (!subject.isCached) {
      test('rows older than the retention should be gone, and late ones dropped, and counted when their segment is gone', async () => {
        let dropped = 0
        Object.assign(context, { recordDropped: () => dropped++ })
        put('a', 1000, 'old')
        await commit()
        put('b', 1000 + RETENTION_MS - 1, 'new')
        expect(texts(subject.fetchRange(store, undefined, undefined, 0, 1e9, false)).sort()).toEqual(['new', 'old'])
        put('b', 1000 + RETENTION_MS, 'newer')
        expect(subject.get(store, { key: 'a', time: 1000, minor: minorFor(1000, 5) })).toBeUndefined()
        expect(texts(subject.fetch(store, 'a', 0, 1e9, false))).toEqual([])
        put('a', 999, 'late')
        // Files leave in whole segments; until then they take what they do not show any more.
        expect(dropped).toBe(subject.order === 'time' ? 1 : 0)
        put('b', 1000 + RETENTION_MS + SEGMENT_MS, 'newest')
        put('a', 999, 'later')
        expect(dropped).toBe(subject.order === 'time' ? 2 : 1)
        expect(texts(subject.fetchRange(store, undefined, undefined, 0, 1e9, false)).sort()).toEqual(['new', 'newer', 'newest'])
        expect(context.changelog(store.name).records).toHaveLength(6)
      })
    }

    test('the store should refuse what it cannot keep, and every access when it is closed', async () => {
      expect(() => put(undefined as unknown as string, 1, 'x')).toThrow(/key cannot be null/)
      expect(() => put('a', -1, 'x')).toThrow(/-1/)
      expect(() => put('a', 1, 1 as unknown as string)).toThrow(SerializationError)
      expect(subject.fetch(store, 'a', 0, 10, false)).toEqual([])
      await store.close()
      expect(store.isOpen).toBe(false)
      expect(() => put('a', 1, 'x')).toThrow(InvalidStateStoreError)
      expect(() => subject.fetchRange(store, undefined, undefined, 0, 1, false)).toThrow(InvalidStateStoreError)
      await open()
    })

    if (subject.survives) {
      test('a commit should make rows and offset durable together', async () => {
        put('a', 1, '1')
        await commit()
        put('a', 2, '2')
        store.flushCache?.()
        await store.close()
        const logged = context.changelogs
        context = new FakeStoreContext({ stateDir, ...subject.context, changelogs: logged })
        store = subject.builder(retentionMs).build()
        await store.init(context, store)
        expect(texts(subject.fetch(store, 'a', 0, 10, false))).toEqual(['1'])
        expect(context.restore(store)).toBe(1)
        expect(texts(subject.fetch(store, 'a', 0, 10, false))).toEqual(['1', '2'])
      })
    }

    test('the store should equal a sorted map with a horizon after any commands', async () => {
      await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 50 }), async (commands) => {
        await store.close()
        rmSync(stateDir, { recursive: true, force: true })
        await open()
        const model = new Model(retentionMs)
        let now = 300_000
        const both = (position: Position, text: string | undefined): void => {
          subject.put(store, position, text)
          model.put(position, text)
        }
        const reopen = async (): Promise<void> => {
          await store.close()
          await open(context)
          // A store that was just opened learns what is too old from its rows again.
          if (model.observed >= 0) both({ key: 'newest', time: model.observed, minor: minorFor(model.observed, 0) }, 'newest')
        }
        for (const each of commands) {
          switch (each.op) {
            case 'put': {
              const time = Math.max(0, now - each.back)
              both({ key: each.key, time, minor: minorFor(time, each.length) }, each.text)
              break
            }
            case 'get': {
              const time = Math.max(0, now - each.back)
              const position = { key: each.key, time, minor: minorFor(time, 5) }
              const expected = model.rows(each.key, each.key, time, time, order).find(([, , minor]) => minor === position.minor)?.[3]
              expect(subject.get(store, position)).toBe(expected)
              break
            }
            case 'fetch': {
              const from = now - each.back
              const to = subject.hasSessions ? 1e15 : from + each.span
              const expected = model.rows(each.keyFrom ?? 'a', each.keyFrom ?? 'a', from, to, order)
              expect(subject.fetch(store, each.keyFrom ?? 'a', from, to, each.reverse)).toEqual(each.reverse ? expected.reverse() : expected)
              break
            }
            case 'fetchRange': {
              const from = now - each.back
              const to = subject.hasSessions ? 1e15 : from + each.span
              const expected = model.rows(each.keyFrom, each.keyTo, from, to, order)
              expect(subject.fetchRange(store, each.keyFrom, each.keyTo, from, to, each.reverse)).toEqual(each.reverse ? expected.reverse() : expected)
              break
            }
            case 'advance':
              now += each.ms
              break
            case 'flush':
              store.flushCache?.()
              break
            case 'commit':
              await commit()
              break
            case 'commitLater':
              void commit()
              break
            case 'reopen':
              await commit()
              await reopen()
              break
            case 'crash':
              store.flushCache?.()
              await reopen()
          }
        }
        expect(subject.fetchRange(store, undefined, undefined, 0, 1e15, false)).toEqual(model.rows(undefined, undefined, 0, 1e15, order))
      }), { numRuns: 60 })
    })
  })
}
