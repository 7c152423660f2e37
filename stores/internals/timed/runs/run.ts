import { ByteWriter } from '../../../../lib/core/byte-writer.ts'
import { readInt64 } from '../../../../lib/core/int64.ts'
import { KeyFilter } from './key-filter.ts'

/** What is known of a run without reading its pages. */
export interface RunSummary {
  readonly segment: number
  readonly rows: number
  /** The smallest and the largest time of its rows. */
  readonly oldest: number
  readonly newest: number
  /** Where each page begins, as composed keys. */
  readonly firsts: readonly string[]
  readonly last: string
  readonly filter: KeyFilter
}

/** A run that is not written yet. */
export interface RunContent extends RunSummary {
  readonly pages: readonly Buffer[]
}

/** Sorted rows in pages, written once: all changes of one commit to one segment, or several such put together. */
export interface Run extends RunSummary {
  readonly id: number
  /** Of two runs the one with the larger number holds the newer changes. */
  readonly age: number
  /** Cursors that may still read its pages. */
  readers: number
}

export const writeRun = ({ age, rows, oldest, newest, firsts, last, filter }: Run): Buffer => {
  const out = new ByteWriter(64 + filter.bits.length + (firsts.length + 1) * (last.length + 16))
  for (const number of [age, rows, oldest, newest]) out.writeInt64(number)
  out.writeInt32(firsts.length)
  for (const text of [...firsts, last]) {
    out.writeInt32(text.length)
    out.writeLatin1(text)
  }
  out.writeBytes(filter.bits)
  return out.view()
}

/** `bytes` need not last. */
export const readRun = (segment: number, id: number, bytes: Buffer): Run => {
  let p = 36
  const text = (): string => {
    const start = p + 4
    p = start + bytes.readInt32BE(p)
    return bytes.latin1Slice(start, p)
  }
  const firsts = Array.from({ length: bytes.readInt32BE(32) }, text)
  const last = text()
  const [age, rows, oldest, newest] = [readInt64(bytes, 0), readInt64(bytes, 8), readInt64(bytes, 16), readInt64(bytes, 24)]
  return { segment, id, age, rows, oldest, newest, firsts, last, filter: new KeyFilter(Uint8Array.from(bytes.subarray(p))), readers: 0 }
}
