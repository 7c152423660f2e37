/** What Java keeps in a commit's metadata: a version byte and the partition's time, in base64. */
const VERSION = 1
const LENGTH = 9

/** The metadata of a committed offset: the largest timestamp that was processed in the partition, ms. */
export const encodePartitionTime = (partitionTime: number): string => {
  const bytes = Buffer.alloc(LENGTH)
  bytes[0] = VERSION
  bytes.writeBigInt64BE(BigInt(partitionTime), 1)
  return bytes.toString('base64')
}

/** -1 when the metadata does not say: a commit by hand, or by another kind of client. */
export const decodePartitionTime = (metadata: string | undefined): number => {
  const bytes = Buffer.from(metadata ?? '', 'base64')
  const version = bytes[0]
  if (bytes.length < LENGTH || version === undefined || version < 1 || version > 2) return -1
  return Number(bytes.readBigInt64BE(1))
}
