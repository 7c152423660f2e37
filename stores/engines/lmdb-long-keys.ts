import { ByteWriter } from '../../lib/core/byte-writer.ts'

/**
 * LMDB takes keys of at most 1978 bytes. All longer keys that start alike share one row, a bucket, that holds them with
 * their values in order, so that the order of rows is kept.
 */
export const LONGEST_KEY = 1976

/** Sorts behind the key that is just the common start, and before every other key. */
const BUCKET_MARK = '\0'

export const bucketKey = (key: string): string => key.slice(0, LONGEST_KEY) + BUCKET_MARK

/** Sorts right behind the bucket of `key`. */
export const afterBucket = (key: string): string => `${key.slice(0, LONGEST_KEY)}\x01`

export const isBucketKey = (engineKey: string): boolean => engineKey.length > LONGEST_KEY

export interface BucketRow {
  readonly key: string
  readonly value: Buffer
}

/** The rows of a bucket, by their whole keys, in order. The values are views of `bytes`. */
export const readBucket = (engineKey: string, bytes: Buffer): BucketRow[] => {
  const start = engineKey.slice(0, LONGEST_KEY)
  const rows: BucketRow[] = []
  for (let p = 0; p < bytes.length;) {
    const restEnd = p + 8 + bytes.readUInt32BE(p)
    const end = restEnd + bytes.readUInt32BE(p + 4)
    rows.push({ key: start + bytes.latin1Slice(p + 8, restEnd), value: bytes.subarray(restEnd, end) })
    p = end
  }
  return rows
}

/** The bytes of a bucket after `changes` (undefined deletes); undefined when nothing is left. */
export const changedBucket = (
  rows: readonly BucketRow[],
  changes: ReadonlyMap<string, Buffer | undefined>,
): Buffer | undefined => {
  const merged = new Map<string, Buffer | undefined>(rows.map((row) => [row.key, row.value]))
  for (const [key, value] of changes) merged.set(key, value)
  const out = new ByteWriter(4096)
  for (const key of [...merged.keys()].sort()) {
    const value = merged.get(key)
    if (value === undefined) continue
    out.writeInt32(key.length - LONGEST_KEY)
    out.writeInt32(value.length)
    out.writeLatin1(key.slice(LONGEST_KEY))
    out.writeBytes(value)
  }
  return out.position === 0 ? undefined : out.view()
}
