import fc from 'fast-check'
import protobuf from 'protobufjs'
import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { valueAndTimestamp } from '../../lib/serdes/value-and-timestamp.ts'
import { javaVectors } from './java-vectors.ts'

const { string, long, bigint, int, short, double, float, bytes, uuid, boolean } = Serdes

const serdesByName: Record<string, Serde<unknown>> = {
  string, long, bigint, int, short, double, float, bytes, uuid, boolean,
  listOfLong: Serdes.list(long),
  listOfString: Serdes.list(string),
  listOfUuid: Serdes.list(uuid),
  listOfBoolean: Serdes.list(boolean),
  timeWindowed: Serdes.timeWindowed(string, 10),
  sessionWindowed: Serdes.sessionWindowed(string),
  valueAndTimestamp: valueAndTimestamp(string),
} as Record<string, Serde<unknown>>

const hex = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString('hex')

const written = <T>(serde: Serde<T>, value: T): Buffer => {
  const out = new ByteWriter(1)
  out.writeByte(7)
  serde.serializer.write!(value, out)
  return out.view().subarray(1)
}

describe('serdes', () => {
  test.each(javaVectors)('$serde should write the bytes of Java for $value', ({ serde, value, hex: expected }) => {
    const subject = serdesByName[serde]!
    expect(hex(subject.serializer.serialize('t', value))).toBe(expected)
    expect(hex(written(subject, value))).toBe(expected)
    expect(hex(Buffer.from(subject.toStoreKey!(value), 'latin1'))).toBe(expected)
  })

  test.each(javaVectors)('$serde should read the bytes of Java as $value', ({ serde, value, hex: data }) => {
    const subject = serdesByName[serde]!
    const expected = serde === 'uuid' ? String(value).toLowerCase() : value
    expect(subject.deserializer.deserialize('t', Buffer.from(data, 'hex'))).toEqual(expected)
    const inTheMiddle = Buffer.from(`00${data}ff`, 'hex')
    expect(subject.deserializer.read!(inTheMiddle, 1, inTheMiddle.length - 1)).toEqual(expected)
    expect(subject.fromStoreKey!(Buffer.from(data, 'hex').toString('latin1'))).toEqual(expected)
  })

  test('every serde should turn undefined into no bytes and no bytes into undefined', () => {
    for (const serde of [...Object.values(serdesByName), Serdes.json(), Serdes.void as Serde<unknown>]) {
      expect(serde.serializer.serialize('t', undefined)).toBeUndefined()
      expect(serde.serializer.serialize('t', null as unknown as undefined)).toBeUndefined()
      expect(serde.deserializer.deserialize('t', undefined)).toBeUndefined()
    }
  })

  const roundTrips: [string, Serde<unknown>, fc.Arbitrary<unknown>][] = [
    ['string', string as Serde<unknown>, fc.string({ unit: 'grapheme', maxLength: 100 })],
    ['long', long as Serde<unknown>, fc.maxSafeInteger()],
    ['bigint', bigint as Serde<unknown>, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['int', int as Serde<unknown>, fc.integer()],
    ['short', short as Serde<unknown>, fc.integer({ min: -32768, max: 32767 })],
    ['double', double as Serde<unknown>, fc.double()],
    ['float', float as Serde<unknown>, fc.float()],
    ['uuid', uuid as Serde<unknown>, fc.uuid()],
    ['boolean', boolean as Serde<unknown>, fc.boolean()],
    ['json', Serdes.json() as Serde<unknown>, fc.jsonValue().filter((value) => value !== null).map((value) => JSON.parse(JSON.stringify(value)) as unknown)],
    ['list of int', Serdes.list(int) as Serde<unknown>, fc.array(fc.option(fc.integer(), { nil: undefined }))],
    ['list of list of string', Serdes.list(Serdes.list(string)) as Serde<unknown>, fc.array(fc.array(fc.string()))],
  ]
  test.each(roundTrips)('%s should read back what it wrote, by all its ways', (_name, serde, values) => {
    fc.assert(fc.property(values, (value) => {
      const data = serde.serializer.serialize('t', value)!
      expect(written(serde, value)).toEqual(Buffer.from(data))
      expect(serde.toStoreKey!(value)).toBe(Buffer.from(data).toString('latin1'))
      expect(serde.deserializer.deserialize('t', data)).toEqual(value)
      expect(serde.deserializer.read!(Buffer.from(data), 0, data.length)).toEqual(value)
      expect(serde.fromStoreKey!(serde.toStoreKey!(value))).toEqual(value)
    }))
  })

  test('string keys should compare as their bytes do', () => {
    const unit = fc.string({ unit: 'grapheme' })
    fc.assert(fc.property(unit, unit, (a, b) => {
      const [x, y] = [string.toStoreKey!(a), string.toStoreKey!(b)]
      expect(x < y ? -1 : x > y ? 1 : 0).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }))
  })

  test.each([
    ['long', long, [2 ** 53, -(2 ** 53), 1.5, NaN, '1', 1n]],
    ['bigint', bigint, [2n ** 63n, 1]],
    ['int', int, [2 ** 31, 0.5, '1']],
    ['short', short, [32768, '1']],
    ['double', double, ['1']],
    ['float', float, ['1']],
    ['string', string, [1, {}]],
    ['bytes', bytes, ['a', [1]]],
    ['uuid', uuid, ['no uuid', 1]],
    ['boolean', boolean, [1, 'true']],
    ['json', Serdes.json(), [10n, () => {}]],
    ['list', Serdes.list(long), ['a']],
    ['void', Serdes.void, [1]],
  ] as [string, Serde<unknown>, unknown[]][])('%s should refuse values that are not of its type', (_name, serde, values) => {
    for (const value of values) expect(() => serde.serializer.serialize('t', value)).toThrow(SerializationError)
  })

  test.each([
    ['long', long, ['00', '0020000000000000', '7fffffffffffffff', 'ffe0000000000000', '8000000000000000']],
    ['int', int, ['00', '0000000000']],
    ['short', short, ['00']],
    ['double', double, ['00']],
    ['float', float, ['00']],
    ['bigint', bigint, ['00']],
    ['boolean', boolean, ['02', '', '0000']],
    ['uuid', uuid, ['00']],
    ['json', Serdes.json(), ['7b']],
    ['list', Serdes.list(long), ['', '02', '01000000010000000100', '00000000']],
    ['list of strings', Serdes.list(string), ['010000000100000005ff', '0000000000']],
    ['void', Serdes.void, ['00']],
    ['value with timestamp', valueAndTimestamp(string), ['00']],
    ['time windowed', Serdes.timeWindowed(string, 1), ['00']],
    ['session windowed', Serdes.sessionWindowed(string), ['0000000000000000']],
  ] as [string, Serde<unknown>, string[]][])('%s should refuse bytes that it cannot have written', (_name, serde, data) => {
    for (const each of data) expect(() => serde.deserializer.deserialize('t', Buffer.from(each, 'hex'))).toThrow(SerializationError)
  })

  test('long should point to bigint when a number would lose digits', () => {
    expect(() => long.deserializer.deserialize('t', Buffer.from('7fffffffffffffff', 'hex'))).toThrow(/9223372036854775807.*Serdes\.bigint/)
    expect(() => long.serializer.serialize('t', 2 ** 60)).toThrow(/Serdes\.bigint/)
  })

  test('bytes should give a copy, since what they are read from is reused', () => {
    const source = Buffer.from([1, 2, 3])
    const copy = bytes.deserializer.deserialize('t', source)!
    source.fill(0)
    expect(copy).toEqual(Buffer.from([1, 2, 3]))
  })

  test('json should read the JSON null as undefined, since the API has no null', () => {
    expect(Serdes.json().deserializer.deserialize('t', Buffer.from('null'))).toBeUndefined()
  })

  test('a serde that calls another one while it writes should not disturb it', () => {
    const shouting = Serdes.from<string>(
      { serialize: (topic, data) => string.serializer.serialize(topic, data?.toUpperCase()) },
      { deserialize: (topic, data) => string.deserializer.deserialize(topic, data) },
    )
    const stamped = valueAndTimestamp(shouting)
    expect(hex(stamped.serializer.serialize('t', { value: 'abc', timestamp: 1 }))).toBe(`0000000000000001${hex(Buffer.from('ABC'))}`)
    const lists = Serdes.list(Serdes.list(shouting))
    expect(lists.deserializer.deserialize('t', lists.serializer.serialize('t', [['a'], ['b', 'c']]))).toEqual([['A'], ['B', 'C']])
  })

  test('protobuf should write and read messages, with bytes of their own', () => {
    const type = new protobuf.Type('Wine').add(new protobuf.Field('name', 1, 'string')).add(new protobuf.Field('picture', 2, 'bytes'))
    const serde = Serdes.protobuf<protobuf.Message>(type)
    const data = Buffer.from(serde.serializer.serialize('t', type.create({ name: 'red', picture: Buffer.from([9]) }))!)
    expect(hex(data)).toBe('0a03726564120109')
    const message = serde.deserializer.deserialize('t', data)!
    data.fill(0)
    expect(type.toObject(message, { bytes: Buffer })).toEqual({ name: 'red', picture: Buffer.from([9]) })
    expect(() => serde.deserializer.deserialize('t', Buffer.from('0a', 'hex'))).toThrow(/protobufSerde\(Wine\)/)
  })
})
