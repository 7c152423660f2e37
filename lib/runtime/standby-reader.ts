import { performance } from 'node:perf_hooks'
import type { TaskId } from '../../topology/api.ts'
import type { ClusterAdmin, FetcherOptions, OffsetAndMetadata, RecordFetcher } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import type { RecordChunk } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { TaskCorruptedError } from '../task/errors.ts'
import type { StandbyTask } from '../task/standby-task.ts'
import { FollowedChangelog } from './followed-changelog.ts'
import type { TopicIds } from './topic-ids.ts'
import type { StandbySuspendReason, StandbyUpdateListener } from './standby-listener.ts'

/** How long one slice of following may keep the event loop, ms: less than a slice of processing. */
const SLICE_MS = 1
/** Records between looks at the clock. */
const STEP_RECORDS = 200

export interface StandbyReaderOptions {
  readonly admin: ClusterAdmin
  readonly topicIds: Pick<TopicIds, 'refresh' | 'of'>
  readonly createFetcher: (options: Pick<FetcherOptions, 'onChunk' | 'onOffsetOutOfRange' | 'onError'>) => RecordFetcher
  /** What the group has committed. */
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<string, OffsetAndMetadata>>
  readonly listener: () => StandbyUpdateListener | undefined
  /** What was followed is made durable so often, ms, and sources that serve as changelogs are looked after. */
  readonly commitIntervalMs: number
  /** While true nothing is put into the stores. */
  readonly isPaused: () => boolean
  /** What a standby has does not fit its changelogs any more, or it cannot go on for another reason. */
  readonly onFailed: (id: TaskId, error: unknown) => void
  readonly logger: Logger
}

/** One standby and its changelogs. */
interface Following {
  readonly task: StandbyTask
  readonly changelogs: readonly FollowedChangelog[]
  isDirty: boolean
  /** While its stores are being written. */
  writing: Promise<void> | undefined
}

/**
 * Keeps the standbys of a thread up with their changelogs, without an end: with a fetcher of its own, in short slices between
 * the others of the event loop, so that processing goes on.
 */
export class StandbyReader {
  readonly #options: StandbyReaderOptions
  readonly #following = new Map<string, Following>()
  readonly #byChangelog = new Map<string, { readonly following: Following; readonly changelog: FollowedChangelog }>()
  #fetcher: RecordFetcher | undefined
  #isScheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: StandbyReaderOptions) {
    this.#options = options
  }

  /** Begins to follow the changelogs of a task whose stores are open; `isWanted` is asked once more after a wait. */
  async follow(task: StandbyTask, isWanted: () => boolean): Promise<void> {
    const partitions = task.changelogPartitions()
    await this.#options.topicIds.refresh(partitions.map(({ topic }) => topic))
    const starts = await this.#starts(partitions.filter(({ offset }) => offset === undefined))
    if (!isWanted()) return
    const changelogs = partitions.map((at) => {
      const topicId = this.#options.topicIds.of(at.topic)
      if (topicId !== undefined) task.changelogIs(at.topic, at.partition, topicId)
      const start = at.offset ?? starts.get(partitionKey(at.topic, at.partition)) ?? 0
      return new FollowedChangelog(at, start, topicId, (topic, partition, cursor, max) => task.restore(topic, partition, cursor, max))
    })
    const following: Following = { task, changelogs, isDirty: false, writing: undefined }
    this.#following.set(String(task.id), following)
    for (const changelog of changelogs) {
      const { topic, partition, storeName, position } = changelog
      this.#byChangelog.set(partitionKey(topic, partition), { following, changelog })
      this.#options.listener()?.onUpdateStart?.({ topic, partition }, storeName, position)
      if (!changelog.isLimited) this.#open().assign(topic, partition, position)
    }
    if (changelogs.some(({ isLimited }) => isLimited)) await this.#raiseLimits()
    this.#startTimer()
  }

  /** Ends following a task; resolves when its stores are quiet. What is not durable yet stays so. */
  async suspend(id: TaskId, reason: StandbySuspendReason): Promise<void> {
    const following = this.#following.get(String(id))
    if (following === undefined) return
    this.#following.delete(String(id))
    for (const changelog of following.changelogs) {
      const { topic, partition, storeName, position } = changelog
      const end = this.#endOf(changelog)
      this.#fetcher?.unassign(topic, partition)
      this.#byChangelog.delete(partitionKey(topic, partition))
      changelog.releaseChunks()
      // also what is no record was followed
      following.task.restoredTo(topic, partition, position)
      this.#options.listener()?.onUpdateSuspended?.({ topic, partition }, storeName, position, end, reason)
    }
    await following.writing
  }

  /** There may be something to do again. */
  wake(): void {
    if (this.#isScheduled || this.#following.size === 0) return
    this.#isScheduled = true
    setImmediate(() => this.#slice())
  }

  async close(): Promise<void> {
    for (const { task } of [...this.#following.values()]) await this.suspend(task.id, 'MIGRATED')
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#fetcher?.close()
  }

  async #starts(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    if (partitions.length === 0) return new Map()
    const listed = await this.#options.admin.listOffsets(partitions.map(({ topic, partition }) => ({ topic, partition, spec: 'earliest' })))
    return new Map([...listed].map(([key, { offset }]) => [key, offset]))
  }

  #open(): RecordFetcher {
    this.#fetcher ??= this.#options.createFetcher({
      onChunk: (topic, partition, chunk) => this.#onChunk(topic, partition, chunk),
      onOffsetOutOfRange: (topic, partition) => this.#failed(topic, partition, ({ storeName, position }) =>
        new TaskCorruptedError(`the standby ${storeName} cannot follow ${topic}-${partition}: offset ${position} is no longer there`)),
      onError: (error, topic, partition) => this.#failed(topic, partition, () => error),
    })
    return this.#fetcher
  }

  #onChunk(topic: string, partition: number, chunk: RecordChunk): void {
    const followed = this.#byChangelog.get(partitionKey(topic, partition))
    if (followed === undefined) return chunk.release()
    followed.changelog.add(chunk)
    this.wake()
  }

  #failed(topic: string, partition: number, error: (changelog: FollowedChangelog) => unknown): void {
    const followed = this.#byChangelog.get(partitionKey(topic, partition))
    if (followed !== undefined) this.#options.onFailed(followed.following.task.id, error(followed.changelog))
  }

  #slice(): void {
    this.#isScheduled = false
    if (this.#options.isPaused()) return
    const end = performance.now() + SLICE_MS
    let more = false
    for (const following of this.#following.values()) {
      try {
        // between the layer that is being written and the offset that is told with it, nothing may come
        if (following.writing !== undefined) continue
        for (const changelog of following.changelogs) {
          while (changelog.hasMore && !following.task.wantsCommit && performance.now() < end) changelog.step(STEP_RECORDS)
          this.#report(following, changelog)
          more ||= changelog.hasMore
        }
        if (following.task.wantsCommit) this.#commit(following)
      } catch (error) {
        this.#options.onFailed(following.task.id, error)
      }
    }
    if (more) this.wake()
  }

  #report(following: Following, changelog: FollowedChangelog): void {
    const { topic, partition, storeName, position } = changelog
    const count = changelog.takeReport()
    if (count > 0) {
      following.isDirty = true
      this.#options.listener()?.onBatchLoaded?.({ topic, partition }, storeName, following.task.id, changelog.lastOffset, count, this.#endOf(changelog))
    }
    const hasLetGo = changelog.takeLetGo()
    // what lies beyond the limit is not to be kept in memory until it may be taken
    if (changelog.isAtLimit) this.#fetcher?.unassign(topic, partition)
    else if (hasLetGo) this.#open().assign(topic, partition, position)
  }

  /** The end of the changelog as the last fetch saw it. */
  #endOf({ topic, partition, position }: FollowedChangelog): number {
    return Math.max(position, this.#fetcher?.highWatermark(topic, partition) ?? position)
  }

  #commit(following: Following): void {
    following.isDirty = false
    const writing = following.task.commit()
    if (writing === undefined) return
    following.writing = writing.then(
      () => undefined,
      (error: unknown) => this.#options.onFailed(following.task.id, error),
    ).finally(() => {
      following.writing = undefined
      this.wake()
    })
  }

  #startTimer(): void {
    this.#timer ??= setInterval(() => this.#lookAfter(), Math.max(10, this.#options.commitIntervalMs)).unref()
  }

  #lookAfter(): void {
    for (const following of this.#following.values()) {
      const isAnother = ({ topic, topicId }: FollowedChangelog): boolean => (this.#options.topicIds.of(topic) ?? topicId) !== topicId
      const anew = following.changelogs.find(isAnother)
      if (anew !== undefined) {
        const because = `${anew.topic} was deleted and made again`
        this.#options.onFailed(following.task.id, new TaskCorruptedError(`the standby ${anew.storeName} cannot follow its changelog: ${because}`))
      } else if (following.writing === undefined) {
        // what is no record was followed, too: the leader compares how far this is with the end of the changelog
        for (const { topic, partition, position } of following.changelogs) following.task.restoredTo(topic, partition, position)
        if (following.isDirty) this.#commit(following)
      }
    }
    void this.#raiseLimits().catch((error: unknown) => this.#options.logger.warn({ err: error }, 'standbys could not learn what was committed; trying again'))
  }

  /** Of topics that the application reads, stores have only what was processed: up to what the group has committed. */
  async #raiseLimits(): Promise<void> {
    const limited = [...this.#byChangelog.values()].map(({ changelog }) => changelog).filter(({ isLimited }) => isLimited)
    if (limited.length === 0) return
    const committed = await this.#options.committed(limited)
    for (const changelog of limited) {
      const { topic, partition, position } = changelog
      const key = partitionKey(topic, partition)
      const offset = committed.get(key)?.offset
      if (offset === undefined || offset <= changelog.limit || this.#byChangelog.get(key)?.changelog !== changelog) continue
      const wasAtLimit = changelog.isAtLimit
      changelog.limit = offset
      if (wasAtLimit && offset > position) this.#open().assign(topic, partition, position)
    }
  }
}
