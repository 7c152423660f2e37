import { readInt64 } from '../../../../lib/core/int64.ts'
import type { MinorBytes } from '../timed-key.ts'

const TIME_BYTES = 8
const NO_BYTES = Buffer.alloc(0)

/**
 * Reads one page of a run. A row is 2 × length of the key + 1 if it is deleted (varint), key, time, minor number and value; behind the
 * rows stands where each of them begins, and how many there are, 4 bytes each.
 */
export class RunPage {
  bytes: Buffer = NO_BYTES
  count = 0
  isDeleted = false
  /** Where the key begins, and behind the minor number. */
  start = 0
  valueStart = 0
  valueEnd = 0
  readonly #minorBytes: MinorBytes
  #offsets = 0
  #memory: Buffer = NO_BYTES

  constructor(minorBytes: MinorBytes) {
    this.#minorBytes = minorBytes
  }

  /** Reads a copy: the engine uses its buffer again at the next read. */
  openCopy(bytes: Buffer): void {
    const { length } = bytes
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length)
    // LMDB gives a longer buffer that only says that it ends there.
    this.#memory.set(bytes.subarray(0, length))
    this.open(this.#memory.subarray(0, length))
  }

  open(bytes: Buffer): void {
    this.bytes = bytes
    this.count = bytes.readUInt32LE(bytes.length - 4)
    this.#offsets = bytes.length - 4 - this.count * 4
  }

  moveTo(index: number): void {
    const { bytes } = this
    const offsets = this.#offsets
    let p = bytes.readUInt32LE(offsets + index * 4)
    let header = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[p++]!
      header += (byte & 127) * factor
      if (byte < 128) break
    }
    this.isDeleted = header % 2 === 1
    this.start = p
    this.valueStart = p + Math.floor(header / 2) + TIME_BYTES + this.#minorBytes
    this.valueEnd = index + 1 < this.count ? bytes.readUInt32LE(offsets + (index + 1) * 4) : offsets
  }

  /** Key, time and minor number of the row, as TimedKeys composes them. */
  get composed(): string {
    return this.bytes.latin1Slice(this.start, this.valueStart)
  }

  get key(): string {
    return this.bytes.latin1Slice(this.start, this.valueStart - this.#minorBytes - TIME_BYTES)
  }

  get time(): number {
    return readInt64(this.bytes, this.valueStart - this.#minorBytes - TIME_BYTES)
  }

  get minor(): number {
    const at = this.valueStart - this.#minorBytes
    return this.#minorBytes === 8 ? readInt64(this.bytes, at) : this.bytes.readUInt32BE(at)
  }

  /** The first row that is not before `composed`; `count` without one. Leaves the page somewhere. */
  lowerBound(composed: string): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      this.moveTo(middle)
      if (this.compareTo(composed) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  compareTo(composed: string): number {
    const { bytes, start } = this
    const length = this.valueStart - start
    const shorter = Math.min(length, composed.length)
    for (let i = 0; i < shorter; i++) {
      const difference = bytes[start + i]! - composed.charCodeAt(i)
      if (difference !== 0) return difference
    }
    return length - composed.length
  }
}
