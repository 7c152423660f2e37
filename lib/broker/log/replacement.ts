import { closeSync, fsync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { MemoryBytes } from './memory-bytes.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { segmentFile } from './segment-files.ts'

const sync = promisify(fsync)

/** A segment that is being written to take the place of others. Nobody reads it before it does. */
export interface Replacement {
  append(batch: Buffer): void
  /** Resolves when all of it is where it cannot be lost. */
  synced(): Promise<void>
  /** Puts it in the place of the segment with the same base offset; from here on it is the log's. */
  commit(): SegmentBytes
  /** Throws away what was written. */
  abandon(): void
}

export class MemoryReplacement implements Replacement {
  readonly #bytes: MemoryBytes

  constructor(bytes: MemoryBytes) {
    this.#bytes = bytes
  }

  append(batch: Buffer): void {
    this.#bytes.append(batch, () => {})
  }

  synced(): Promise<void> {
    return Promise.resolve()
  }

  commit(): SegmentBytes {
    return this.#bytes
  }

  abandon(): void {
    this.#bytes.delete()
  }
}

/** Written beside the segment that it replaces, and renamed over it when it is on the disk: a crash leaves one or the other. */
export class FileReplacement implements Replacement {
  readonly #directory: string
  readonly #baseOffset: number
  readonly #open: (baseOffset: number, size: number) => SegmentBytes
  readonly #descriptor: number
  readonly #path: string
  #size = 0

  constructor(directory: string, baseOffset: number, open: (baseOffset: number, size: number) => SegmentBytes) {
    this.#directory = directory
    this.#baseOffset = baseOffset
    this.#open = open
    this.#path = `${segmentFile(directory, baseOffset, 'log')}.cleaned`
    this.#descriptor = openSync(this.#path, 'w')
  }

  append(batch: Buffer): void {
    for (let written = 0; written < batch.length;) written += writeSync(this.#descriptor, batch, written)
    this.#size += batch.length
  }

  synced(): Promise<void> {
    return sync(this.#descriptor)
  }

  commit(): SegmentBytes {
    closeSync(this.#descriptor)
    // The summary of the old segment must not be taken for one of the new.
    rmSync(segmentFile(this.#directory, this.#baseOffset, 'index'), { force: true })
    renameSync(this.#path, segmentFile(this.#directory, this.#baseOffset, 'log'))
    return this.#open(this.#baseOffset, this.#size)
  }

  abandon(): void {
    closeSync(this.#descriptor)
    rmSync(this.#path, { force: true })
  }
}
