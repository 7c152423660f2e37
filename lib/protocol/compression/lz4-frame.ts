import { malformed } from '../protocol-error.ts'
import { ProtocolReader } from '../reader.ts'

const MAGIC = 0x184d2204
const FLAG_DICTIONARY = 0x01
const FLAG_CONTENT_CHECKSUM = 0x04
const FLAG_CONTENT_SIZE = 0x08
const FLAG_BLOCK_CHECKSUM = 0x10
const STORED = 0x80000000

/**
 * Exactly how many bytes the blocks of an LZ4 frame decompress to, found by walking their sequences without copying
 * anything: a literal run and a match per sequence, both with their lengths in front.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const lz4FrameSize = (frame: Buffer): number => {
  const reader = new ProtocolReader(frame)
  if (frame.readUInt32LE(reader.take(4)) !== MAGIC) throw malformed('no LZ4 frame: the magic number is missing')
  const flags = reader.int8()
  reader.skip(1)
  if (flags & FLAG_CONTENT_SIZE) reader.skip(8)
  if (flags & FLAG_DICTIONARY) reader.skip(4)
  reader.skip(1)
  let size = 0
  for (;;) {
    const header = frame.readUInt32LE(reader.take(4))
    if (header === 0) break
    const length = (header & ~STORED) >>> 0
    const start = reader.take(length)
    size += (header & STORED) !== 0 ? length : blockSize(frame, start, start + length)
    if (flags & FLAG_BLOCK_CHECKSUM) reader.skip(4)
  }
  if (flags & FLAG_CONTENT_CHECKSUM) reader.skip(4)
  return size
}

const blockSize = (bytes: Buffer, start: number, end: number): number => {
  let size = 0
  let p = start
  while (p < end) {
    const token = bytes[p++]!
    let literals = token >>> 4
    if (literals === 15) {
      let more: number
      do {
        if (p >= end) throw malformed('an LZ4 block ends inside a length')
        more = bytes[p++]!
        literals += more
      } while (more === 255)
    }
    size += literals
    p += literals
    if (p >= end) break
    p += 2
    let match = token & 15
    if (match === 15) {
      let more: number
      do {
        if (p >= end) throw malformed('an LZ4 block ends inside a length')
        more = bytes[p++]!
        match += more
      } while (more === 255)
    }
    size += match + 4
  }
  if (p !== end) throw malformed('an LZ4 block ends inside its literals')
  return size
}
