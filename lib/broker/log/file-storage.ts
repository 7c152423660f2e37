import { fdatasync, mkdirSync, rmSync } from 'node:fs'
import type { LogConfig } from '../config/log-config.ts'
import { AppendWriter } from '../storage/append-writer.ts'
import { FileBytes } from './file-bytes.ts'
import type { LogStorage } from './log-storage.ts'
import { FileReplacement } from './replacement.ts'
import type { ProducerState } from './producer-state.ts'
import type { Segment } from './segment.ts'
import { segmentFile, writeProducers, writeSummary } from './segment-files.ts'

/** Longer waits are taken as none at all: the operating system writes earlier. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The segments of one partition as files of a directory. */
export class FileStorage implements LogStorage {
  readonly maxSegmentBytes = Infinity
  readonly directory: string
  readonly #config: () => LogConfig
  readonly #writer: AppendWriter
  #unsyncedRecords = 0
  #syncTimer: NodeJS.Timeout | undefined
  #newest: FileBytes | undefined

  constructor(directory: string, config: () => LogConfig) {
    this.directory = directory
    this.#config = config
    this.#writer = new AppendWriter((records) => this.#mustSync(records))
  }

  /** After `flush.messages` records at once, else after `flush.ms`. */
  #mustSync(records: number): boolean {
    const { flushMessages, flushMs } = this.#config()
    this.#unsyncedRecords += records
    if (this.#unsyncedRecords >= flushMessages) {
      this.#unsyncedRecords = 0
      return true
    }
    if (flushMs <= LONGEST_TIMER) this.#syncTimer ??= setTimeout(() => this.#sync(), flushMs).unref()
    return false
  }

  #sync(): void {
    this.#syncTimer = undefined
    this.#unsyncedRecords = 0
    const bytes = this.#newest
    if (bytes === undefined) return
    bytes.hold()
    fdatasync(bytes.descriptor(), () => bytes.release())
  }

  create(baseOffset: number): FileBytes {
    mkdirSync(this.directory, { recursive: true })
    const bytes = this.open(baseOffset, 0)
    // The file is there from now on, even if nothing is ever written: its name keeps the offset.
    bytes.descriptor()
    return bytes
  }

  /** A segment whose file is there already, with so many good bytes. */
  open(baseOffset: number, size: number): FileBytes {
    return (this.#newest = new FileBytes(segmentFile(this.directory, baseOffset, 'log'), size, this.#writer))
  }

  replace(baseOffset: number): FileReplacement {
    return new FileReplacement(this.directory, baseOffset, (base, size) => new FileBytes(segmentFile(this.directory, base, 'log'), size, this.#writer))
  }

  replaced(segment: Segment): void {
    writeSummary(this.directory, segment.summary)
  }

  hasRoomFor(): boolean {
    return true
  }

  rolled(closed: Segment, producers: ProducerState): void {
    writeSummary(this.directory, closed.summary)
    writeProducers(this.directory, closed.nextOffset, [...producers.entries()])
  }

  async drained(): Promise<void> {
    clearTimeout(this.#syncTimer)
    await this.#writer.drained()
  }

  deleted(): void {
    clearTimeout(this.#syncTimer)
    rmSync(this.directory, { recursive: true, force: true })
  }
}
