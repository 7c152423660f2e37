import { malformed } from '../protocol-error.ts'
import { ProtocolReader } from '../reader.ts'

export interface ZstdFrame {
  readonly start: number
  readonly end: number
  /** What its header says comes out of it, if it says it; its blocks can hold as much. */
  readonly claimedSize: number | undefined
  /** More than this its blocks cannot hold. */
  readonly sizeBound: number
}

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_BYTES = 128 * 1024
const RAW = 0
const RUN = 1
const RESERVED = 3

/**
 * The frames of a zstd stream with a bound of what they decompress to: no block may give more than 128 KiB, so the block
 * headers are enough.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export function* zstdFrames(bytes: Buffer): Generator<ZstdFrame, void, undefined> {
  const reader = new ProtocolReader(bytes)
  while (reader.remaining > 0) {
    const start = reader.position
    const magic = bytes.readUInt32LE(reader.take(4))
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      reader.skip(bytes.readUInt32LE(reader.take(4)))
      continue
    }
    if (magic !== MAGIC) throw malformed('no zstd frame: the magic number is missing')
    const { claimedSize, sizeBound } = readFrame(bytes, reader)
    yield { start, end: reader.position, claimedSize, sizeBound }
  }
}

/** Moves the reader behind the frame. */
const readFrame = (bytes: Buffer, reader: ProtocolReader): Pick<ZstdFrame, 'claimedSize' | 'sizeBound'> => {
  const descriptor = reader.int8()
  const singleSegment = (descriptor & 0x20) !== 0
  const hasChecksum = (descriptor & 0x04) !== 0
  if (!singleSegment) reader.skip(1)
  reader.skip([0, 1, 2, 4][descriptor & 3]!)
  const claimedSize = contentSize(bytes, reader, (descriptor >> 6) & 3, singleSegment)
  let sizeBound = 0
  for (let last = false; !last; ) {
    const header = bytes.readUIntLE(reader.take(3), 3)
    last = (header & 1) !== 0
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === RESERVED) throw malformed('a zstd block of a type that does not exist')
    reader.skip(type === RUN ? 1 : size)
    sizeBound += type === RAW || type === RUN ? size : BLOCK_BYTES
  }
  if (hasChecksum) reader.skip(4)
  if (claimedSize !== undefined && claimedSize > sizeBound) {
    throw malformed(`a zstd frame claims ${claimedSize} bytes; its blocks cannot hold more than ${sizeBound}`)
  }
  return { claimedSize, sizeBound }
}

const contentSize = (bytes: Buffer, reader: ProtocolReader, flag: number, singleSegment: boolean): number | undefined => {
  switch (flag) {
    case 0:
      return singleSegment ? bytes[reader.take(1)]! : undefined
    case 1:
      return bytes.readUInt16LE(reader.take(2)) + 256
    case 2:
      return bytes.readUInt32LE(reader.take(4))
    default: {
      const p = reader.take(8)
      return bytes.readUInt32LE(p) + bytes.readUInt32LE(p + 4) * 4294967296
    }
  }
}
