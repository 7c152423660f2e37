import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Time } from '../../core/time.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogSource } from '../topics/topic-registry.ts'
import { FileStorage } from './file-storage.ts'
import type { LogStorage } from './log-storage.ts'
import type { PartitionLog } from './partition-log.ts'
import { recoverLog } from './recovery.ts'

/** The logs of a broker with a directory: `topics/<topic>-<partition>/`. */
export class LogDirectory implements LogSource {
  readonly #root: string
  readonly #time: Time
  readonly #known = new Set<string>()

  constructor(directory: string, time: Time) {
    this.#root = path.join(directory, 'topics')
    this.#time = time
    mkdirSync(this.#root, { recursive: true })
  }

  storage(topic: string, partition: number, config: () => LogConfig): FileStorage {
    const name = `${topic}-${partition}`
    this.#known.add(name)
    return new FileStorage(path.join(this.#root, name), config)
  }

  /** A disk that is full says so itself, and is not only ours. */
  whenFull(): void {}

  restore(log: PartitionLog, storage: LogStorage, logStartOffset: number): void {
    recoverLog(log, storage as FileStorage, logStartOffset, this.#time.now())
  }

  /** Removes what is left of topics that were deleted when the process was killed. */
  restored(): void {
    for (const name of readdirSync(this.#root)) if (!this.#known.has(name)) rmSync(path.join(this.#root, name), { recursive: true, force: true })
  }
}
