import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { murmur2, partitionForKey } from '../../lib/core/murmur2.ts'

describe('murmur2', () => {
  test.each([
    ['', 275646681],
    ['a', -1563381124],
    ['ab', 316155434],
    ['abc', 479470107],
    ['abcd', -1323649548],
    ['abcde', 461995741],
    ['abcdef', 1870650108],
  ])('should hash %j as Java does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  test('should hash a part of a buffer as that part alone', () => {
    expect(murmur2(Buffer.from('xxabcdefyy'), 2, 8)).toBe(murmur2(Buffer.from('abcdef')))
  })

  const recorded = path.resolve('../shared/conformance/scenarios/partitioner.json')
  const vectors = existsSync(recorded)
    ? (JSON.parse(readFileSync(recorded, 'utf8')) as { vectors: { keyHex: string; partition: Record<string, number> }[] }).vectors
    : [{ keyHex: '616263', partition: { '2': 1, '3': 0, '6': 3, '100': 7 } }]

  test('should choose the partitions that Java chose for the recorded keys', () => {
    for (const { keyHex, partition } of vectors) {
      for (const [count, expected] of Object.entries(partition)) {
        expect(partitionForKey(Buffer.from(keyHex, 'hex'), Number(count))).toBe(expected)
      }
    }
  })
})
