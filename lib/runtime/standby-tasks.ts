import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { TaskId } from '../../topology/api.ts'
import type { Logger } from '../core/log.ts'
import type { StandbyTask } from '../task/standby-task.ts'
import { TaskCorruptedError, TaskLockedError } from '../task/errors.ts'
import type { StateDirectory } from '../task/state-directory.ts'
import type { TaskStores } from '../task/task-stores.ts'
import { passesByItself, RETRY_MS } from './retries.ts'
import type { StandbyReader } from './standby-reader.ts'
import type { TaskFactory } from './task-factory.ts'

export interface StandbyTasksOptions {
  readonly factory: TaskFactory
  readonly reader: StandbyReader
  readonly threadName: string
  readonly stateDirectory: StateDirectory
  /** True when some store keeps files: then tasks lock their directories. */
  readonly usesFiles: boolean
  readonly logger: Logger
  /** A standby cannot go on: the thread fails. */
  readonly onFatal: (error: unknown) => void
}

/** A standby of this thread. */
export interface ManagedStandby {
  readonly id: string
  /** The source topics of which the task reads its partition when it is active. */
  readonly topics: readonly string[]
  readonly task: StandbyTask
}

interface Entry extends ManagedStandby {
  readonly stop: AbortController
  /** Resolves when it follows its changelogs, or has given up to. */
  starting: Promise<void>
}

/** The standbys of one stream thread: makes, opens, hands over and closes them as assignments come and go. */
export class StandbyTasks {
  readonly #options: StandbyTasksOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: StandbyTasksOptions) {
    this.#options = options
  }

  all(): readonly ManagedStandby[] {
    return [...this.#entries.values()]
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Begins a standby: with the open stores of the active task whose place it takes, or with its own. Returns at once. */
  add(id: string, topics: readonly string[], stores?: TaskStores): void {
    const entry: Entry = { id, topics, task: this.#options.factory.createStandby(id, stores), stop: new AbortController(), starting: Promise.resolve() }
    this.#entries.set(id, entry)
    entry.starting = this.#start(entry).catch((error: unknown) => {
      if (!entry.stop.signal.aborted) this.#options.onFatal(error)
    })
  }

  /** Ends a standby that is to be active here: its open stores, or undefined when there are none yet. The directory stays locked. */
  async promote(id: string): Promise<TaskStores | undefined> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    await this.#end(entry, 'PROMOTED')
    if (entry.task.isOpen) return entry.task.handOver()
    this.#unlock(entry.task.id)
    return undefined
  }

  /** Ends a standby that is no longer wanted here; what it has is made durable. */
  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    await this.#end(entry, 'MIGRATED')
    await this.#close(entry, true)
  }

  async closeAll(): Promise<void> {
    for (const { id } of this.all()) await this.remove(id)
  }

  /** To be told by the reader: what a standby has does not fit its changelogs, or it cannot read them. */
  failed(taskId: TaskId, error: unknown): void {
    const entry = this.#entries.get(String(taskId))
    // its other changelogs may have failed already
    if (entry === undefined || entry.stop.signal.aborted) return
    if (!(error instanceof TaskCorruptedError)) return this.#options.onFatal(error)
    entry.starting = this.#rebuild(entry, error).catch((failure: unknown) => this.#options.onFatal(failure))
  }

  async #start(entry: Entry): Promise<void> {
    const { signal } = entry.stop
    const { stateDirectory, usesFiles, reader, threadName, logger } = this.#options
    while (!signal.aborted) {
      try {
        if (!entry.task.isOpen) {
          if (usesFiles && !stateDirectory.lock(entry.task.id, threadName)) {
            throw new TaskLockedError(`the directory of task ${entry.id} is in use by another process or stream thread`)
          }
          await entry.task.open()
        }
        return await reader.follow(entry.task, () => !signal.aborted)
      } catch (error) {
        if (error instanceof TaskCorruptedError) return this.failed(entry.task.id, error)
        if (!passesByItself(error)) throw error
        logger.info({ taskId: entry.id, reason: (error as Error).message }, 'a standby cannot start yet')
        await pause(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  async #end(entry: Entry, reason: 'MIGRATED' | 'PROMOTED'): Promise<void> {
    entry.stop.abort()
    this.#entries.delete(entry.id)
    await entry.starting
    await this.#options.reader.suspend(entry.task.id, reason)
  }

  async #close({ id, task }: Entry, isKept: boolean): Promise<void> {
    try {
      if (task.isOpen && isKept) await task.commit()
      if (task.isOpen) await task.close()
    } catch (error) {
      this.#options.logger.error({ err: error, taskId: id }, 'closing a standby failed')
    }
    this.#unlock(task.id)
  }

  #unlock(id: TaskId): void {
    const { usesFiles, stateDirectory, threadName } = this.#options
    if (usesFiles) stateDirectory.unlock(id, threadName)
  }

  /** Its stores start from nothing. */
  async #rebuild(entry: Entry, error: TaskCorruptedError): Promise<void> {
    const { stateDirectory, usesFiles, logger } = this.#options
    logger.warn({ taskId: entry.id, reason: error.message }, 'the stores of a standby are wiped and rebuilt from their changelogs')
    const { id, topics, task, stop, starting } = entry
    stop.abort()
    await starting
    await this.#options.reader.suspend(task.id, 'MIGRATED')
    await this.#close(entry, false)
    if (this.#entries.get(id) !== entry) return
    if (usesFiles) await rm(stateDirectory.taskDirectory(task.id), { recursive: true, force: true })
    this.add(id, topics)
  }
}
