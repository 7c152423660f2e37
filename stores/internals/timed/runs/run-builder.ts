import { ByteWriter } from '../../../../lib/core/byte-writer.ts'
import type { RowBytes } from '../../row-codec.ts'
import { DELETED } from '../../rows.ts'
import type { Deleted } from '../../rows.ts'
import type { TimedKeys } from '../timed-key.ts'
import { hashOf, KeyFilter } from './key-filter.ts'
import type { RunContent } from './run.ts'
import type { RunPage } from './run-page.ts'

/** With the engine's own bytes two of its pages; to read a row is to copy as much. */
const PAGE_BYTES = 2 * 4096 - 16

/** Makes the pages of a run of rows that come in order. */
export class RunBuilder<R> {
  readonly segment: number
  readonly #keys: TimedKeys
  readonly #codec: Pick<RowBytes<R>, 'write'>
  readonly #out: ByteWriter
  readonly #firsts: string[] = []
  /** Where each page ends. */
  readonly #ends: number[] = []
  readonly #hashes: number[] = []
  /** Where the rows of this page begin. */
  #offsets: number[] = []
  #pageStart = 0
  #lastKey = ''
  #lastTime = 0
  #lastMinor = 0
  #rows = 0
  #oldest = Infinity
  #newest = -Infinity

  constructor(segment: number, keys: TimedKeys, codec: Pick<RowBytes<R>, 'write'>, expectedBytes: number) {
    this.segment = segment
    this.#keys = keys
    this.#codec = codec
    this.#out = new ByteWriter(expectedBytes)
  }

  get rows(): number {
    return this.#rows
  }

  get bytes(): number {
    return this.#out.position
  }

  add(key: string, time: number, minor: number, row: R | Deleted): void {
    const out = this.#out
    this.#begin(key, time, minor, row === DELETED)
    out.writeLatin1(key)
    out.writeInt64(time)
    if (this.#keys.minorBytes === 8) out.writeInt64(minor)
    else out.writeInt32(minor)
    if (row !== DELETED) this.#codec.write(row, out)
    this.#end()
  }

  /** The row on which another page stands. */
  copy(page: RunPage): void {
    this.#begin(page.key, page.time, page.minor, page.isDeleted)
    this.#out.writeBytes(page.bytes.subarray(page.start, page.valueEnd))
    this.#end()
  }

  #begin(key: string, time: number, minor: number, isDeleted: boolean): void {
    const out = this.#out
    if (this.#offsets.length === 0) this.#firsts.push(this.#keys.compose(key, time, minor))
    if (key !== this.#lastKey || this.#rows === 0) {
      this.#lastKey = key
      this.#hashes.push(hashOf(key))
    }
    if (time < this.#oldest) this.#oldest = time
    if (time > this.#newest) this.#newest = time
    this.#lastTime = time
    this.#lastMinor = minor
    this.#rows++
    this.#offsets.push(out.position - this.#pageStart)
    let header = key.length * 2 + (isDeleted ? 1 : 0)
    for (; header > 127; header = Math.floor(header / 128)) out.writeByte((header % 128) | 128)
    out.writeByte(header)
  }

  #end(): void {
    const offsets = this.#offsets
    const bytes = this.#out.position - this.#pageStart
    const rowBytes = bytes - offsets[offsets.length - 1]!
    // Full when another row of this size would not fit.
    if (bytes + rowBytes + 4 * (offsets.length + 2) > PAGE_BYTES) this.#endPage()
  }

  #endPage(): void {
    const out = this.#out
    const offsets = this.#offsets
    const end = offsets.length * 4 + 4
    out.ensure(end)
    for (const offset of offsets) out.position = out.buffer.writeUInt32LE(offset, out.position)
    out.position = out.buffer.writeUInt32LE(offsets.length, out.position)
    this.#ends.push(out.position)
    this.#pageStart = out.position
    this.#offsets = []
  }

  /** Of at least one row. */
  build(): RunContent {
    if (this.#offsets.length > 0) this.#endPage()
    const bytes = this.#out.buffer
    return {
      segment: this.segment,
      rows: this.#rows,
      oldest: this.#oldest,
      newest: this.#newest,
      firsts: this.#firsts,
      last: this.#keys.compose(this.#lastKey, this.#lastTime, this.#lastMinor),
      filter: KeyFilter.of(this.#hashes),
      pages: this.#ends.map((end, i) => bytes.subarray(i === 0 ? 0 : this.#ends[i - 1]!, end)),
    }
  }
}
