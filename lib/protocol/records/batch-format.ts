import type { CompressionType } from '../compression/compression.ts'

/** Where the fields of a record batch (magic 2) lie. Everything from `attributes` on is under the checksum. */
export const at = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const

export const BATCH_HEADER_BYTES = at.records

/** Base offset and length, which `batchLength` does not count. */
export const LOG_OVERHEAD = at.partitionLeaderEpoch

export const MAGIC = 2

export const attribute = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const

/** By their number in the attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const satisfies readonly CompressionType[]

/** A signed 64-bit integer as a number, exact to 2^53, without BigInt. */
export const readInt64 = (buffer: Buffer, position: number): number =>
  buffer.readInt32BE(position) * 4294967296 + buffer.readUInt32BE(position + 4)

export const writeInt64 = (buffer: Buffer, position: number, value: number): void => {
  const high = Math.floor(value / 4294967296)
  buffer.writeInt32BE(high | 0, position)
  buffer.writeInt32BE((value - high * 4294967296) | 0, position + 4)
}
