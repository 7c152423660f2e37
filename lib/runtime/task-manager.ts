import { setMaxListeners } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from '../client/backoff.ts'
import type { OffsetAndMetadata, RecordFetcher } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { StateDirectory } from '../task/state-directory.ts'
import { TaskCorruptedError, TaskLockedError } from '../task/errors.ts'
import type { TaskStores } from '../task/task-stores.ts'
import { RestoreSuspendedError } from './changelog-reader.ts'
import type { ChangelogReader } from './changelog-reader.ts'
import { isPassing } from './lost-transaction.ts'
import { ManagedTask } from './managed-task.ts'
import { decodeOffsetMetadata } from './offset-metadata.ts'
import { RETRY_MS } from './retries.ts'
import type { StandbyTasks } from './standby-tasks.ts'
import type { StartOffsets } from './start-offsets.ts'
import type { TaskFactory } from './task-factory.ts'
import { TaskTimeout } from './task-timeout.ts'
import type { RidingOutOptions } from './task-timeout.ts'

export interface TaskManagerOptions {
  readonly factory: TaskFactory
  readonly standbys: StandbyTasks
  readonly fetcher: RecordFetcher
  readonly reader: ChangelogReader
  readonly startOffsets: StartOffsets
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<ReadonlyMap<string, OffsetAndMetadata>>
  readonly retries: RidingOutOptions
  readonly threadName: string
  readonly stateDirectory: StateDirectory
  /** True when some store keeps files: then tasks lock their directories. */
  readonly usesFiles: boolean
  readonly logger: Logger
  /** A task has started to process records. */
  readonly onRunning: (task: ManagedTask) => void
}

/** By task id: the source topics of which a task reads its partition. */
type TaskTopics = ReadonlyMap<string, readonly string[]>

const isIn = (assigned: TaskTopics, id: string, topics: readonly string[]): boolean => assigned.get(id)?.join() === topics.join()

/** What makes a task run. */
interface Activation {
  readonly topics: readonly string[]
  readonly stop: AbortController
  readonly done: Promise<void>
}

/** The active tasks of one stream thread: makes, restores, starts and closes them as assignments come and go. */
export class TaskManager {
  readonly #options: TaskManagerOptions
  readonly #tasks = new Map<string, ManagedTask>()
  readonly #byInput = new Map<string, ManagedTask>()
  #running: ManagedTask[] = []
  /** By task id: those that are on their way to run. */
  readonly #activations = new Map<string, Activation>()

  constructor(options: TaskManagerOptions) {
    this.#options = options
  }

  all(): readonly ManagedTask[] {
    return [...this.#tasks.values()]
  }

  /** Those that process records; the same array until that changes. */
  get running(): readonly ManagedTask[] {
    return this.#running
  }

  /** Those that may have something to commit: that process records, or did so before they were withdrawn. */
  get started(): readonly ManagedTask[] {
    return this.all().filter(({ isRunning }) => isRunning)
  }

  /** The task that reads this partition. */
  reading(topic: string, partition: number): ManagedTask | undefined {
    return this.#byInput.get(partitionKey(topic, partition))
  }

  /** The tasks that have no place in a new assignment, or another one. They are processed no more, but stay open. */
  async withdraw(active: TaskTopics): Promise<readonly ManagedTask[]> {
    const unwanted = [...this.#activations].filter(([id, { topics }]) => !isIn(active, id, topics))
    await Promise.all(unwanted.map(([id]) => this.#stopActivating(id)))
    const leaving = this.all().filter((managed) => !isIn(active, managed.id, managed.topics))
    if (leaving.length > 0) this.#running = this.#running.filter((managed) => !leaving.includes(managed))
    return leaving
  }

  /**
   * Takes over a new assignment (task id to source topics): closes what moved away, keeps what stays, makes what is new. A task
   * that changes between active and standby keeps its open stores.
   */
  async assign(active: TaskTopics, standby: TaskTopics = new Map()): Promise<void> {
    const { standbys, factory } = this.#options
    const released = new Map<string, TaskStores>()
    for (const managed of await this.withdraw(active)) {
      const { id } = managed
      const stores = standby.has(id) ? await this.#release(managed) : undefined
      if (stores === undefined) await this.#close(managed)
      else released.set(id, stores)
    }
    for (const { id } of standbys.all()) if (!standby.has(id) && !active.has(id)) await standbys.remove(id)
    for (const [id, topics] of active) {
      // one that is being rebuilt is not there for a moment
      if (this.#tasks.has(id) || this.#activations.has(id)) continue
      const stores = await standbys.promote(id)
      const managed = new ManagedTask(id, topics, factory.create(id, topics, stores))
      if (stores !== undefined) await managed.takeOver()
      this.#add(managed)
    }
    for (const [id, topics] of standby) if (!standbys.has(id)) standbys.add(id, topics, released.get(id))
  }

  /**
   * Makes all tasks run that do not; resolves when those are running that were not stopped meanwhile. Rejects with what made
   * one fail.
   */
  async activate(): Promise<void> {
    for (const managed of this.all()) if (!managed.isRunning && !this.#activations.has(managed.id)) this.#startActivating(managed)
    await Promise.all([...this.#activations.values()].map(({ done }) => done))
  }

  /** Ends restoring; tasks that are not running keep what they have. */
  async stopActivation(): Promise<void> {
    await Promise.all([...this.#activations.keys()].map((id) => this.#stopActivating(id)))
    for (const managed of this.all()) await managed.settled()
  }

  #startActivating(managed: ManagedTask): void {
    const stop = new AbortController()
    setMaxListeners(0, stop.signal)
    const done = this.#activateOne(managed, stop.signal)
    const activation = { topics: managed.topics, stop, done }
    this.#activations.set(managed.id, activation)
    const forget = (): void => {
      if (this.#activations.get(managed.id) === activation) this.#activations.delete(managed.id)
    }
    done.then(forget, () => {})
  }

  async #stopActivating(id: string): Promise<void> {
    const activation = this.#activations.get(id)
    if (activation === undefined) return
    this.#activations.delete(id)
    activation.stop.abort()
    const managed = this.#tasks.get(id)
    if (managed?.phase === 'restoring') this.#options.reader.suspend(managed.restoreTargets())
    await activation.done.catch(() => {})
  }

  /** Closes every active task. What was not committed is lost, and will be processed again by the next owner. */
  async closeAll(): Promise<void> {
    await this.stopActivation()
    for (const managed of this.all()) await this.#close(managed)
  }

  #add(managed: ManagedTask): void {
    this.#tasks.set(managed.id, managed)
    for (const { topic, partition } of managed.task.inputPartitions) this.#byInput.set(partitionKey(topic, partition), managed)
  }

  #forget(managed: ManagedTask): void {
    this.#tasks.delete(managed.id)
    this.#running = this.#running.filter((other) => other !== managed)
    for (const { topic, partition } of managed.task.inputPartitions) {
      this.#options.fetcher.unassign(topic, partition)
      this.#byInput.delete(partitionKey(topic, partition))
    }
  }

  /** Ends a task that is to be a standby: its open stores; undefined when they are not open, or not as they were committed. */
  async #release(managed: ManagedTask): Promise<TaskStores | undefined> {
    if (managed.phase === 'created' || !managed.task.isCommitted) return undefined
    try {
      await managed.settled()
    } catch {
      return undefined
    }
    this.#forget(managed)
    return managed.task.handOver()
  }

  async #close(managed: ManagedTask): Promise<void> {
    const { stateDirectory, usesFiles, logger, threadName } = this.#options
    this.#forget(managed)
    try {
      await managed.settled()
      await managed.task.close()
    } catch (error) {
      logger.error({ err: error, taskId: managed.id }, 'closing a task failed')
    }
    if (usesFiles) stateDirectory.unlock(managed.task.id, threadName)
  }

  async #activateOne(given: ManagedTask, signal: AbortSignal): Promise<void> {
    let managed = given
    const timeout = new TaskTimeout(`Task ${given.id}`, this.#options.retries)
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.#prepare(managed, signal, () => {
          timeout.succeeded()
          failures = 0
        })
        if (signal.aborted) return
        return this.#start(managed)
      } catch (error) {
        if (error instanceof RestoreSuspendedError || signal.aborted) return
        if (error instanceof TaskCorruptedError) managed = await this.#rebuild(managed, error)
        else if (error instanceof TaskLockedError) await this.#wait(managed, error, RETRY_MS, signal)
        else if (isPassing(error)) {
          timeout.failed(error)
          await this.#wait(managed, error, backoffMs(failures, this.#options.retries.backoff), signal)
        } else throw error
      }
    }
  }

  /** `reached`: brokers have answered where the task is to begin. */
  async #prepare(managed: ManagedTask, signal: AbortSignal, reached: () => void): Promise<void> {
    const { task } = managed
    const { committed, startOffsets, stateDirectory, usesFiles, reader, threadName } = this.#options
    if (managed.phase === 'created') {
      if (usesFiles && !stateDirectory.lock(task.id, threadName)) {
        throw new TaskLockedError(`the directory of task ${task.id} is in use by another process or stream thread`)
      }
      await task.open()
      managed.phase = 'restoring'
    }
    // waits for transactions of earlier owners: a rebalance must not wait for that, too
    const offsets = await unlessAborted(signal, committed(task.inputPartitions))
    if (offsets === undefined) return
    managed.startOffsets = await startOffsets.find(task.inputPartitions, offsets)
    for (const { topic, partition } of task.inputPartitions) {
      const { partitionTime, times } = decodeOffsetMetadata(offsets.get(partitionKey(topic, partition))?.metadata)
      if (partitionTime >= 0) task.setPartitionTime(topic, partition, partitionTime)
      task.times.merge(times)
    }
    if (signal.aborted) return
    reached()
    const targets = managed.restoreTargets()
    try {
      await reader.restore(targets)
    } catch (error) {
      reader.suspend(targets)
      throw error
    }
  }

  #start(managed: ManagedTask): void {
    const { task } = managed
    task.start()
    managed.phase = 'running'
    this.#running = [...this.#running, managed]
    for (const { topic, partition } of task.inputPartitions) {
      const offset = managed.startOffsets.get(partitionKey(topic, partition)) ?? 0
      task.startsAt(topic, partition, offset)
      this.#options.fetcher.assign(topic, partition, offset)
    }
    this.#options.onRunning(managed)
  }

  /** What the stores have does not fit their changelogs: they start from nothing. */
  async #rebuild(managed: ManagedTask, error: TaskCorruptedError): Promise<ManagedTask> {
    const { factory, stateDirectory, usesFiles, logger } = this.#options
    logger.warn({ taskId: managed.id, reason: error.message }, 'the stores of a task are wiped and rebuilt from their changelogs')
    const { id } = managed.task
    await this.#close(managed)
    if (usesFiles) await rm(stateDirectory.taskDirectory(id), { recursive: true, force: true })
    const fresh = new ManagedTask(managed.id, managed.topics, factory.create(managed.id, managed.topics))
    this.#add(fresh)
    return fresh
  }

  async #wait(managed: ManagedTask, error: Error, ms: number, signal: AbortSignal): Promise<void> {
    this.#options.logger.info({ taskId: managed.id, reason: error.message }, 'a task cannot start yet')
    await pause(ms, undefined, { signal }).catch(() => {})
  }
}

/** What a promise brings; undefined as soon as the signal aborts, when nobody wants it any more. */
const unlessAborted = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(undefined)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
