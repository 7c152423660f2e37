import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { InvalidStateStoreError, SerializationError } from '../../lib/core/errors.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { KeyValueStore, StoreBuilder } from '../../topology/api.ts'
import { FakeStoreContext } from '../stores/fake-context.ts'
import type { FakeContextOptions } from '../stores/fake-context.ts'

/** What differs between the key-value stores that all keep this contract. `V` is what the store holds for a string. */
export interface KeyValueStoreSubject<V> {
  builder(): StoreBuilder<KeyValueStore<string, V>>
  value(text: string): V
  /** True when rows are still there after a close and an open of the same directory, without their changelog. */
  readonly survives: boolean
  readonly context?: FakeContextOptions
  /** True when `prefixScan` of an empty prefix fails as in Java. */
  readonly refusesEmptyPrefix: boolean
}

/** The keys in the order of their UTF-8 bytes, which is not that of JavaScript. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

type Command =
  | { readonly op: 'put', readonly key: string, readonly text: string | undefined }
  | { readonly op: 'putIfAbsent', readonly key: string, readonly text: string }
  | { readonly op: 'delete' | 'get' | 'prefix', readonly key: string }
  | { readonly op: 'range' | 'reverseRange', readonly from: string | undefined, readonly to: string | undefined }
  | { readonly op: 'all' | 'reverseAll' | 'flush' | 'commit' | 'commitLater' | 'reopen' | 'crash' }

const key = fc.oneof(
  { weight: 12, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\x7f', 'é', 'ÿ', '€', '\u{ffff}', '😀'), maxLength: 4 }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('l', 'm'), fc.integer({ min: 1974, max: 1980 }), fc.constantFrom('', 'x', 'é', 'zz')).map(([c, n, end]) => c.repeat(n) + end) },
)
const text = fc.string({ maxLength: 6 })
const bound = fc.option(key, { nil: undefined })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ op: fc.constant('put' as const), key, text: fc.option(text, { nil: undefined, freq: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('putIfAbsent' as const), key, text }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('delete' as const, 'get' as const, 'prefix' as const), key }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('range' as const, 'reverseRange' as const), from: bound, to: bound }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constantFrom('all' as const, 'reverseAll' as const, 'flush' as const, 'commit' as const, 'commitLater' as const, 'reopen' as const, 'crash' as const) }) },
)

/** The suite that every key-value store runs, whatever it is made of. */
export const keyValueStoreContract = <V>(title: string, subject: KeyValueStoreSubject<V>): void => {
  describe(`key-value store contract: ${title}`, () => {
    let stateDir: string
    let context: FakeStoreContext
    let store: KeyValueStore<string, V>

    const open = async (from?: FakeStoreContext): Promise<void> => {
      context = new FakeStoreContext({ stateDir, ...subject.context, changelogs: from?.changelogs })
      store = subject.builder().build()
      await store.init(context, store)
      context.restore(store)
    }
    const reopen = async (): Promise<void> => {
      await store.close()
      await open(context)
    }
    const commit = async (): Promise<void> => {
      store.flushCache?.()
      await store.commit?.(context.offsets(store))
    }
    const entries = (rows: Iterable<[string, V]>): [string, V][] => [...rows]
    const row = (rowKey: string, rowText: string): [string, V] => [rowKey, subject.value(rowText)]
    const fill = (...keys: string[]): void => {
      for (const each of keys) store.put(each, subject.value(each))
    }
    const keysOf = (rows: Iterable<[string, V]>): string[] => entries(rows).map(([each]) => each)

    beforeEach(async () => {
      stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-store-'))
      await open()
    })

    afterEach(async () => {
      await store.close()
      rmSync(stateDir, { recursive: true, force: true })
    })

    test('get should give what was put last, and undefined for what was not or is no longer there', () => {
      expect(store.get('a')).toBeUndefined()
      store.put('a', subject.value('1'))
      store.put('a', subject.value('2'))
      expect(store.get('a')).toEqual(subject.value('2'))
      store.put('a', undefined)
      expect(store.get('a')).toBeUndefined()
    })

    test('delete and putIfAbsent should give the value that was there', () => {
      expect(store.putIfAbsent('a', subject.value('1'))).toBeUndefined()
      expect(store.putIfAbsent('a', subject.value('2'))).toEqual(subject.value('1'))
      expect(store.delete('a')).toEqual(subject.value('1'))
      expect(store.delete('a')).toBeUndefined()
    })

    test('putAll should put and delete', () => {
      fill('a', 'b')
      store.putAll([['a', undefined], ['c', subject.value('c')]])
      expect(keysOf(store.all())).toEqual(['b', 'c'])
    })

    test('ranges should include both bounds and follow the order of UTF-8 bytes', async () => {
      fill('b', '', 'a', '😀', '\u{ffff}', 'ab', 'é')
      const ordered = ['', 'a', 'ab', 'b', 'é', '\u{ffff}', '😀']
      for (const _ of ['in the buffer', 'in the engine']) {
        expect(keysOf(store.all())).toEqual(ordered)
        expect(keysOf(store.reverseAll())).toEqual(ordered.toReversed())
        expect(keysOf(store.range('a', 'b'))).toEqual(['a', 'ab', 'b'])
        expect(keysOf(store.reverseRange('a', 'b'))).toEqual(['b', 'ab', 'a'])
        expect(keysOf(store.range(undefined, 'a'))).toEqual(['', 'a'])
        expect(keysOf(store.range('é', undefined))).toEqual(['é', '\u{ffff}', '😀'])
        expect(keysOf(store.range('b', 'a'))).toEqual([])
        expect(keysOf(store.reverseRange('b', 'a'))).toEqual([])
        expect(keysOf(store.prefixScan('a', Serdes.string.serializer))).toEqual(['a', 'ab'])
        await commit()
      }
    })

    test('prefixScan should treat the empty prefix as Java does', () => {
      fill('a')
      const scan = (): string[] => keysOf(store.prefixScan('', Serdes.string.serializer))
      if (subject.refusesEmptyPrefix) expect(scan).toThrow(/all\(\)/)
      else expect(scan()).toEqual(['a'])
    })

    test('an iterator should survive deletes of the rows it walks over, and end when it is closed', async () => {
      fill('a', 'b', 'c', 'd')
      await commit()
      fill('bb')
      const seen: string[] = []
      for (const [each] of store.all()) {
        seen.push(each)
        store.delete(each)
      }
      expect(seen).toEqual(['a', 'b', 'bb', 'c', 'd'])
      expect(keysOf(store.all())).toEqual([])
      fill('a', 'b')
      const rows = store.all()
      expect(rows.next().value).toEqual(row('a', 'a'))
      rows.close()
      expect(rows.next().done).toBe(true)
    })

    test('puts while an iterator is open should not make it endless', () => {
      fill('a')
      let steps = 0
      for (const [each] of store.all()) {
        store.put(`${each}a`, subject.value('x'))
        keysOf(store.all())
        if (++steps > 10) break
      }
      expect(steps).toBeLessThan(3)
    })

    test('approximateNumEntries should be exact for a few rows', async () => {
      fill('a', 'b', 'c')
      store.delete('b')
      await commit()
      fill('c', 'd')
      store.delete('a')
      store.flushCache?.()
      expect(store.approximateNumEntries()).toBe(2)
    })

    test('the store should refuse keys and values it cannot keep, and name itself', () => {
      expect(() => store.get(undefined as unknown as string)).toThrow(/key cannot be null/)
      expect(() => store.put(undefined as unknown as string, subject.value('1'))).toThrow(/key cannot be null/)
      expect(() => store.put(1 as unknown as string, subject.value('1'))).toThrow(SerializationError)
      expect(() => store.put('a', subject.value(1 as unknown as string))).toThrow(new RegExp(`Store ${store.name}: Serdes.string`))
      expect(() => store.put('a', Symbol('no') as unknown as V)).toThrow(SerializationError)
      expect(store.get('a')).toBeUndefined()
    })

    test('every access should fail when the store is closed or not open yet', async () => {
      fill('a')
      const unopened = subject.builder().build()
      await store.close()
      for (const each of [store, unopened]) {
        expect(each.isOpen).toBe(false)
        for (const access of [() => each.get('a'), () => each.put('a', undefined), () => each.all(), () => each.approximateNumEntries()]) {
          expect(access).toThrow(InvalidStateStoreError)
        }
      }
      await open()
      expect(store.isOpen).toBe(true)
    })

    test('the rows of the changelog should bring back the store when it opens again', async () => {
      fill('a', 'b', 'é', 'x'.repeat(3000))
      store.delete('b')
      await commit()
      await reopen()
      expect(entries(store.all())).toEqual([row('a', 'a'), row('x'.repeat(3000), 'x'.repeat(3000)), row('é', 'é')])
    })

    if (subject.survives) {
      test('a commit should make rows and offset durable together, so that nothing before it is restored', async () => {
        fill('a', 'b')
        await commit()
        fill('c')
        store.delete('a')
        store.flushCache?.()
        const topic = `app-${store.name}-changelog`
        expect(store.committedOffset?.({ topic, partition: 0 })).toBe(2)
        await store.close()
        const logged = context.changelogs
        context = new FakeStoreContext({ stateDir, ...subject.context, changelogs: logged })
        store = subject.builder().build()
        await store.init(context, store)
        expect(entries(store.all())).toEqual([row('a', 'a'), row('b', 'b')])
        expect(context.restore(store)).toBe(2)
        expect(entries(store.all())).toEqual([row('b', 'b'), row('c', 'c')])
      })
    }

    test('the store should equal a sorted map after any commands', async () => {
      await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        await store.close()
        rmSync(stateDir, { recursive: true, force: true })
        await open()
        const model = new Map<string, string>()
        const expected = (from = '', to?: string): [string, V][] => [...model.keys()]
          .filter((each) => byBytes(each, from) >= 0 && (to === undefined || byBytes(each, to) <= 0))
          .sort(byBytes).map((each) => row(each, model.get(each)!))
        for (const each of commands) {
          switch (each.op) {
            case 'put':
              store.put(each.key, each.text === undefined ? undefined : subject.value(each.text))
              if (each.text === undefined) model.delete(each.key)
              else model.set(each.key, each.text)
              break
            case 'putIfAbsent':
              store.putIfAbsent(each.key, subject.value(each.text))
              if (!model.has(each.key)) model.set(each.key, each.text)
              break
            case 'delete':
              store.delete(each.key)
              model.delete(each.key)
              break
            case 'get':
              expect(store.get(each.key)).toEqual(model.has(each.key) ? subject.value(model.get(each.key)!) : undefined)
              break
            case 'range':
              expect(entries(store.range(each.from, each.to))).toEqual(expected(each.from, each.to))
              break
            case 'reverseRange':
              expect(entries(store.reverseRange(each.from, each.to))).toEqual(expected(each.from, each.to).reverse())
              break
            case 'prefix':
              if (each.key === '') break
              expect(entries(store.prefixScan(each.key, Serdes.string.serializer))).toEqual(expected().filter(([k]) => k.startsWith(each.key)))
              break
            case 'all':
              expect(entries(store.all())).toEqual(expected())
              break
            case 'reverseAll':
              expect(entries(store.reverseAll())).toEqual(expected().reverse())
              break
            case 'flush':
              store.flushCache?.()
              break
            case 'commit':
              await commit()
              break
            case 'commitLater':
              // The engine writes while the store goes on.
              void commit()
              break
            case 'reopen':
              await commit()
              await reopen()
              break
            case 'crash':
              // What was not committed comes back from the changelog, as far as it got there.
              store.flushCache?.()
              await reopen()
          }
        }
        expect(entries(store.all())).toEqual(expected())
        for (const each of model.keys()) store.delete(each)
        await commit()
        expect(entries(store.all())).toEqual([])
      }), { numRuns: 60 })
    })
  })
}
