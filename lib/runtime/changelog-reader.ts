import { performance } from 'node:perf_hooks'
import type { ClusterAdmin, FetcherOptions, RecordFetcher } from '../client/types.ts'
import { StreamsError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import type { RecordChunk } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import { TaskCorruptedError } from '../task/errors.ts'
import { ChangelogPartition } from './changelog-partition.ts'
import type { RestoreTarget } from './changelog-partition.ts'
import type { StateRestoreListener } from './restore-listener.ts'
import type { TopicIds } from './topic-ids.ts'

/** How long one slice of restoring may keep the event loop, ms. */
const SLICE_MS = 2
/** Records between looks at the clock. */
const STEP_RECORDS = 500

export interface ChangelogReaderOptions {
  readonly admin: ClusterAdmin
  readonly topicIds: Pick<TopicIds, 'refresh' | 'of'>
  readonly createFetcher: (options: Pick<FetcherOptions, 'onChunk' | 'onOffsetOutOfRange' | 'onError' | 'onFetched'>) => RecordFetcher
  readonly listener: () => StateRestoreListener | undefined
  readonly logger: Logger
}

/** A restoration that ended because its task was taken away. */
export class RestoreSuspendedError extends StreamsError {
  constructor(message: string) {
    super('MILLRACE_RESTORE_SUSPENDED', message)
  }
}

const corrupted = ({ storeName, topic, partition }: RestoreTarget, because: string): TaskCorruptedError =>
  new TaskCorruptedError(`the store ${storeName} cannot be restored from ${topic}-${partition}: ${because}`)

/**
 * Reads changelogs back into stores, with a fetcher of its own, in slices of a few milliseconds: group membership never
 * lapses during a long restoration. A store is complete when it has everything up to the end that its changelog had when
 * restoration began (nobody else writes to it by then).
 */
export class ChangelogReader {
  readonly #options: ChangelogReaderOptions
  readonly #partitions = new Map<string, ChangelogPartition>()
  #fetcher: RecordFetcher | undefined
  #scheduled = false

  constructor(options: ChangelogReaderOptions) {
    this.#options = options
  }

  /** True while some store is not complete. */
  get isRestoring(): boolean {
    return this.#partitions.size > 0
  }

  /**
   * Resolves when all of these stores are complete.
   * @throws {RestoreSuspendedError} when {@link suspend} came first
   * @throws {TaskCorruptedError} when what a store has does not fit its changelog
   */
  async restore(targets: readonly RestoreTarget[]): Promise<void> {
    if (targets.length === 0) return
    // first, so that a topic made anew after this is noticed at the end
    await this.#options.topicIds.refresh(targets.map(({ topic }) => topic))
    const [ends, starts] = await Promise.all([this.#offsets(targets, 'latest'), this.#offsets(targets, 'earliest')])
    const complete = targets.map((target) => {
      const key = partitionKey(target.topic, target.partition)
      return this.#begin(target, starts.get(key) ?? 0, ends.get(key) ?? 0)
    })
    await Promise.all(complete)
  }

  /** Gives up restoring these stores; what they have stays. */
  suspend(targets: readonly Pick<RestoreTarget, 'topic' | 'partition'>[]): void {
    for (const { topic, partition } of targets) {
      const restoring = this.#partitions.get(partitionKey(topic, partition))
      if (restoring === undefined) continue
      this.#remove(restoring)
      this.#options.listener()?.onRestoreSuspended?.({ topic, partition }, restoring.target.storeName, restoring.total)
      restoring.fail(new RestoreSuspendedError(`restoring ${restoring.target.storeName} from ${topic}-${partition} was given up: the task moved`))
    }
  }

  async close(): Promise<void> {
    this.suspend([...this.#partitions.values()].map(({ target }) => target))
    await this.#fetcher?.close()
  }

  async #offsets(targets: readonly RestoreTarget[], spec: 'earliest' | 'latest'): Promise<Map<string, number>> {
    const listed = await this.#options.admin.listOffsets(targets.map(({ topic, partition }) => ({ topic, partition, spec })))
    return new Map([...listed].map(([key, { offset }]) => [key, offset]))
  }

  async #begin(target: RestoreTarget, logStart: number, logEnd: number): Promise<void> {
    const { topic, partition, storeName } = target
    const end = Math.min(logEnd, target.endLimit ?? logEnd)
    const start = target.startOffset ?? logStart
    const topicId = this.#options.topicIds.of(topic)
    if (topicId !== undefined) target.changelogIs(topicId)
    if (start < logStart || start > logEnd) throw corrupted(target, `it had reached offset ${start}, but the changelog has ${logStart} to ${logEnd}`)
    const restoring = new ChangelogPartition(target, start, end, topicId)
    this.#options.listener()?.onRestoreStart?.({ topic, partition }, storeName, start, end)
    if (start >= end) return this.#finish(restoring)
    this.#partitions.set(partitionKey(topic, partition), restoring)
    this.#options.logger.info({ topic, partition, store: storeName, start, end }, 'restoring a store')
    this.#open().assign(topic, partition, start)
    await restoring.completed
  }

  #open(): RecordFetcher {
    this.#fetcher ??= this.#options.createFetcher({
      onChunk: (topic, partition, chunk) => this.#onChunk(topic, partition, chunk),
      onFetched: () => this.#wake(),
      onOffsetOutOfRange: (topic, partition) =>
        this.#failed(topic, partition, (target) => corrupted(target, 'its changelog no longer has the offset that was reached')),
      onError: (error, topic, partition) => this.#failed(topic, partition, () => error),
    })
    return this.#fetcher
  }

  #onChunk(topic: string, partition: number, chunk: RecordChunk): void {
    const restoring = this.#partitions.get(partitionKey(topic, partition))
    if (restoring === undefined) return chunk.release()
    restoring.add(chunk)
    this.#wake()
  }

  #failed(topic: string, partition: number, error: (target: RestoreTarget) => Error): void {
    const restoring = this.#partitions.get(partitionKey(topic, partition))
    if (restoring !== undefined) this.#giveUp(restoring, error(restoring.target))
  }

  #giveUp(restoring: ChangelogPartition, error: unknown): void {
    this.#remove(restoring)
    restoring.fail(error)
  }

  #wake(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#slice())
  }

  #slice(): void {
    this.#scheduled = false
    const end = performance.now() + SLICE_MS
    let more = false
    for (const restoring of [...this.#partitions.values()]) {
      try {
        while (restoring.step(STEP_RECORDS) && performance.now() < end);
        this.#report(restoring)
        if (restoring.wantsCommit) restoring.commit().then(() => this.#wake(), (error: unknown) => this.#giveUp(restoring, error))
        more ||= restoring.hasMore
      } catch (error) {
        this.#giveUp(restoring, error)
      }
    }
    if (more) this.#wake()
  }

  #report(restoring: ChangelogPartition): void {
    const { topic, partition, storeName } = restoring.target
    const restored = restoring.takeReport()
    const listener = this.#options.listener()
    if (restored > 0) listener?.onBatchRestored?.({ topic, partition }, storeName, restoring.lastOffset, restored)
    const topicId = this.#options.topicIds.of(topic) ?? restoring.topicId
    if (topicId !== restoring.topicId) throw corrupted(restoring.target, 'its changelog was deleted and made again meanwhile')
    const fetched = this.#fetcher?.position(topic, partition)
    if (!restoring.isDone(fetched)) return
    this.#remove(restoring)
    this.#finish(restoring)
  }

  #finish(restoring: ChangelogPartition): void {
    const { topic, partition, storeName } = restoring.target
    this.#options.listener()?.onRestoreEnd?.({ topic, partition }, storeName, restoring.total)
    this.#options.logger.info({ topic, partition, store: storeName, records: restoring.total }, 'restored a store')
    restoring.finish()
  }

  #remove({ target, releaseChunks }: ChangelogPartition): void {
    this.#fetcher?.unassign(target.topic, target.partition)
    this.#partitions.delete(partitionKey(target.topic, target.partition))
    releaseChunks()
  }
}
