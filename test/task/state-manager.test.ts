import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TaskCorruptedError } from '../../lib/task/errors.ts'
import { RecordState } from '../../lib/task/record-state.ts'
import { StateManager } from '../../lib/task/state-manager.ts'
import { TaskStoreContext } from '../../lib/task/store-context.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import { MemoryRecordCollector } from '../../lib/testing/memory-record-collector.ts'
import type { StateStore, StateStoreContext, StoreBuilder } from '../../topology/api.ts'
import { storeBuilder } from '../topology/stub-store.ts'
import { environment } from './task-harness.ts'

/** A store as a user writes one: rows in a map, or in "files" that survive in `disk`. */
class OwnStore implements StateStore {
  readonly name: string
  readonly persistent: boolean
  isOpen = false
  context!: StateStoreContext
  readonly rows: Map<string, string>
  readonly commits: ReadonlyMap<string, number>[] = []
  readonly #slow: boolean

  constructor(name: string, disk?: Map<string, string>, slow = false) {
    this.name = name
    this.persistent = disk !== undefined
    this.rows = disk ?? new Map()
    this.#slow = slow
  }

  init(context: StateStoreContext): void | Promise<void> {
    this.context = context
    this.isOpen = true
    context.register(this, (key, value) => void (value === undefined ? this.rows.delete(String(key)) : this.rows.set(String(key), String(value))))
    if (this.#slow) return Promise.resolve()
  }

  commit(offsets: ReadonlyMap<string, number>): void {
    this.commits.push(new Map(offsets))
  }

  close(): void {
    this.isOpen = false
  }
}

let stateDir: string

beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'millrace-stores-'))
})

afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

const setUp = (stores: readonly OwnStore[], { ephemeral = false, logged = true, sources = [] as string[], config = {} } = {}) => {
  const builders = stores.map((store): StoreBuilder => storeBuilder(store.name, { build: () => store }))
  const env = environment(config, { stateDir, ephemeral })
  const collector = new MemoryRecordCollector(env.config)
  const manager = new StateManager(env, {
    builders,
    changelogTopics: new Map(logged ? stores.map(({ name }) => [name, `app-${name}-changelog`]) : []),
    sourceChangelogs: new Set(sources),
    partition: 2,
    collector,
    timestamp: () => -1,
    streamTime: () => -1,
  })
  const serdes = { key: Serdes.string, value: Serdes.string }
  const context = new TaskStoreContext(env, serdes, new RecordState(), manager, undefined)
  return { manager, collector, context }
}

const changes = (...rows: readonly (readonly [string, string | undefined])[]) =>
  new MemoryChunk(rows.map(([key, value], offset) => ({ offset, timestamp: 1, key: Buffer.from(key), value: value === undefined ? undefined : Buffer.from(value), headers: Headers.empty })))

test('StateManager should restore a store record by record when its changelog is read', () => {
  const store = new OwnStore('kv')
  const { manager, context } = setUp([store])
  void manager.open(context)
  expect(manager.restore('app-kv-changelog', 2, changes(['a', '1'], ['b', '2'], ['a', undefined]).cursor(), 100)).toBe(3)
  expect([...store.rows]).toEqual([['b', '2']])
  expect(manager.changelogPartitions()).toEqual([{ topic: 'app-kv-changelog', partition: 2, storeName: 'kv', offset: 3, isSourceCopy: false }])
})

test('StateManager should log changes under the current record when a store of a user asks for it', () => {
  const store = new OwnStore('kv')
  const { manager, context, collector } = setUp([store])
  void manager.open(context)
  store.context.logChange('kv', Buffer.from([0xff, 0]), Buffer.from('v'), 7)
  store.context.logChange('kv', Buffer.from('k'), undefined, 8)
  const [first, second] = collector.take()
  expect(first).toMatchObject({ topic: 'app-kv-changelog', partition: 2, timestamp: 7 })
  expect([...first!.key!]).toEqual([0xff, 0])
  expect(second).toMatchObject({ value: undefined, timestamp: 8 })
})

test('StateManager should log nothing when the store has no changelog or is a copy of a source topic', () => {
  for (const options of [{ logged: false }, { sources: ['kv'] }]) {
    const store = new OwnStore('kv')
    const { manager, context, collector } = setUp([store], options)
    void manager.open(context)
    store.context.logChange('kv', Buffer.from('k'), undefined)
    expect(collector.take()).toEqual([])
  }
})

test('StateManager should commit stores with the offsets behind what was acknowledged when the task commits', () => {
  const store = new OwnStore('kv')
  const { manager, context } = setUp([store])
  void manager.open(context)
  store.context.logChange('kv', Buffer.from('k'), undefined)
  store.context.logChange('kv', Buffer.from('k'), undefined)
  void manager.commit(new Map())
  expect(store.commits).toEqual([new Map([['app-kv-changelog-2', 2]])])
})

test('StateManager should commit a copy of a source topic with the offset that was read', () => {
  const store = new OwnStore('kv')
  const { manager, context } = setUp([store], { sources: ['kv'] })
  void manager.open(context)
  void manager.commit(new Map([['app-kv-changelog-2', 41]]))
  expect(store.commits).toEqual([new Map([['app-kv-changelog-2', 41]])])
})

test('StateManager should empty the caches of the other stores and throw the first error when one of them fails', () => {
  const flushed: string[] = []
  const failing = (name: string) =>
    Object.assign(new OwnStore(name), {
      flushCache() {
        flushed.push(name)
        if (name !== 'last') throw new Error(`no ${name}`)
      },
    })
  const { manager, context } = setUp([failing('first'), failing('second'), failing('last')])
  void manager.open(context)
  expect(() => manager.flushCaches()).toThrow('Failed to flush cache of store first: no first')
  expect(flushed).toEqual(['first', 'second', 'last'])
})

test('StateManager should go on where it was when a persistent store keeps no offset itself', () => {
  const disk = new Map<string, string>()
  const first = setUp([new OwnStore('kv', disk)])
  void first.manager.open(first.context)
  first.manager.restore('app-kv-changelog', 2, changes(['a', '1'], ['b', '2']).cursor(), 100)
  void first.manager.commit(new Map())
  void first.manager.close()
  const second = setUp([new OwnStore('kv', disk)])
  void second.manager.open(second.context)
  expect(second.manager.changelogPartitions()[0]?.offset).toBe(2)
})

describe('StateManager, where tasks run exactly once', () => {
  const exactlyOnce = { config: { processingGuarantee: 'exactly_once_v2' } }

  const run = (end: (manager: StateManager) => void, disk = new Map<string, string>()): void => {
    const { manager, context } = setUp([new OwnStore('kv', disk)], exactlyOnce)
    void manager.open(context)
    manager.restore('app-kv-changelog', 2, changes(['a', '1'], ['b', '2']).cursor(), 100)
    void manager.commit(new Map())
    end(manager)
  }
  const open = (): StateManager => {
    const { manager, context } = setUp([new OwnStore('kv', new Map())], exactlyOnce)
    void manager.open(context)
    return manager
  }

  test('should go on where a store of a user was when it was closed after its last commit', () => {
    run((manager) => void manager.close(true))
    expect(open().changelogPartitions()[0]?.offset).toBe(2)
  })

  test.each([
    ['was closed without a commit', (manager: StateManager) => void manager.close(false)],
    ['was not closed at all', () => {}],
  ])('should have a store of a user wiped when it %s, since nothing takes back what it wrote', (_when, end) => {
    run(end)
    expect(open).toThrow(TaskCorruptedError)
  })

  test('should not wipe stores that keep their offset themselves', () => {
    const store = Object.assign(new OwnStore('kv', new Map()), { committedOffset: () => 12 })
    for (let start = 0; start < 2; start++) {
      const { manager, context } = setUp([store], exactlyOnce)
      void manager.open(context)
      expect(manager.changelogPartitions()[0]?.offset).toBe(12)
    }
  })
})

test('StateManager should ask a persistent store for its offset when it keeps one, and write no checkpoint', () => {
  const store = Object.assign(new OwnStore('kv', new Map()), { committedOffset: () => 12 })
  const { manager, context } = setUp([store])
  void manager.open(context)
  expect(manager.changelogPartitions()[0]?.offset).toBe(12)
  void manager.commit(new Map())
  expect(existsSync(path.join(stateDir, '.checkpoint'))).toBe(false)
})

test('StateManager should wait for stores that open slowly, but not under the test driver', async () => {
  const { manager, context } = setUp([new OwnStore('slow', undefined, true), new OwnStore('fast')])
  await manager.open(context)
  expect(manager.stores().map(({ name }) => name)).toEqual(['slow', 'fast'])
  const driver = setUp([new OwnStore('slow', undefined, true)], { ephemeral: true })
  expect(() => driver.manager.open(driver.context)).toThrow('opens asynchronously')
})

test('StateManager should refuse a store when it does not register itself', () => {
  const store = new OwnStore('kv')
  store.init = () => {}
  const { manager, context } = setUp([store])
  expect(() => manager.open(context)).toThrow('did not call context.register')
})

test('StateManager should close every store and give the first error when one cannot be closed', () => {
  const stores = [new OwnStore('a'), new OwnStore('b')]
  stores[0]!.close = () => {
    throw new Error('stuck')
  }
  const { manager, context } = setUp(stores)
  void manager.open(context)
  expect(() => manager.close()).toThrow('stuck')
  expect(stores[1]!.isOpen).toBe(false)
})

describe('StateManager, when it is told which topic a changelog is', () => {
  const filled = (persistent: boolean): StateManager => {
    const store = new OwnStore('kv', persistent ? new Map() : undefined)
    const { manager, context } = setUp([store])
    void manager.open(context)
    return manager
  }
  const fill = (manager: StateManager, topicId: string): void => {
    manager.changelogIs('app-kv-changelog', 2, topicId)
    manager.restore('app-kv-changelog', 2, changes(['a', '1']).cursor(), 1)
    void manager.commit(new Map())
  }

  test('should refuse what the store has from another one of that name, also what it had before a crash', () => {
    fill(filled(true), 'first')
    const manager = filled(true)
    expect(manager.changelogPartitions()[0]!.offset).toBe(1)
    expect(() => manager.changelogIs('app-kv-changelog', 2, 'second')).toThrow(TaskCorruptedError)
    expect(() => manager.changelogIs('app-kv-changelog', 2, 'first')).not.toThrow()
  })

  test('should refuse the same of a store in memory, and write no files for it', () => {
    const manager = filled(false)
    fill(manager, 'first')
    expect(() => manager.changelogIs('app-kv-changelog', 2, 'second')).toThrow('another topic app-kv-changelog than there is now')
    expect(readdirSync(stateDir)).toEqual([])
  })

  test('should take any topic for a store that has nothing, and remember the last', () => {
    filled(true).changelogIs('app-kv-changelog', 2, 'first')
    const manager = filled(true)
    fill(manager, 'second')
    expect(() => manager.changelogIs('app-kv-changelog', 2, 'first')).toThrow(TaskCorruptedError)
  })

  test('should not refuse what the store has when nobody wrote down where it came from', () => {
    fill(filled(true), 'first')
    rmSync(path.join(stateDir, 'changelog-topics.json'))
    expect(() => filled(true).changelogIs('app-kv-changelog', 2, 'second')).not.toThrow()
  })
})
