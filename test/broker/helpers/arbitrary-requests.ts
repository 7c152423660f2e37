import fc from 'fast-check'
import { encodeRequest, parseVersions } from '../../../lib/protocol/index.ts'
import type { ApiDefinition, RequestInput } from '../../../lib/protocol/index.ts'
import type { FieldType, Fields } from '../../../lib/protocol/schema.ts'
import { batchOf, numbered } from './batches.ts'

const integer = (bits: number): fc.Arbitrary<number> => {
  const top = 2 ** (bits - 1)
  return fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -2, max: 5 }) }, { weight: 1, arbitrary: fc.constantFrom(-top, top - 1, 1000, 10_001, 100_000).map((value) => Math.max(-top, Math.min(top - 1, value))) })
}

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', 'topic', 'other', 'group', 'txn', 'range', 'consumer', '0', '*', '.', '__consumer_offsets') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(300), '(((', '[a-z]*', 'a/b\0c') },
)

const good = batchOf(numbered(3))
const records = fc.oneof(fc.constant(good), fc.constant(Buffer.concat([good, good])), fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)), fc.nat({ max: good.length - 1 }).map((at) => {
  const bad = Buffer.from(good)
  bad[at] = bad[at]! ^ 0x41
  return bad
}))

const primitives: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  int8: integer(8),
  int16: integer(16),
  int32: integer(32),
  int64: fc.oneof(integer(32), fc.constantFrom(-(2 ** 53), 2 ** 53)),
  float64: fc.double(),
  string: text,
  bytes: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  uuid: fc.constantFrom('AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ', 'gAAAAAAAAAAAAAAAAAAAAA'),
  records,
}

const arbitraryOf = (field: FieldType): fc.Arbitrary<unknown> => {
  if (typeof field === 'string') return primitives[field]!
  const value = 'type' in field
    ? primitives[field.type]!
    : 'struct' in field
      ? arbitraryFields(field.struct)
      : fc.array(typeof field.arrayOf === 'string' ? primitives[field.arrayOf]! : arbitraryFields(field.arrayOf), { maxLength: 3 })
  return field.nullable === undefined ? value : fc.option(value, { nil: undefined, freq: 4 })
}

const arbitraryFields = (fields: Fields): fc.Arbitrary<unknown> => fc.record(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, arbitraryOf(field)])))

/** What a version cannot express, such as null where it has none, makes no frame. */
const encoded = (api: ApiDefinition, version: number, body: unknown): Buffer | undefined => {
  try {
    return Buffer.concat(encodeRequest(api, version, { correlationId: 1, clientId: 'fuzz' }, body as RequestInput<ApiDefinition>))
  } catch {
    return undefined
  }
}

/** Whole requests, size first, of all apis in all their versions, that could come from a client. */
export const arbitraryRequest = (apis: readonly ApiDefinition[]): fc.Arbitrary<Buffer> =>
  fc.constantFrom(...apis).chain((api) => {
    const { min, max } = parseVersions(api.versions)
    return fc.tuple(fc.integer({ min, max }), arbitraryFields(api.request)).map(([version, body]) => encoded(api, version, body))
  }).filter((frame) => frame !== undefined)

/** Numbers that lengths should not be. */
const BAD_LENGTHS = ['ffffffff', '7fffffff', '80000000', 'ffff', '7fff', '00', 'ff', 'ffffffffff7f', '808080808001', '0000ffff'].map((hex) => Buffer.from(hex, 'hex'))

type Change = (body: Buffer) => Buffer

/** A frame whose size says what it is, after something was done to what is in it. */
export const arbitraryDamage = (frames: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> => {
  const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.tuple(position, fc.integer({ min: 0, max: 255 })).map(([where, byte]) => (body: Buffer) => {
      body[Math.floor(where * body.length)] = byte
      return body
    }),
    position.map((where) => (body: Buffer) => body.subarray(0, Math.floor(where * body.length))),
    fc.tuple(position, fc.constantFrom(...BAD_LENGTHS)).map(([where, length]) => (body: Buffer) => {
      length.copy(body, Math.floor(where * body.length))
      return body
    }),
    fc.tuple(position, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([where, bytes]) => (body: Buffer) => {
      const at = Math.floor(where * body.length)
      return Buffer.concat([body.subarray(0, at), bytes, body.subarray(at)])
    }),
  )
  return fc.tuple(frames, fc.array(change, { minLength: 1, maxLength: 3 })).map(([frame, changes]) => {
    const body = changes.reduce<Buffer>((bytes, apply) => (bytes.length === 0 ? bytes : apply(bytes)), Buffer.from(frame.subarray(4)))
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length)
    return Buffer.concat([size, body])
  })
}
