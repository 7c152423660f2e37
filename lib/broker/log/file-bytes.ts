import { rmSync } from 'node:fs'
import type { FramePiece } from '../../protocol/message-writer.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AppendTarget, AppendWriter } from '../storage/append-writer.ts'
import { SharedFile } from '../storage/shared-file.ts'
import { FileRange, readInto } from './file-range.ts'
import type { SegmentBytes, Written } from './segment-bytes.ts'

/** What is read in one go: longer reads let others have their turns (bytes). */
const READ_BYTES = 1024 * 1024
/** What is smaller than this is read when a response is made, which can then still say that it failed. */
const SENT_LATER = 64 * 1024

/**
 * A segment in a file. Appends go through the log's writer. Reads take no thread of their own: what is fetched was most often
 * written a moment ago and lies in the system's cache, so that handing it over would take longer than reading it.
 */
export class FileBytes implements SegmentBytes, AppendTarget {
  readonly #file: SharedFile
  readonly #writer: AppendWriter
  #size: number
  #readable: number

  /** `size` is what is in the file already. */
  constructor(path: string, size: number, writer: AppendWriter) {
    this.#file = new SharedFile(path, 'a+')
    this.#size = size
    this.#readable = size
    this.#writer = writer
  }

  get size(): number {
    return this.#size
  }

  get readable(): number {
    return this.#readable
  }

  append(batch: Buffer, written: Written): void {
    this.#size += batch.length
    this.#file.hold()
    this.#writer.append(this, batch, new RecordBatch(batch, 0).recordCount, (error) => {
      this.#file.release()
      written(error)
    })
  }

  descriptor(): number {
    return this.#file.descriptor()
  }

  /** Keeps the file open until {@link FileBytes.release}. */
  hold(): void {
    this.#file.hold()
  }

  release(): void {
    this.#file.release()
  }

  wrote(bytes: number): void {
    this.#readable += bytes
  }

  peek(position: number, length: number): Buffer {
    return readInto(Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#readable - position))), this.#file.descriptor(), position)
  }

  read(start: number, end: number): Buffer[] | Promise<Buffer[]> {
    if (end - start > READ_BYTES) return this.#readInTurns(start, end)
    try {
      return [readInto(Buffer.allocUnsafe(end - start), this.#file.descriptor(), start)]
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  async #readInTurns(start: number, end: number): Promise<Buffer[]> {
    const pieces: Buffer[] = []
    // The file may be deleted meanwhile; whoever has it open still reads it.
    const descriptor = this.#file.descriptor()
    this.#file.hold()
    try {
      for (let at = start; at < end; at += READ_BYTES) {
        if (at > start) await new Promise((resolve) => setImmediate(resolve))
        pieces.push(readInto(Buffer.allocUnsafe(Math.min(READ_BYTES, end - at)), descriptor, at))
      }
    } finally {
      this.#file.release()
    }
    return pieces
  }

  send(start: number, end: number): FramePiece[] {
    const bytes = end - start
    return [bytes < SENT_LATER ? readInto(Buffer.allocUnsafe(bytes), this.#file.descriptor(), start) : new FileRange(this.#file, start, end)]
  }

  close(): void {
    this.#file.close()
  }

  replaced(): void {
    this.#file.abandon()
  }

  delete(): void {
    this.#file.delete()
    rmSync(this.#file.path.replace(/\.log$/, '.index'), { force: true })
  }
}
