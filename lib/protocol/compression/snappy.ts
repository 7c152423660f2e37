import { malformed } from '../protocol-error.ts'
import { ProtocolReader } from '../reader.ts'
import type { Codec } from './compression.ts'
import { tooLarge } from './limit.ts'

/** What the `snappy` package gives us: raw blocks. */
interface RawSnappy {
  compressSync(input: Uint8Array): Buffer
  uncompressSync(input: Uint8Array): string | Buffer
}

/** What snappy-java's streams begin with, then two version numbers; blocks follow, each with its length. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER_BYTES = 16
/** The block size of snappy-java's streams. */
const BLOCK_BYTES = 32 * 1024
/** No snappy element makes more than 64 bytes out of 3. */
const LARGEST_RATIO = 22

const isXerial = (bytes: Buffer): boolean =>
  bytes.length >= XERIAL_HEADER_BYTES && bytes.compare(XERIAL_MAGIC, 0, XERIAL_MAGIC.length, 0, XERIAL_MAGIC.length) === 0

/** Snappy as Kafka has it: written in snappy-java's framing as Java does, read in that framing and without any. */
export const snappyCodec = (snappy: RawSnappy): Codec => {
  const uncompress = (block: Buffer, limit: number, used = 0): Buffer => {
    const length = new ProtocolReader(block).unsignedVarint()
    if (used + length > limit) throw tooLarge(limit)
    if (length > block.length * LARGEST_RATIO) throw malformed(`a snappy block of ${block.length} bytes cannot hold the ${length} it claims`)
    return snappy.uncompressSync(block) as Buffer
  }

  const uncompressBlocks = (bytes: Buffer, limit: number): Buffer => {
    const reader = new ProtocolReader(bytes, XERIAL_HEADER_BYTES)
    const blocks: Buffer[] = []
    let used = 0
    while (reader.remaining > 0) {
      const length = reader.int32()
      const start = reader.take(length)
      const block = uncompress(bytes.subarray(start, start + length), limit, used)
      used += block.length
      blocks.push(block)
    }
    return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)
  }

  return {
    compress: (bytes) => {
      const header = Buffer.alloc(XERIAL_HEADER_BYTES)
      XERIAL_MAGIC.copy(header)
      header.writeInt32BE(1, 8)
      header.writeInt32BE(1, 12)
      const pieces: Buffer[] = [header]
      for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
        const block = snappy.compressSync(bytes.subarray(start, start + BLOCK_BYTES))
        const length = Buffer.allocUnsafe(4)
        length.writeInt32BE(block.length)
        pieces.push(length, block)
      }
      return Buffer.concat(pieces)
    },
    decompress: (bytes, limit) => (isXerial(bytes) ? uncompressBlocks(bytes, limit) : uncompress(bytes, limit)),
  }
}
