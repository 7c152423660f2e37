import { murmur2 } from '../../lib/core/murmur2.ts'

interface Vector {
  readonly keyHex: string
  readonly murmur2: number
  readonly partition: Readonly<Record<string, number>>
}

/** The default partitioner's vectors (section 10 of the format). */
export const runPartitionerVectors = (vectors: readonly Vector[]): string[] =>
  vectors.flatMap(({ keyHex, murmur2: expected, partition }) => {
    const hash = murmur2(Buffer.from(keyHex, 'hex'))
    if (hash !== expected) return [`murmur2 of ${keyHex}: expected ${expected}, got ${hash}`]
    return Object.entries(partition)
      .filter(([count, index]) => (hash & 0x7fffffff) % Number(count) !== index)
      .map(([count]) => `partition of ${keyHex} among ${count} differs`)
  })
