import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import { threadId } from 'node:worker_threads'
import { isRunning, startOf } from '../core/running-process.ts'
import type { TaskId } from '../../topology/api.ts'
import { readOffsetSum } from './offset-sum-file.ts'
import { parseTaskId } from './task-id.ts'

/** Who holds a lock: a process (with its start, since numbers are used again) and a thread in it. */
interface Owner {
  readonly pid: number
  readonly started: string
  readonly thread: number
}

/** Undefined for one that is not there, or not written yet. */
const readOwner = (file: string): Owner | undefined => {
  try {
    const [pid, started, thread] = readFileSync(file, 'utf8').trim().split(' ')
    return Number(pid) > 0 ? { pid: Number(pid), started: started === '-' ? '' : (started ?? ''), thread: Number(thread) } : undefined
  } catch {
    return undefined
  }
}

/** Between its creation and its owner's name a lock file is empty: not for longer than this, ms, if the owner lives. */
const WRITING_MS = 1000

const isBeingWritten = (file: string): boolean => {
  try {
    return Date.now() - statSync(file).mtimeMs < WRITING_MS
  } catch {
    return false
  }
}

/**
 * `<state.dir>/<application id>`, with a directory per task. A lock file in each keeps two processes, or two threads of one,
 * from opening the same stores; locks of processes that died are taken over.
 */
export class StateDirectory {
  readonly path: string
  readonly #global: string
  /** Directories that are locked here, with the stream thread that has each. */
  readonly #locked = new Map<string, string>()

  /** `global`: the name of the directory of the global stores. */
  constructor(stateDir: string, applicationId: string, global = 'global') {
    this.path = path.join(stateDir, applicationId)
    this.#global = global
  }

  taskDirectory(id: TaskId): string {
    return path.join(this.path, String(id))
  }

  get globalDirectory(): string {
    return path.join(this.path, this.#global)
  }

  /** Makes the task's directory and its lock; false when another live process, or another stream thread, holds it. */
  lock(id: TaskId, threadName = ''): boolean {
    return this.#lock(this.taskDirectory(id), threadName)
  }

  /** The same for what belongs to the instance as a whole: false when another live process uses the same directory. */
  lockInstance(): boolean {
    return this.#lock(this.path, '')
  }

  unlockInstance(): void {
    this.#unlock(this.path, '')
  }

  #lock(directory: string, threadName: string): boolean {
    const owner = this.#locked.get(directory)
    if (owner !== undefined) return owner === threadName
    mkdirSync(directory, { recursive: true })
    const file = path.join(directory, '.lock')
    for (let attempt = 0; attempt < 2; attempt++) {
      if (this.#create(file)) {
        this.#locked.set(directory, threadName)
        return true
      }
      const owner = readOwner(file)
      if (owner === undefined ? isBeingWritten(file) : this.#holds(owner)) return false
      rmSync(file, { force: true })
    }
    return false
  }

  #holds(owner: Owner): boolean {
    if (owner.pid !== process.pid) return isRunning(owner.pid, owner.started)
    // a lock of this very thread that this object does not know was left by an instance that was not closed
    return owner.started === startOf(process.pid) && owner.thread !== threadId
  }

  #create(file: string): boolean {
    try {
      const descriptor = openSync(file, 'wx')
      try {
        writeSync(descriptor, `${process.pid} ${startOf(process.pid) || '-'} ${threadId}\n`)
      } catch (error) {
        // a full disk: a lock that nobody has would shut out everybody
        rmSync(file, { force: true })
        throw error
      } finally {
        closeSync(descriptor)
      }
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  /** Gives a lock back; those of other stream threads stay. */
  unlock(id: TaskId, threadName = ''): void {
    this.#unlock(this.taskDirectory(id), threadName)
  }

  #unlock(directory: string, threadName: string): void {
    if (this.#locked.get(directory) !== threadName) return
    this.#locked.delete(directory)
    rmSync(path.join(directory, '.lock'), { force: true })
  }

  /** Removes the locks that a thread of this process left when it died. */
  unlockThread(thread: number): void {
    for (const { directory } of this.taskDirectories()) {
      const file = path.join(directory, '.lock')
      const owner = readOwner(file)
      if (owner?.pid === process.pid && owner.thread === thread) rmSync(file, { force: true })
    }
  }

  /** The tasks that have a directory here, whoever uses it. */
  taskDirectories(): { id: TaskId; directory: string; modifiedMs: number }[] {
    let names: string[]
    try {
      names = readdirSync(this.path)
    } catch {
      return []
    }
    return names.flatMap((name) => {
      const id = parseTaskId(name)
      const directory = path.join(this.path, name)
      return id === undefined ? [] : [{ id, directory, modifiedMs: statSync(directory).mtimeMs }]
    })
  }

  /** Removes the files of global stores, those of worker threads too, unless another live process uses this directory. */
  cleanUpGlobal(): void {
    if (!existsSync(this.path) || !this.lockInstance()) return
    for (const name of readdirSync(this.path)) {
      if (/^global(-\d+)?$/.test(name)) rmSync(path.join(this.path, name), { recursive: true, force: true })
    }
    this.unlockInstance()
  }

  /** By task id: how far the files are, as far as that was written down; those of open tasks may be further. */
  offsetSums(): Map<string, number> {
    const sums = new Map<string, number>()
    for (const { id, directory } of this.taskDirectories()) {
      const sum = readOffsetSum(directory)
      if (sum !== undefined && sum > 0) sums.set(String(id), sum)
    }
    return sums
  }

  /** Removes the directories of tasks that nobody holds and that were not changed since `beforeMs`. */
  cleanUp(beforeMs = Infinity): TaskId[] {
    const removed: TaskId[] = []
    for (const { id, directory, modifiedMs } of this.taskDirectories()) {
      if (modifiedMs >= beforeMs || this.#locked.has(directory) || !this.lock(id)) continue
      rmSync(directory, { recursive: true, force: true })
      this.#locked.delete(directory)
      removed.push(id)
    }
    return removed
  }
}
