import { Headers } from '../../lib/core/headers.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { WindowedSerdes } from '../../lib/serdes/windowed.ts'

/** Text with what the serializer was told in front. */
const telling: Serde<string> = Serdes.from(
  { serialize: (topic, data, headers) => (data === undefined ? undefined : Buffer.from(`${topic}/${headers?.size ?? 0}/${data}`)) },
  { deserialize: (topic, data, headers) => (data === undefined ? undefined : `${Buffer.from(data).toString()}<${topic}/${headers?.size ?? 0}`) },
)
const headers = Headers.empty.add('h', 'x')
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1')

test.each([
  ['timeWindowed', Serdes.timeWindowed(telling, 10)],
  ['sessionWindowed', Serdes.sessionWindowed(telling)],
])('%s should tell the serde of the key topic and headers', (_name, serde) => {
  const bytes = serde.serializer.serialize('t', { key: 'k', window: { start: 1, end: 11 } }, headers)
  expect(text(bytes)).toMatch(/^t\/1\/k\0/)
  expect(serde.deserializer.deserialize('t', bytes, headers)).toEqual({ key: 't/1/k<t/1', window: { start: 1, end: 11 } })
})

test('list should tell the serde of its elements topic and headers', () => {
  const serde = Serdes.list(telling)
  const bytes = serde.serializer.serialize('t', ['a', undefined], headers)
  expect(text(bytes)).toContain('t/1/a')
  expect(serde.deserializer.deserialize('t', bytes, headers)).toEqual(['t/1/a<t/1', undefined])
})

test('timeWindowed should read the keys of changelogs, which end in a sequence number, when it is told to', () => {
  const plain = WindowedSerdes.timeWindowedSerdeFrom(Serdes.string, 10)
  const key = { key: 'k', window: { start: 5, end: 15 } }
  const bytes = Buffer.concat([plain.serializer.serialize('t', key) ?? Buffer.alloc(0), Buffer.from([0, 0, 0, 7])])
  expect(Serdes.timeWindowed(Serdes.string, 10, { forChangelog: true }).deserializer.deserialize('t', bytes)).toEqual(key)
  expect(WindowedSerdes.sessionWindowedSerdeFrom(Serdes.string)).toBeDefined()
})

test('byteBuffer and byteArray should write the bytes as they are', () => {
  const bytes = Buffer.from('00ff', 'hex')
  expect(Serdes.byteBuffer.serializer.serialize('t', bytes)).toEqual(bytes)
  expect(Serdes.byteArray.deserializer.deserialize('t', bytes)).toEqual(bytes)
})
