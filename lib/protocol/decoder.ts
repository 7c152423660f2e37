import { absentFields } from './field-shape.ts'
import type { FieldShape, TypeShape } from './field-shape.ts'
import { malformed } from './protocol-error.ts'
import type { ProtocolReader } from './reader.ts'

export type Decode = (reader: ProtocolReader) => unknown

/** The fewest bytes a value of the type takes: what bounds the length of an array before it is read. */
const minimumBytes = (type: TypeShape, flexible: boolean): number => {
  switch (type.kind) {
    case 'boolean':
    case 'int8':
      return 1
    case 'int16':
      return 2
    case 'int32':
      return 4
    case 'int64':
    case 'float64':
      return 8
    case 'uuid':
      return 16
    case 'string':
      return flexible ? 1 : 2
    case 'bytes':
    case 'records':
    case 'array':
      return flexible ? 1 : 4
    case 'struct':
      return type.fields
        .filter((field) => field.present && field.tag === undefined)
        .reduce((sum, field) => sum + (field.nullable && field.type.kind === 'struct' ? 1 : minimumBytes(field.type, flexible)), flexible ? 1 : 0)
  }
}

const decodeArray = (element: TypeShape, flexible: boolean): Decode => {
  const decode = decoderOf(element, flexible)
  const each = minimumBytes(element, flexible)
  return (reader) => {
    const length = reader.arrayLength(flexible, each)
    if (length === -1) return undefined
    const list: unknown[] = []
    for (let i = 0; i < length; i++) list.push(notNull(decode(reader), reader))
    return list
  }
}

const notNull = (value: unknown, reader: ProtocolReader): unknown => {
  if (value === undefined) throw malformed(`null before position ${reader.position}, where the message has no null`)
  return value
}

/** The decoder of a type; strings, bytes, records and arrays give `undefined` for null. */
const decoderOf = (type: TypeShape, flexible: boolean): Decode => {
  switch (type.kind) {
    case 'boolean':
      return (reader) => reader.boolean()
    case 'int8':
      return (reader) => reader.int8()
    case 'int16':
      return (reader) => reader.int16()
    case 'int32':
      return (reader) => reader.int32()
    case 'int64':
      return (reader) => reader.int64()
    case 'float64':
      return (reader) => reader.float64()
    case 'string':
      return (reader) => reader.string(flexible)
    case 'bytes':
    case 'records':
      return (reader) => reader.bytes(flexible)
    case 'uuid':
      return (reader) => reader.uuid()
    case 'array':
      return decodeArray(type.element, flexible)
    case 'struct':
      return compileDecoder(type.fields, flexible)
  }
}

const fieldDecoder = ({ name, type, nullable }: FieldShape, flexible: boolean): Decode => {
  const decode = decoderOf(type, flexible)
  if (nullable) return type.kind === 'struct' ? (reader) => (reader.int8() < 0 ? undefined : decode(reader)) : decode
  return (reader) => {
    const value = decode(reader)
    if (value === undefined) throw malformed(`'${name}' is null before position ${reader.position}, where this version has no null`)
    return value
  }
}

const compileTagged = (fields: readonly FieldShape[]): ((reader: ProtocolReader, message: Record<string, unknown>) => void) => {
  const tagged = fields.filter((field) => field.present && field.tag !== undefined)
  if (tagged.length === 0) return (reader) => reader.skipTaggedFields()
  const byTag = new Map(tagged.map((field) => [field.tag, { name: field.name, decode: fieldDecoder(field, true) }]))
  return (reader, message) => {
    const count = reader.unsignedVarint()
    for (let i = 0; i < count; i++) {
      const tag = reader.unsignedVarint()
      const size = reader.unsignedVarint()
      const end = reader.take(size) + size
      const field = byTag.get(tag)
      if (field === undefined) continue
      const outerEnd = reader.end
      reader.position = end - size
      reader.end = end
      message[field.name] = field.decode(reader)
      if (reader.position !== end) throw malformed(`the tagged field '${field.name}' ends at ${reader.position}, its size says ${end}`)
      reader.end = outerEnd
    }
  }
}

/** The decoder of a struct in one version, made once. Objects of one definition have the same shape in every version. */
export const compileDecoder = (fields: readonly FieldShape[], flexible: boolean): Decode => {
  const template = absentFields(fields)
  const plain = fields.filter((field) => field.present && field.tag === undefined)
  const names = plain.map((field) => field.name)
  const decoders = plain.map((field) => fieldDecoder(field, flexible))
  const decodeTags = flexible ? compileTagged(fields) : undefined
  return (reader) => {
    const message: Record<string, unknown> = { ...template }
    for (let i = 0; i < names.length; i++) message[names[i]!] = decoders[i]!(reader)
    decodeTags?.(reader, message)
    return message
  }
}
