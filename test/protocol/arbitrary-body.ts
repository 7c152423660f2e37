import fc from 'fast-check'
import { fieldShapes } from '../../lib/protocol/field-shape.ts'
import type { FieldShape, TypeShape } from '../../lib/protocol/field-shape.ts'
import type { Fields } from '../../lib/protocol/schema.ts'

const value = (type: TypeShape): fc.Arbitrary<unknown> => {
  switch (type.kind) {
    case 'boolean':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -128, max: 127 })
    case 'int16':
      return fc.integer({ min: -32768, max: 32767 })
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.maxSafeInteger()
    case 'float64':
      return fc.double({ noNaN: true })
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 40 })
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    case 'array':
      return fc.array(value(type.element), { maxLength: 3 })
    case 'struct':
      return body(type.fields)
  }
}

const field = (shape: FieldShape): fc.Arbitrary<unknown> => {
  if (!shape.present) return fc.constant(shape.absent)
  return shape.nullable ? fc.option(value(shape.type), { nil: undefined }) : value(shape.type)
}

const body = (shapes: readonly FieldShape[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(shapes.map((shape) => [shape.name, field(shape)])))

/** Bodies of a message in one version: any value in fields that it has, the default in those that it has not. */
export const arbitraryBody = (fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> => body(fieldShapes(fields, version))
