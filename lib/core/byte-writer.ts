/** Strings up to this length are written by a loop, longer ones by native code (measured). */
const SHORT_STRING = 24

/**
 * A growing byte buffer with a write position: what serializers and the protocol write into. Writers reserve with
 * {@link ensure} and then write to {@link buffer} at {@link position} directly, or call the helpers.
 */
export class ByteWriter {
  buffer: Buffer
  position = 0

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes room for `bytes` more; afterwards `buffer` may be another object. */
  ensure(bytes: number): void {
    const needed = this.position + bytes
    if (needed > this.buffer.length) this.#grow(needed)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }

  writeByte(value: number): void {
    this.ensure(1)
    this.buffer[this.position++] = value
  }

  writeInt16(value: number): void {
    this.ensure(2)
    const b = this.buffer
    b[this.position++] = value >> 8
    b[this.position++] = value
  }

  writeInt32(value: number): void {
    this.ensure(4)
    const b = this.buffer
    b[this.position++] = value >> 24
    b[this.position++] = value >> 16
    b[this.position++] = value >> 8
    b[this.position++] = value
  }

  /** A signed 64-bit integer from a number that is exact (|value| <= 2^53). No BigInt. */
  writeInt64(value: number): void {
    const high = Math.floor(value / 4294967296)
    this.writeInt32(high)
    this.writeInt32((value - high * 4294967296) | 0)
  }

  writeBytes(bytes: Uint8Array): void {
    this.ensure(bytes.length)
    this.buffer.set(bytes, this.position)
    this.position += bytes.length
  }

  /** The UTF-8 bytes of a string, without a length. Lone surrogates become U+FFFD's bytes, as in Node. */
  writeUtf8(text: string): void {
    const length = text.length
    this.ensure(length * 3)
    const b = this.buffer
    let p = this.position
    if (length <= SHORT_STRING) {
      for (let i = 0; i < length; i++) {
        const c = text.charCodeAt(i)
        if (c > 127) {
          this.position += b.utf8Write(text, this.position)
          return
        }
        b[p++] = c
      }
      this.position = p
      return
    }
    this.position = p + b.utf8Write(text, p)
  }

  /** The bytes of a latin1 string (one byte a character): how stores keep their keys. */
  writeLatin1(text: string): void {
    const length = text.length
    this.ensure(length)
    if (length <= SHORT_STRING) {
      const b = this.buffer
      let p = this.position
      for (let i = 0; i < length; i++) b[p++] = text.charCodeAt(i)
      this.position = p
      return
    }
    this.position += this.buffer.latin1Write(text, this.position)
  }

  /** A view of what was written; valid until the next write or reset. */
  view(): Buffer {
    return this.buffer.subarray(0, this.position)
  }

  reset(): void {
    this.position = 0
  }
}

declare global {
  interface Buffer {
    utf8Write(text: string, offset?: number, length?: number): number
    latin1Write(text: string, offset?: number, length?: number): number
    utf8Slice(start?: number, end?: number): string
    latin1Slice(start?: number, end?: number): string
  }
}
