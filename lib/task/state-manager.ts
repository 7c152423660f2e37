import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { StreamsError } from '../core/errors.ts'
import type { RecordCursor } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { ChangelogAppender, RestoreWithin } from '../../stores/internals/store-context.ts'
import { isBufferedStateStore } from '../../stores/internals/store-context.ts'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { StateRestoreCallback, StateStore, StoreBuilder } from '../../topology/api.ts'
import { ChangelogTopics } from './changelog-topics.ts'
import { CheckpointFile, UNKNOWN_OFFSET } from './checkpoint-file.ts'
import { asError, NodeFailure, ProcessingError, TaskCorruptedError, TaskInitializationError, TaskStateError } from './errors.ts'
import type { MetricScope } from '../metrics/metric-scope.ts'
import { inSequence } from './in-sequence.ts'
import { OffsetSumFile } from './offset-sum-file.ts'
import type { RecordCollector } from './record-collector.ts'
import { StateMetrics } from './state-metrics.ts'
import type { StoreHost, TaskStoreContext } from './store-context.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** A changelog partition that a task restores a store from. */
export interface ChangelogPartition {
  readonly topic: string
  readonly partition: number
  readonly storeName: string
  /** Where to go on; undefined: from the start. */
  readonly offset: number | undefined
  /** True when it is a topic that the application reads, of which only what was processed belongs into the store. */
  readonly isSourceCopy: boolean
}

interface ManagedStore {
  readonly store: StateStore
  readonly builder: StoreBuilder
  readonly restore: StateRestoreCallback | undefined
  /** Undefined when the store is not logged. */
  readonly changelog: { readonly topic: string; readonly partition: number; readonly key: string } | undefined
  /** True when the changelog is a source topic of the task. */
  readonly isSourceCopy: boolean
  /** The changelog offset its content corresponds to, not counting what the collector has sent since. */
  offset: number | undefined
  /** The id of the topic that this is an offset of, as far as it is known. */
  topicId: string | undefined
}

/** What a state manager needs beside the environment. */
export interface StateManagerOptions {
  readonly builders: readonly StoreBuilder[]
  /** By store name. */
  readonly changelogTopics: ReadonlyMap<string, string>
  readonly sourceChangelogs: ReadonlySet<string>
  /** The partition of all changelogs of this task. */
  readonly partition: number
  /** Undefined for global stores, which write no changelog. */
  readonly collector: RecordCollector | undefined
  readonly streamTime: () => number
  /** The timestamp of the record being processed. */
  readonly timestamp: () => number
  /** The cache of the thread. */
  readonly cache?: ThreadCache | undefined
}

/** Opens, restores, commits and closes the stores of one task. */
export class StateManager implements StoreHost {
  readonly #environment: TaskEnvironment
  readonly #options: StateManagerOptions
  readonly #stores = new Map<string, ManagedStore>()
  readonly #byChangelog = new Map<string, ManagedStore>()
  readonly #appenders = new Map<string, ChangelogAppender>()
  readonly #checkpoint: CheckpointFile
  readonly #changelogTopics: ChangelogTopics
  readonly #offsetSum: OffsetSumFile
  readonly #scope: MetricScope
  readonly #metrics: StateMetrics
  /** Its own writes are only committed by a transaction. */
  readonly #isExactlyOnce: boolean
  #opening: StoreBuilder | undefined

  constructor(environment: TaskEnvironment, options: StateManagerOptions) {
    this.#environment = environment
    this.#options = options
    this.#scope = environment.metrics.scope({ 'thread-id': environment.threadId, 'task-id': String(environment.taskId) })
    this.#metrics = new StateMetrics(this.#scope, options.timestamp)
    this.#checkpoint = new CheckpointFile(path.join(environment.stateDir, '.checkpoint'))
    this.#changelogTopics = new ChangelogTopics(environment.stateDir)
    this.#offsetSum = new OffsetSumFile(environment.stateDir)
    this.#isExactlyOnce = environment.config.settings.processingGuarantee === 'exactly_once_v2' && options.collector !== undefined
  }

  /**
   * Builds and initialises all stores and learns where each has to be restored from.
   * @throws {TaskCorruptedError} when a store that keeps no offset itself was not closed after its last commit, with exactly-once
   */
  open(context: TaskStoreContext): void | Promise<void> {
    if (this.#isExactlyOnce && !this.#environment.ephemeral) this.#refuseUncommitted()
    const opened = inSequence(this.#options.builders, (builder) => this.#openOne(builder, context))
    return opened === undefined ? this.#findOffsets() : opened.then(() => this.#findOffsets())
  }

  #refuseUncommitted(): void {
    const checkpointed = this.#checkpoint.read()
    for (const { name } of this.#options.builders) {
      const topic = this.#options.changelogTopics.get(name)
      if (topic === undefined || checkpointed.get(partitionKey(topic, this.#options.partition)) !== UNKNOWN_OFFSET) continue
      throw new TaskCorruptedError(`the files of store ${name} may hold what was never committed: it keeps no offset itself, and was not closed after its last commit`)
    }
  }

  #openOne(builder: StoreBuilder, context: TaskStoreContext): void | Promise<void> {
    this.#opening = builder
    const store = builder.build()
    const begunAt = performance.now()
    const opened = this.#metrics.measure(store)
    const initialised = store.init(context, store)
    const done = (): void => {
      opened(performance.now() - begunAt)
      this.#metrics.measureCache(store.name, this.#options.cache?.get(`${this.#environment.taskId}-${store.name}`))
      this.#checkRegistered(builder)
    }
    if (initialised === undefined) return done()
    if (!this.#environment.ephemeral) return initialised.then(done)
    throw new TaskInitializationError(
      `StateStore ${builder.name} opens asynchronously, but under TopologyTestDriver init() must finish before it returns (context.ephemeral is true there).`,
    )
  }

  #checkRegistered(builder: StoreBuilder): void {
    if (this.#stores.has(builder.name)) return
    throw new TaskInitializationError(`StateStore ${builder.name} did not call context.register(store, restore) in its init().`)
  }

  register(store: StateStore, restore: StateRestoreCallback | undefined): void {
    const builder = this.#opening
    const { changelogTopics, sourceChangelogs, partition } = this.#options
    if (builder === undefined || builder.name !== store.name) {
      throw new TaskInitializationError(`Store ${store.name} may only be registered by its own init(), under the name of its builder.`)
    }
    if (this.#stores.has(store.name)) throw new TaskInitializationError(`Store ${store.name} has already been registered.`)
    const topic = changelogTopics.get(store.name)
    const changelog = topic === undefined ? undefined : { topic, partition, key: partitionKey(topic, partition) }
    const managed = { store, builder, restore, changelog, isSourceCopy: sourceChangelogs.has(store.name), offset: undefined, topicId: undefined }
    this.#stores.set(store.name, managed)
    if (changelog !== undefined) this.#byChangelog.set(changelog.key, managed)
  }

  #findOffsets(): void {
    let checkpointed: ReadonlyMap<string, number> | undefined
    for (const managed of this.#stores.values()) {
      const { store, changelog } = managed
      if (changelog === undefined || !store.persistent || this.#environment.ephemeral) continue
      if (store.committedOffset !== undefined) managed.offset = store.committedOffset(changelog)
      else managed.offset = (checkpointed ??= this.#checkpoint.read()).get(changelog.key)
    }
    // from now on the files may hold more than was committed; without exactly-once, replaying from before it does no harm
    if (checkpointed !== undefined && this.#isExactlyOnce) this.#writeCheckpoint(() => UNKNOWN_OFFSET)
  }

  /**
   * Says which topic bears the name of that changelog now, before anything is read from it.
   * @throws {TaskCorruptedError} when what the store has came from an earlier topic of that name
   */
  changelogIs(topic: string, partition: number, topicId: string): void {
    const managed = this.#managed(topic, partition)
    const keepsFiles = managed.store.persistent && !this.#environment.ephemeral
    const known = managed.topicId ?? (keepsFiles ? this.#changelogTopics.idOf(topic) : undefined)
    if (managed.offset !== undefined && known !== undefined && known !== topicId) {
      throw new TaskCorruptedError(
        `the store ${managed.store.name} was filled up to offset ${managed.offset} of another topic ${topic} than there is now: that one was deleted (its id was ${known}, now it is ${topicId})`,
      )
    }
    managed.topicId = topicId
    if (keepsFiles) this.#changelogTopics.note(topic, topicId)
  }

  store(name: string): StateStore | undefined {
    return this.#stores.get(name)?.store
  }

  stores(): StateStore[] {
    return [...this.#stores.values()].map(({ store }) => store)
  }

  get streamTime(): number {
    return this.#options.streamTime()
  }

  changelog(storeName: string): ChangelogAppender | undefined {
    const topic = this.#options.changelogTopics.get(storeName)
    const { collector, sourceChangelogs, partition } = this.#options
    if (topic === undefined || collector === undefined || sourceChangelogs.has(storeName)) return undefined
    let appender = this.#appenders.get(storeName)
    if (appender === undefined) {
      appender = collector.changelog(topic, partition)
      this.#appenders.set(storeName, appender)
    }
    return appender
  }

  /** What has to be read before the task may run. */
  changelogPartitions(): ChangelogPartition[] {
    return [...this.#byChangelog.values()].flatMap(({ store, changelog, offset, isSourceCopy }) =>
      changelog === undefined ? [] : [{ topic: changelog.topic, partition: changelog.partition, storeName: store.name, offset, isSourceCopy }],
    )
  }

  /** Puts up to `max` records behind the cursor into the store of that changelog; returns how many there were. */
  restore(topic: string, partition: number, cursor: RecordCursor, max: number): number {
    const managed = this.#managed(topic, partition)
    const restore = managed.restore
    if (restore === undefined) throw new TaskStateError(`Store ${managed.store.name} registered no restore callback but has a changelog.`)
    const { within } = restore as RestoreWithin
    let count = 0
    while (count < max && cursor.next()) {
      count++
      managed.offset = cursor.offset + 1
      if (cursor.keyStart < 0) continue
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      const value = valueStart < 0 ? undefined : buffer.subarray(valueStart, valueEnd)
      if (within === undefined) restore(buffer.subarray(keyStart, keyEnd), value, cursor.timestamp, cursor.headers())
      else within(buffer, keyStart, keyEnd, value, cursor.timestamp, cursor.headers())
    }
    return count
  }

  /** Everything before that offset is restored, including what is no record (control records, compacted ones). */
  restoredTo(topic: string, partition: number, offset: number): void {
    this.#managed(topic, partition).offset = offset
  }

  #managed(topic: string, partition: number): ManagedStore {
    const managed = this.#byChangelog.get(partitionKey(topic, partition))
    if (managed === undefined) throw new TaskStateError(`Task ${this.#environment.taskId} has no store with changelog ${topic}-${partition}.`)
    return managed
  }

  /** True when a store's write buffer is full. */
  get wantsCommit(): boolean {
    for (const { store } of this.#stores.values()) if (isBufferedStateStore(store) && store.wantsCommit) return true
    return false
  }

  /** True when all stores can be told to commit while they still write what an earlier commit has: ours can. */
  get takesCommitsAhead(): boolean {
    for (const { store } of this.#stores.values()) if (store.commit !== undefined && !isBufferedStateStore(store)) return false
    return true
  }

  /**
   * Empties the caches, store by store, also when one of them fails.
   * @throws the first error: {ProcessingError} when a processor downstream failed
   */
  flushCaches(): void {
    let first: unknown
    for (const { store } of this.#stores.values()) {
      try {
        store.flushCache?.()
      } catch (error) {
        const failure = flushFailure(store.name, error)
        this.#environment.log.error({ err: failure, taskId: String(this.#environment.taskId), store: store.name }, 'cannot flush the cache of a store')
        first ??= failure
      }
    }
    if (first !== undefined) throw first
  }

  /**
   * Makes the stores durable together with their changelog offsets: what was sent and acknowledged, or for copies of source
   * topics what was read.
   */
  commit(sourceOffsets: ReadonlyMap<string, number>): void | Promise<void> {
    const acked = this.#options.collector?.ackedOffsets()
    const offsets = new Map<string, number>()
    for (const managed of this.#byChangelog.values()) {
      const key = managed.changelog?.key
      if (key === undefined) continue
      managed.offset = (managed.isSourceCopy ? sourceOffsets.get(key) : acked?.get(key)) ?? managed.offset
      if (managed.offset !== undefined) offsets.set(key, managed.offset)
    }
    const running: Promise<void>[] = []
    for (const { store } of this.#stores.values()) {
      const promise = store.commit?.(offsets)
      if (promise !== undefined) running.push(promise)
    }
    const finish = (): void => {
      // restoring may be further by now
      if (!this.#isExactlyOnce) this.#writeCheckpoint(({ changelog }) => (changelog === undefined ? undefined : offsets.get(changelog.key)))
      this.#noteOffsetSum(false)
    }
    return running.length === 0 ? finish() : Promise.all(running).then(finish)
  }

  /** What the files have: stores in memory begin anew. */
  #noteOffsetSum(isLast: boolean): void {
    if (this.#environment.ephemeral) return
    let sum: number | undefined
    for (const { store, changelog, offset } of this.#stores.values()) {
      if (store.persistent && changelog !== undefined && offset !== undefined) sum = (sum ?? 0) + offset
    }
    if (sum !== undefined) this.#offsetSum.note(sum, isLast)
  }

  /** For the stores that keep no offset themselves. */
  #writeCheckpoint(offsetOf = ({ offset }: ManagedStore): number | undefined => offset): void {
    if (this.#environment.ephemeral) return
    const offsets = new Map<string, number>()
    for (const managed of this.#stores.values()) {
      const { store, changelog } = managed
      const offset = offsetOf(managed)
      if (!store.persistent || store.committedOffset !== undefined || changelog === undefined || offset === undefined) continue
      offsets.set(changelog.key, offset)
    }
    if (offsets.size === 0) return
    mkdirSync(this.#environment.stateDir, { recursive: true })
    this.#checkpoint.write(offsets)
  }

  /** Closes all stores, also when one of them fails. `isCommitted`: they hold just what was committed. @throws the first error */
  close(isCommitted = false): void | Promise<void> {
    this.#noteOffsetSum(true)
    const errors: Error[] = []
    const closing = inSequence([...this.#stores.values()], ({ store }) => {
      try {
        return store.close()?.catch((error: unknown) => void errors.push(asError(error)))
      } catch (error) {
        errors.push(asError(error))
      }
    })
    const finish = (): void => {
      if (this.#isExactlyOnce && isCommitted && errors.length === 0) this.#writeCheckpoint()
      this.#stores.clear()
      this.#byChangelog.clear()
      this.#scope.close()
      if (errors[0] !== undefined) throw errors[0]
    }
    return closing === undefined ? finish() : closing.then(finish)
  }
}

const flushFailure = (store: string, error: unknown): Error => {
  if (error instanceof StreamsError && !(error instanceof NodeFailure)) return error
  const cause = asError(error instanceof NodeFailure ? error.cause : error)
  const where = error instanceof NodeFailure ? ` (in processor ${error.nodeName})` : ''
  return new ProcessingError(`Failed to flush cache of store ${store}: ${cause.message}${where}`, { cause })
}
