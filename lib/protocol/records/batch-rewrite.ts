import { crc32c } from '../../core/crc32c.ts'
import { at, attribute, writeInt64 } from './batch-format.ts'
import { RecordBatch } from './record-batch.ts'

/** Writes the checksum anew, after a change of what it covers. */
const seal = (buffer: Buffer, position: number): void => {
  const batch = new RecordBatch(buffer, position)
  buffer.writeUInt32BE(crc32c(buffer.subarray(position + at.attributes, batch.end)), position + at.crc)
}

/** What a leader does to a batch it takes in: its place in the log. Outside of the checksum, so it costs nothing. */
export const setBaseOffset = (buffer: Buffer, position: number, baseOffset: number): void => {
  writeInt64(buffer, position + at.baseOffset, baseOffset)
}

/** The leader epoch under which the batch was taken in; outside of the checksum. */
export const setPartitionLeaderEpoch = (buffer: Buffer, position: number, epoch: number): void => {
  buffer.writeInt32BE(epoch, position + at.partitionLeaderEpoch)
}

/** Makes the broker's time (ms) the time of all records of the batch (message.timestamp.type=LogAppendTime). */
export const setLogAppendTime = (buffer: Buffer, position: number, timestamp: number): void => {
  buffer.writeInt16BE(buffer.readInt16BE(position + at.attributes) | attribute.logAppendTime, position + at.attributes)
  writeInt64(buffer, position + at.maxTimestamp, timestamp)
  seal(buffer, position)
}

/** Gives a sealed batch to another producer id, epoch or sequence: what a producer does with its batches when its epoch was raised. */
export const setProducer = (buffer: Buffer, position: number, producerId: number, producerEpoch: number, baseSequence: number): void => {
  writeInt64(buffer, position + at.producerId, producerId)
  buffer.writeInt16BE(producerEpoch, position + at.producerEpoch)
  buffer.writeInt32BE(baseSequence, position + at.baseSequence)
  seal(buffer, position)
}
