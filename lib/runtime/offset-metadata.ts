/** What Java keeps in a commit's metadata, in base64: a version byte, the partition's time, and what processors remember. */
export interface OffsetMetadata {
  /** The largest timestamp that was processed in the partition, ms; -1 when it is not known. */
  readonly partitionTime: number
  /** Times by name, see RememberedTimes: a count, and for each the length of the name, the name, and the time. */
  readonly times: ReadonlyMap<string, number>
}

const VERSION = 2
const LEAST = 9
const NOTHING: OffsetMetadata = { partitionTime: -1, times: new Map() }

export const encodeOffsetMetadata = ({ partitionTime, times }: OffsetMetadata): string => {
  const names = [...times].map(([name, time]) => ({ name: Buffer.from(name), time }))
  const size = names.reduce((sum, { name }) => sum + 4 + name.length + 8, names.length === 0 ? LEAST : LEAST + 4)
  const bytes = Buffer.alloc(size)
  bytes[0] = VERSION
  bytes.writeBigInt64BE(BigInt(partitionTime), 1)
  if (names.length > 0) bytes.writeInt32BE(names.length, LEAST)
  let p = LEAST + 4
  for (const { name, time } of names) {
    p = bytes.writeInt32BE(name.length, p)
    p += name.copy(bytes, p)
    p = bytes.writeBigInt64BE(BigInt(time), p)
  }
  return bytes.toString('base64')
}

/** What there is, should the rest be cut off. */
const readTimes = (bytes: Buffer): Map<string, number> => {
  const times = new Map<string, number>()
  let p = LEAST + 4
  for (let left = p <= bytes.length ? bytes.readInt32BE(LEAST) : 0; left > 0 && p + 4 <= bytes.length; left--) {
    const end = p + 4 + bytes.readInt32BE(p)
    if (end < p + 4 || end + 8 > bytes.length) break
    times.set(bytes.utf8Slice(p + 4, end), Number(bytes.readBigInt64BE(end)))
    p = end + 8
  }
  return times
}

/** Metadata that does not say is a commit by hand, or by another kind of client. */
export const decodeOffsetMetadata = (metadata: string | undefined): OffsetMetadata => {
  const bytes = Buffer.from(metadata ?? '', 'base64')
  const version = bytes[0]
  if (bytes.length < LEAST || version === undefined || version < 1 || version > VERSION) return NOTHING
  return { partitionTime: Number(bytes.readBigInt64BE(1)), times: readTimes(bytes) }
}
