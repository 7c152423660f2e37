import fc from 'fast-check'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import { sortByKey } from '../../../../stores/internals/buffer/key-order.ts'
import type { Keyed } from '../../../../stores/internals/buffer/key-parts.ts'
import { KeyParts } from '../../../../stores/internals/buffer/key-parts.ts'

const windowed = Serdes.timeWindowed(Serdes.string, 10)
const parts = new KeyParts(windowed, 'topic')

const keyed = (key: string, start: number): Keyed => {
  parts.split({ key, window: { start, end: start + 10 } })
  const { head, tail } = parts
  return { head, tail }
}

const bytesOf = ({ head, tail }: Keyed): string => head + tail.bytes

/** Many that begin alike, some that begin as others do, some that are long. */
const keys = fc.array(
  fc.tuple(
    fc.oneof(
      fc.nat(2000).map((n) => `key-${n}`),
      fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é'), maxLength: 9 }),
      fc.nat(99).map((n) => `a very long beginning ${n}`),
    ),
    fc.constantFrom(0, 10, 2 ** 33),
  ),
  { maxLength: 150 },
)

test('keys should be sorted by their bytes, those of their windows included', () => {
  fc.assert(
    fc.property(keys, (list) => {
      const entries = [...new Map(list.map(([key, start]) => [`${key}@${start}`, keyed(key, start)])).values()]
      const sorted = sortByKey([...entries])
      expect(sorted.map(bytesOf)).toEqual(entries.map(bytesOf).sort())
    }),
  )
})

test('a key should be the same after it was taken apart, from bytes as from itself', () => {
  const session = Serdes.sessionWindowed(Serdes.long)
  const key = { key: -7, window: { start: 3, end: 2 ** 40 } }
  const ofSession = new KeyParts(session, 'topic')
  ofSession.split(key)
  expect(ofSession.join(ofSession.head, ofSession.tail)).toEqual(key)
  const { head, tail, hash } = ofSession
  const bytes = Buffer.from(session.serializer.serialize('topic', key)!)
  expect(Buffer.from(head + tail.bytes, 'latin1')).toEqual(bytes)
  ofSession.splitBytes(bytes)
  expect([ofSession.head, ofSession.tail.bytes, ofSession.hash]).toEqual([head, tail.bytes, hash])
})

test('bytes that are too short for a window should be refused', () => {
  expect(() => parts.splitBytes(Buffer.alloc(7))).toThrow('reads at least 8 bytes')
})
