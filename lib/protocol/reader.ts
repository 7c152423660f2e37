import { malformed } from './protocol-error.ts'

/**
 * Reads protocol primitives from `buffer[position, end)`. Every read is checked against `end` first, lengths before they
 * are used: malformed bytes throw a {@link ProtocolError} and never read or allocate outside of the frame.
 */
export class ProtocolReader {
  readonly buffer: Buffer
  position: number
  end: number
  /** How many elements arrays may still have, all of them together. */
  elementsLeft = Infinity

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    if (position < 0 || end > buffer.length || position > end) throw malformed(`no such range: ${position} to ${end} of ${buffer.length} bytes`)
    this.buffer = buffer
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves past `bytes` bytes and returns where they start. */
  take(bytes: number): number {
    const start = this.position
    if (bytes < 0 || bytes > this.end - start) {
      throw malformed(`${bytes} bytes wanted at position ${start}, ${this.end - start} are left`)
    }
    this.position = start + bytes
    return start
  }

  boolean(): boolean {
    return this.buffer[this.take(1)] !== 0
  }

  int8(): number {
    return (this.buffer[this.take(1)]! << 24) >> 24
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  /** A signed 64-bit integer as a number; exact to 2^53. */
  int64(): number {
    const p = this.take(8)
    return this.buffer.readInt32BE(p) * 4294967296 + this.buffer.readUInt32BE(p + 4)
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8))
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw malformed(`the varint that ends at position ${this.position} does not fit 32 bits`)
  }

  /** A zigzag varint, as inside records. */
  varint(): number {
    const raw = this.unsignedVarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** The length of an array: at most as many as the bytes that are left can hold. -1 stands for null. */
  arrayLength(compact: boolean, minimumBytesEach: number): number {
    const count = compact ? this.unsignedVarint() - 1 : this.int32()
    if (count < -1 || count * minimumBytesEach > this.end - this.position) {
      throw malformed(`an array of ${count} cannot be in the ${this.remaining} bytes left`)
    }
    this.elementsLeft -= count
    if (this.elementsLeft < 0) throw malformed(`an array of ${count} is more than the message may have`)
    return count
  }

  /** `undefined` stands for null. */
  string(compact: boolean): string | undefined {
    const length = compact ? this.unsignedVarint() - 1 : this.int16()
    if (length === -1) return undefined
    const start = this.take(length)
    return this.buffer.utf8Slice(start, start + length)
  }

  /** A view of the frame, not a copy. `undefined` stands for null. */
  bytes(compact: boolean): Buffer | undefined {
    const length = compact ? this.unsignedVarint() - 1 : this.int32()
    if (length === -1) return undefined
    const start = this.take(length)
    return this.buffer.subarray(start, start + length)
  }

  /** 22 characters of base64url, as Kafka prints topic ids. */
  uuid(): string {
    const start = this.take(16)
    return this.buffer.toString('base64url', start, start + 16)
  }

  skip(bytes: number): void {
    this.take(bytes)
  }

  /** Moves past a section of tagged fields none of which is known. */
  skipTaggedFields(): void {
    const count = this.unsignedVarint()
    for (let i = 0; i < count; i++) {
      this.unsignedVarint()
      this.skip(this.unsignedVarint())
    }
  }
}
