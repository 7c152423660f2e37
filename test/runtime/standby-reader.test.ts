import type { ClusterAdmin, OffsetAndMetadata, RecordFetcher } from '../../lib/client/types.ts'
import { silentLogger } from '../../lib/core/log.ts'
import type { RecordCursor } from '../../lib/core/record-cursor.ts'
import { TaskCorruptedError } from '../../lib/task/errors.ts'
import { StandbyReader } from '../../lib/runtime/standby-reader.ts'
import type { StandbyReaderOptions } from '../../lib/runtime/standby-reader.ts'
import type { StandbyTask } from '../../lib/task/standby-task.ts'
import { taskId } from '../../lib/task/task-id.ts'
import { arrayChunk } from './helpers/array-chunk.ts'
import type { PlainRecord } from './helpers/array-chunk.ts'

type FetchHooks = Parameters<StandbyReaderOptions['createFetcher']>[0]

/** A standby of one store, and its changelog on a broker that a test fills by hand. */
class Scene {
  readonly assigned = new Map<string, number>()
  readonly heard: string[] = []
  readonly failures: unknown[] = []
  readonly rows: string[] = []
  topicId = 'first'
  released = 0
  committed = 0
  isPaused = false
  holdsCommits = false
  commits = 0
  finishCommit: () => void = () => {}
  offset: number | undefined = undefined
  hooks!: FetchHooks
  readonly task: StandbyTask
  readonly reader: StandbyReader

  constructor({ isSourceCopy = false, commitIntervalMs = 10 } = {}) {
    const fetcher = {
      assign: (topic: string, _partition: number, offset: number) => void this.assigned.set(topic, offset),
      unassign: (topic: string) => void this.assigned.delete(topic),
      highWatermark: () => 100,
      close: async () => {},
    } as unknown as RecordFetcher
    const { rows } = this
    this.task = {
      id: taskId(0, 3),
      wantsCommit: false,
      changelogPartitions: () => [{ topic: 'log', partition: 3, storeName: 'counts', offset: this.offset, isSourceCopy }],
      changelogIs: () => {},
      restore(_topic: string, _partition: number, cursor: RecordCursor, max: number) {
        let count = 0
        while (count < max && cursor.next()) {
          count++
          rows.push(cursor.buffer.toString('utf8', 0, cursor.keyEnd))
        }
        return count
      },
      restoredTo: (_topic: string, _partition: number, offset: number) => void (this.offset = offset),
      commit: () => {
        this.commits++
        return this.holdsCommits ? new Promise<void>((resolve) => (this.finishCommit = resolve)) : undefined
      },
    } as unknown as StandbyTask
    this.reader = new StandbyReader({
      topicIds: { refresh: async () => {}, of: () => this.topicId },
      admin: { listOffsets: async () => new Map([['log-3', { offset: 5, timestamp: -1, leaderEpoch: 0 }]]) } as unknown as ClusterAdmin,
      createFetcher: (hooks) => {
        this.hooks = hooks
        return fetcher
      },
      committed: async () => new Map<string, OffsetAndMetadata>([['log-3', { offset: this.committed } as OffsetAndMetadata]]),
      listener: () => ({
        onUpdateStart: (_at, store, from) => this.heard.push(`start ${store} at ${from}`),
        onBatchLoaded: (_at, store, id, end, count, logEnd) => this.heard.push(`${count} into ${store} of ${id.toString()} to ${end} of ${logEnd}`),
        onUpdateSuspended: (_at, store, end, logEnd, reason) => this.heard.push(`${reason} ${store} at ${end} of ${logEnd}`),
      }),
      commitIntervalMs,
      isPaused: () => this.isPaused,
      onFailed: (_id, error) => this.failures.push(error),
      logger: silentLogger,
    })
  }

  follow(): Promise<void> {
    return this.reader.follow(this.task, () => true)
  }

  deliver(records: readonly PlainRecord[], nextOffset: number): void {
    this.assigned.set('log', nextOffset)
    this.hooks.onChunk('log', 3, arrayChunk(records, nextOffset, () => this.released++))
  }
}

const record = (offset: number): PlainRecord => ({ offset, key: `k${offset}`, value: 'v' })
const settled = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await new Promise(setImmediate)
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let turns = 0; !condition() && turns < 1000; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(condition()).toBe(true)
}

describe('a standby reader', () => {
  let scene: Scene
  afterEach(() => {
    scene.finishCommit()
    return scene.reader.close()
  })

  test('should follow a changelog from its start without an end, and tell the listener', async () => {
    scene = new Scene({ commitIntervalMs: 60_000 })
    await scene.follow()
    expect(scene.assigned.get('log')).toBe(5)
    scene.deliver([record(5), record(6)], 7)
    await settled()
    scene.deliver([record(9)], 12)
    await settled()
    await scene.reader.suspend(scene.task.id, 'PROMOTED')
    expect(scene.rows).toEqual(['k5', 'k6', 'k9'])
    expect(scene.heard).toEqual(['start counts at 5', '2 into counts of 0_3 to 6 of 100', '1 into counts of 0_3 to 9 of 100', 'PROMOTED counts at 12 of 100'])
    expect(scene.offset).toBe(12)
    expect(scene.released).toBe(2)
    expect(scene.assigned.size).toBe(0)
  })

  test('should make durable what it has when the interval is over, and take nothing meanwhile', async () => {
    scene = new Scene()
    scene.offset = 8
    scene.holdsCommits = true
    await scene.follow()
    scene.deliver([record(8)], 9)
    await until(() => scene.commits === 1)
    scene.deliver([record(9)], 10)
    await settled()
    expect(scene.rows).toEqual(['k8'])
    scene.finishCommit()
    await until(() => scene.rows.length === 2)
  })

  test('should take a source topic no further than it was processed, and fetch the rest when it was', async () => {
    scene = new Scene({ isSourceCopy: true })
    scene.offset = 0
    scene.committed = 2
    await scene.follow()
    expect(scene.assigned.get('log')).toBe(0)
    scene.deliver([record(0), record(1), record(2)], 3)
    await settled()
    expect(scene.rows).toEqual(['k0', 'k1'])
    expect(scene.assigned.size).toBe(0)
    expect(scene.released).toBe(1)
    scene.committed = 3
    await until(() => scene.assigned.get('log') === 2)
    scene.deliver([record(2), record(3)], 4)
    await until(() => scene.rows.length === 3)
    expect(scene.rows.at(-1)).toBe('k2')
  })

  test('should rest while the client is paused', async () => {
    scene = new Scene()
    scene.isPaused = true
    await scene.follow()
    scene.deliver([record(5)], 6)
    await settled()
    expect(scene.rows).toEqual([])
    scene.isPaused = false
    scene.reader.wake()
    await settled()
    expect(scene.rows).toEqual(['k5'])
  })

  test('should say that a standby is of no use when its changelog no longer has what comes next', async () => {
    scene = new Scene()
    await scene.follow()
    scene.hooks.onOffsetOutOfRange?.('log', 3)
    expect(scene.failures).toEqual([expect.any(TaskCorruptedError)])
  })

  test('should say that a standby is of no use when its changelog is made anew', async () => {
    scene = new Scene()
    await scene.follow()
    scene.topicId = 'second'
    await until(() => scene.failures.length > 0)
    expect(scene.failures[0]).toBeInstanceOf(TaskCorruptedError)
  })

  test('should not begin when the standby is not wanted any more', async () => {
    scene = new Scene()
    await scene.reader.follow(scene.task, () => false)
    expect(scene.heard).toEqual([])
  })
})
