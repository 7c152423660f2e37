import type { Codec } from './compression.ts'
import { tooLarge } from './limit.ts'
import { lz4FrameSize } from './lz4-frame.ts'

/** No LZ4 sequence makes more than 255 bytes out of one. */
const LARGEST_RATIO = 255

/** What the `lz4-napi` package gives us. */
interface Lz4Frames {
  compressFrameSync(data: Buffer): Buffer
  decompressFrameSync(data: Buffer): Buffer
}

/** LZ4 in its frame format, as Kafka has it since message format 2. */
export const lz4Codec = (lz4: Lz4Frames): Codec => ({
  compress: (bytes) => lz4.compressFrameSync(bytes),
  decompress: (bytes, limit) => {
    // The library takes no limit, so a frame that could go beyond it is measured before it is given to it.
    if (bytes.length * LARGEST_RATIO > limit && lz4FrameSize(bytes) > limit) throw tooLarge(limit)
    return lz4.decompressFrameSync(bytes)
  },
})
