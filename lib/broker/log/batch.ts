import { crc32c } from '../../core/crc32c.ts'
import { LOG_OVERHEAD, at, attribute } from '../../protocol/records/batch-format.ts'
import { setBaseOffset, setPartitionLeaderEpoch } from '../../protocol/records/batch-rewrite.ts'

/** The first offset and the leader epoch: outside of the checksum, so the record bytes stay as they came. */
export const stampOffset = (batch: Buffer, offset: number, leaderEpoch: number): void => {
  setBaseOffset(batch, 0, offset)
  setPartitionLeaderEpoch(batch, 0, leaderEpoch)
}

/** Sets length, codec and record count of a batch whose records were rewritten, and its checksum. */
export const sealRewritten = (batch: Buffer, codec: number, recordCount: number): void => {
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, at.batchLength)
  batch.writeInt16BE((batch.readInt16BE(at.attributes) & ~attribute.compression) | codec, at.attributes)
  batch.writeInt32BE(recordCount, at.recordCount)
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc)
}
