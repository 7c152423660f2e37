import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { InvalidStateStoreError, SerializationError } from '../../lib/core/errors.ts'
import type { MeteredVersionedStore } from '../../stores/internals/versioned/metered-versioned-store.ts'
import { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../../stores/versioned-store.ts'
import type { VersionedKeyValueStore } from '../../stores/versioned-store.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import { FakeStoreContext } from '../stores/fake-context.ts'
import type { FakeContextOptions } from '../stores/fake-context.ts'
import { VersionedModel } from './versioned-model.ts'

type Store = VersionedKeyValueStore<string, string>

/** What differs between the versioned stores that all keep this contract. */
export interface VersionedStoreSubject {
  builder(historyRetentionMs: number, segmentIntervalMs?: number): StoreBuilder<Store>
  /** True when rows are still there after a close and an open of the same directory, without their changelog. */
  readonly survives: boolean
  readonly context?: FakeContextOptions
}

type Command =
  | { readonly op: 'put', readonly key: string, readonly back: number, readonly text: string | undefined }
  | { readonly op: 'delete' | 'asOf', readonly key: string, readonly back: number }
  | { readonly op: 'versions', readonly key: string, readonly back: number, readonly length: number }
  | { readonly op: 'advance', readonly by: number }
  | { readonly op: 'get', readonly key: string }
  | { readonly op: 'commit' | 'commitLater' | 'reopen' | 'crash' }

const key = fc.constantFrom('a', 'b', '', 'é', 'a\0')
/** How long before the newest timestamp. */
const back = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 12 }) }, { weight: 2, arbitrary: fc.integer({ min: 0, max: 130 }) })
const text = fc.option(fc.string({ maxLength: 3 }), { nil: undefined, freq: 4 })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ op: fc.constant('put' as const), key, back, text }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constantFrom('delete' as const, 'asOf' as const, 'asOf' as const), key, back }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('versions' as const), key, back, length: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('advance' as const), by: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('get' as const), key }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('commit' as const, 'commitLater' as const, 'reopen' as const, 'crash' as const) }) },
)

/** The suite that every versioned store runs, whatever it is made of. */
export const versionedStoreContract = (title: string, subject: VersionedStoreSubject): void => {
  describe(`versioned store contract: ${title}`, () => {
    let stateDir: string
    let context: FakeStoreContext
    let store: Store

    const open = async (retentionMs: number, from?: FakeStoreContext, segmentMs?: number): Promise<void> => {
      context = new FakeStoreContext({ stateDir, ...subject.context, changelogs: from?.changelogs })
      store = subject.builder(retentionMs, segmentMs).build()
      await store.init(context, store)
      context.restore(store)
    }
    const commit = async (): Promise<void> => {
      await store.commit?.(context.offsets(store))
    }
    const versions = (of: string, from: number, to: number) => (store as MeteredVersionedStore<string, string>).versions(of, from, to)

    beforeEach(async () => {
      stateDir = mkdtempSync(path.join(os.tmpdir(), 'millrace-store-'))
      await open(100, undefined, 10)
    })

    afterEach(async () => {
      await store.close()
      rmSync(stateDir, { recursive: true, force: true })
    })

    test('put should say when the version ends, and get which one held', async () => {
      for (const each of ['in the buffer', 'above the engine']) {
        expect(store.put(each, 'one', 10)).toBe(PUT_RETURN_CODE_VALID_TO_UNDEFINED)
        await commit()
        expect(store.put(each, 'three', 30)).toBe(PUT_RETURN_CODE_VALID_TO_UNDEFINED)
        expect(store.put(each, 'two', 20)).toBe(30)
        expect(store.put(each, 'first', 5)).toBe(10)
        expect(store.get(each)).toEqual({ value: 'three', timestamp: 30 })
        expect([4, 5, 10, 19, 20, 29, 30, 99].map((time) => store.get(each, time)?.value)).toEqual([
          undefined, 'first', 'one', 'one', 'two', 'two', 'three', 'three',
        ])
      }
    })

    test('a put of the same time should replace the version', () => {
      store.put('a', 'x', 10)
      store.put('a', 'y', 20)
      expect(store.put('a', 'z', 10)).toBe(20)
      expect(store.put('a', 'w', 20)).toBe(PUT_RETURN_CODE_VALID_TO_UNDEFINED)
      expect(store.get('a', 15)).toEqual({ value: 'z', timestamp: 10 })
      expect(store.get('a')).toEqual({ value: 'w', timestamp: 20 })
    })

    test('a deletion should hold from its time to the next version', () => {
      store.put('a', 'x', 10)
      expect(store.delete('a', 20)).toEqual({ value: 'x', timestamp: 10 })
      expect(store.get('a')).toBeUndefined()
      expect(store.get('a', 19)).toEqual({ value: 'x', timestamp: 10 })
      expect(store.get('a', 20)).toBeUndefined()
      expect(store.put('a', 'y', 30)).toBe(PUT_RETURN_CODE_VALID_TO_UNDEFINED)
      expect(store.get('a', 25)).toBeUndefined()
      expect(store.put('a', undefined, 15)).toBe(20)
      expect(store.get('a', 17)).toBeUndefined()
      expect(store.delete('a', 12)).toEqual({ value: 'x', timestamp: 10 })
    })

    test('a deletion of nothing should end what is put before it', () => {
      expect(store.delete('a', 20)).toBeUndefined()
      expect(store.put('a', 'x', 10)).toBe(20)
      expect(store.get('a')).toBeUndefined()
      expect(store.get('a', 15)).toEqual({ value: 'x', timestamp: 10 })
    })

    test('puts older than the history retention should be dropped and logged, older versions forgotten, the latest kept', () => {
      const dropped: string[] = []
      Object.assign(context, { recordDropped: (reason: string) => dropped.push(reason) })
      store.put('a', 'x', 10)
      store.put('b', 'y', 110)
      expect(store.put('c', 'z', 9)).toBe(PUT_RETURN_CODE_NOT_PUT)
      expect(store.delete('a', 9)).toBeUndefined()
      expect(dropped).toHaveLength(2)
      expect(store.get('c')).toBeUndefined()
      expect(store.put('a', 'w', 111)).toBe(PUT_RETURN_CODE_VALID_TO_UNDEFINED)
      expect(store.get('a', 11)).toEqual({ value: 'x', timestamp: 10 })
      expect(store.get('a', 10)).toBeUndefined()
      store.put('b', 'y', 500)
      expect(store.get('a', 500)).toEqual({ value: 'w', timestamp: 111 })
      expect(store.get('a', 120)).toEqual({ value: 'w', timestamp: 111 })
      expect(context.changelog('store').records.map(({ key: logged, value, timestamp }) => [String(logged), value && String(value), timestamp])).toEqual([
        ['a', 'x', 10], ['b', 'y', 110], ['c', 'z', 9], ['a', undefined, 9], ['a', 'w', 111], ['b', 'y', 500],
      ])
    })

    test('a closed store should refuse everything, and a key or value that does not fit', async () => {
      expect(() => store.put(undefined as unknown as string, 'x', 1)).toThrow(/key cannot be null/)
      expect(() => store.put('a', 5 as unknown as string, 1)).toThrow(SerializationError)
      expect(() => store.put('a', 'x', -1)).toThrow(/ms since the epoch/)
      expect(store.get('a')).toBeUndefined()
      store.put('a', 'x', 1)
      await store.close()
      for (const use of [() => store.get('a'), () => store.get('a', 1), () => store.put('a', 'x', 1), () => store.delete('a', 1)]) {
        expect(use).toThrow(InvalidStateStoreError)
      }
    })

    test('a store with its rows in files should be as it was after it is opened again, also without its changelog', async () => {
      store.put('a', 'x', 10)
      store.put('a', 'y', 50)
      store.put('b', 'z', 105)
      await commit()
      await store.close()
      const logged = context
      if (subject.survives) logged.changelog('store').records.length = 0
      await open(100, logged, 10)
      expect(store.get('a')).toEqual({ value: 'y', timestamp: 50 })
      expect(store.get('a', 20)).toEqual({ value: 'x', timestamp: 10 })
      expect(store.get('b', 200)).toEqual({ value: 'z', timestamp: 105 })
      // stream time is known too
      expect(store.put('c', 'late', 4)).toBe(PUT_RETURN_CODE_NOT_PUT)
      expect(store.put('a', 'early', 5)).toBe(10)
    })

    test('a store should behave like its model with puts in any order, commits, restarts and crashes', async () => {
      const run = async (retentionMs: number, segmentMs: number | undefined, commands: Command[]): Promise<void> => {
        await store.close()
        rmSync(stateDir, { recursive: true, force: true })
        await open(retentionMs, undefined, segmentMs)
        const model = new VersionedModel<string>(retentionMs)
        let now = 50
        const commits: (void | Promise<void>)[] = []
        const at = (before: number): number => Math.max(0, now - before)
        for (const each of commands) {
          switch (each.op) {
            case 'put':
              expect(store.put(each.key, each.text, at(each.back))).toBe(model.put(each.key, each.text, at(each.back)))
              break
            case 'delete':
              expect(store.delete(each.key, at(each.back))).toEqual(model.delete(each.key, at(each.back)))
              break
            case 'asOf':
              expect(store.get(each.key, at(each.back))).toEqual(model.asOf(each.key, at(each.back)))
              break
            case 'versions': {
              const from = at(each.back)
              if (model.admits(from)) {
                expect(versions(each.key, from, from + each.length)).toEqual(model.versions(each.key, from, from + each.length))
              }
              break
            }
            case 'get':
              expect(store.get(each.key)).toEqual(model.get(each.key))
              break
            case 'advance':
              now += each.by
              break
            case 'commit':
              await commit()
              break
            case 'commitLater':
              commits.push(store.commit?.(context.offsets(store)))
              break
            case 'reopen':
            case 'crash':
              if (each.op === 'reopen') await commit()
              await Promise.all(commits.splice(0))
              await store.close()
              await open(retentionMs, context, segmentMs)
          }
        }
        await Promise.all(commits)
      }
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(0, 10, 100),
          fc.constantFrom(1, 7, 50, undefined),
          fc.array(command, { maxLength: 60 }),
          run,
        ),
        { numRuns: 120 },
      )
    })
  })
}
