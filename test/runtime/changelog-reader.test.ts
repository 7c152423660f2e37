import type { ClusterAdmin, RecordFetcher } from '../../lib/client/types.ts'
import { silentLogger } from '../../lib/core/log.ts'
import type { RecordChunk, RecordCursor } from '../../lib/core/record-cursor.ts'
import { partitionKey } from '../../lib/core/topic-partition.ts'
import type { RestoreTarget } from '../../lib/runtime/changelog-partition.ts'
import { ChangelogReader } from '../../lib/runtime/changelog-reader.ts'
import type { ChangelogReaderOptions } from '../../lib/runtime/changelog-reader.ts'
import { TaskCorruptedError } from '../../lib/task/errors.ts'
import { arrayChunk } from './helpers/array-chunk.ts'
import type { PlainRecord } from './helpers/array-chunk.ts'

type FetchHooks = Parameters<ChangelogReaderOptions['createFetcher']>[0]

/** A store that keeps what is restored, and a changelog on a broker that a test fills by hand. */
class Scene {
  readonly logs = new Map<string, { earliest: number; latest: number }>()
  readonly assigned = new Map<string, number>()
  /** By which the topic goes now. */
  topicId: string | undefined = 'first'
  readonly heard: string[] = []
  released = 0
  hooks!: FetchHooks
  readonly reader: ChangelogReader

  constructor() {
    const admin = {
      listOffsets: async (partitions: readonly { topic: string; partition: number; spec: string }[]) =>
        new Map(
          partitions.map(({ topic, partition, spec }) => {
            const log = this.logs.get(partitionKey(topic, partition))
            return [partitionKey(topic, partition), { offset: (spec === 'latest' ? log?.latest : log?.earliest) ?? 0, timestamp: -1, leaderEpoch: 0 }]
          }),
        ),
    } as unknown as ClusterAdmin
    const fetcher = {
      assign: (topic: string, partition: number, offset: number) => void this.assigned.set(partitionKey(topic, partition), offset),
      unassign: (topic: string, partition: number) => void this.assigned.delete(partitionKey(topic, partition)),
      position: (topic: string, partition: number) => this.assigned.get(partitionKey(topic, partition)),
      close: async () => {},
    } as unknown as RecordFetcher
    this.reader = new ChangelogReader({
      admin,
      topicIds: { refresh: async () => {}, of: () => this.topicId },
      createFetcher: (hooks) => {
        this.hooks = hooks
        return fetcher
      },
      listener: () => ({
        onRestoreStart: (_at, store, from, to) => this.heard.push(`start ${store} ${from}..${to}`),
        onBatchRestored: (_at, store, end, count) => this.heard.push(`batch ${store} ${count} to ${end}`),
        onRestoreEnd: (_at, store, total) => this.heard.push(`end ${store} ${total}`),
        onRestoreSuspended: (_at, store, total) => this.heard.push(`suspended ${store} ${total}`),
      }),
      logger: silentLogger,
    })
  }

  deliver(topic: string, records: readonly PlainRecord[], nextOffset: number): void {
    this.assigned.set(partitionKey(topic, 0), nextOffset)
    this.hooks.onChunk(topic, 0, arrayChunk(records, nextOffset, () => this.released++) satisfies RecordChunk)
  }
}

class FakeStore implements RestoreTarget {
  readonly storeName = 'counts'
  readonly topic = 'log'
  readonly partition = 0
  startOffset: number | undefined
  endLimit: number | undefined
  wantsCommit = false
  readonly rows = new Map<string, string>()
  completedAt: number | undefined
  cameFrom: string | undefined
  commits = 0

  changelogIs(topicId: string): void {
    if (this.cameFrom !== undefined && topicId !== this.cameFrom) throw new TaskCorruptedError('another topic')
  }

  restore(cursor: RecordCursor, max: number): number {
    let count = 0
    while (count < max && cursor.next()) {
      count++
      const { buffer, keyEnd, valueStart } = cursor
      this.rows.set(buffer.toString('utf8', 0, keyEnd), valueStart < 0 ? '-' : buffer.toString('utf8', valueStart))
    }
    return count
  }

  async commit(): Promise<void> {
    this.commits++
    this.wantsCommit = false
  }

  completed(offset: number): void {
    this.completedAt = offset
  }
}

const record = (offset: number, key = `k${offset}`): PlainRecord => ({ offset, key, value: `v${offset}` })
const settled = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate)
}

describe('a changelog reader', () => {
  let scene: Scene
  let store: FakeStore

  beforeEach(() => {
    scene = new Scene()
    store = new FakeStore()
  })

  test('should restore a store from the start to the end of its changelog and tell the listener', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 3 })
    const restored = scene.reader.restore([store])
    await settled()
    expect(scene.assigned.get('log-0')).toBe(0)
    scene.deliver('log', [record(0), record(1)], 2)
    await settled()
    scene.deliver('log', [record(2)], 3)
    await restored
    expect([...store.rows.keys()]).toEqual(['k0', 'k1', 'k2'])
    expect(store.completedAt).toBe(3)
    expect(scene.heard).toEqual(['start counts 0..3', 'batch counts 2 to 1', 'batch counts 1 to 2', 'end counts 3'])
    expect(scene.released).toBe(2)
    expect(scene.assigned.size).toBe(0)
  })

  test('should go on from where the store is', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 9 })
    store.startOffset = 9
    await scene.reader.restore([store])
    expect(store.completedAt).toBe(9)
    expect(scene.heard).toEqual(['start counts 9..9', 'end counts 0'])
  })

  test('should stop at what was processed when the changelog is a source topic', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 10 })
    store.endLimit = 2
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', [record(0), record(1), record(2), record(3)], 4)
    await restored
    expect([...store.rows.keys()]).toEqual(['k0', 'k1'])
    expect(store.completedAt).toBe(2)
  })

  test('should be complete when the end of the changelog holds no record', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 5 })
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', [record(0)], 3)
    await settled()
    scene.assigned.set('log-0', 5)
    scene.hooks.onFetched?.()
    await restored
    expect(store.completedAt).toBe(5)
  })

  test('should let a store write out before it takes more', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 1200 })
    store.wantsCommit = true
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', Array.from({ length: 1200 }, (_, n) => record(n)), 1200)
    await restored
    expect(store.commits).toBe(1)
    expect(store.rows.size).toBe(1200)
  })

  test('should refuse a store that is ahead of its changelog', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 3 })
    store.startOffset = 7
    await expect(scene.reader.restore([store])).rejects.toThrow('it had reached offset 7, but the changelog has 0 to 3')
  })

  test('should refuse a store whose next record is no longer in the changelog', async () => {
    scene.logs.set('log-0', { earliest: 9, latest: 12 })
    store.startOffset = 7
    await expect(scene.reader.restore([store])).rejects.toThrow('it had reached offset 7, but the changelog has 9 to 12')
  })

  test('should refuse a store that was filled from another topic of that name', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 9 })
    store.startOffset = 7
    store.cameFrom = 'one that is gone'
    await expect(scene.reader.restore([store])).rejects.toBeInstanceOf(TaskCorruptedError)
  })

  test('should refuse what it has when the topic is made anew while it is read', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 3 })
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', [record(0)], 1)
    await settled()
    scene.topicId = 'second'
    scene.deliver('log', [record(1), record(2)], 3)
    await expect(restored).rejects.toThrow('deleted and made again')
  })

  test('should restore where topics have no ids', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 1 })
    scene.topicId = undefined
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', [record(0)], 1)
    await restored
    expect(store.completedAt).toBe(1)
  })

  test('should give up when the task moves away', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 3 })
    const restored = scene.reader.restore([store])
    await settled()
    scene.deliver('log', [record(0)], 1)
    await settled()
    scene.reader.suspend([store])
    await expect(restored).rejects.toThrow('the task moved')
    expect(scene.heard.at(-1)).toBe('suspended counts 1')
    expect(scene.reader.isRestoring).toBe(false)
  })

  test('should release what comes after a store was given up', async () => {
    scene.logs.set('log-0', { earliest: 0, latest: 3 })
    const restored = scene.reader.restore([store]).catch(() => {})
    await settled()
    scene.reader.suspend([store])
    await restored
    scene.deliver('log', [record(0)], 1)
    expect(scene.released).toBe(1)
  })
})
