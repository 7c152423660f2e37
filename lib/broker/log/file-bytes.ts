import { read, readSync, rmSync } from 'node:fs'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { AppendTarget, AppendWriter } from '../storage/append-writer.ts'
import { SharedFile } from '../storage/shared-file.ts'
import type { SegmentBytes, Written } from './segment-bytes.ts'

/** A segment in a file. Appends go through the log's writer; whole ranges are read at a time. */
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
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#readable - position)))
    const got = readSync(this.#file.descriptor(), bytes, 0, bytes.length, position)
    return bytes.subarray(0, got)
  }

  read(start: number, end: number): Promise<Buffer[]> {
    return new Promise((resolve, reject) => {
      const descriptor = this.#file.descriptor()
      const bytes = Buffer.allocUnsafeSlow(end - start)
      this.#file.hold()
      const more = (filled: number): void => {
        read(descriptor, bytes, filled, bytes.length - filled, start + filled, (error, got) => {
          if (error === null && got > 0 && filled + got < bytes.length) {
            more(filled + got)
            return
          }
          this.#file.release()
          if (error === null) resolve([bytes.subarray(0, filled + got)])
          else reject(error)
        })
      }
      more(0)
    })
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
