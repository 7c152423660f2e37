import type { DeferredBytes } from './message-writer.ts'
import { sizeOfUnsignedVarint, writeUnsignedVarint } from '../core/varint.ts'
import type { FieldShape, TypeShape } from './field-shape.ts'
import type { MessageWriter } from './message-writer.ts'
import { unencodable } from './protocol-error.ts'

export type Encode = (out: MessageWriter, value: unknown) => void

const MAX_INT64 = 2 ** 63

const writeLength = (out: MessageWriter, length: number, compact: boolean): void => {
  if (compact) writeUnsignedVarint(out, length + 1)
  else out.writeInt32(length)
}

const encodeInt64: Encode = (out, value) => {
  // The largest int64 is no exact number; as a double it is 2^63, and stands for "no limit" where the protocol has it.
  if ((value as number) < MAX_INT64) {
    out.writeInt64(value as number)
  } else {
    out.writeInt32(0x7fffffff)
    out.writeInt32(-1)
  }
}

const encodeString = (compact: boolean): Encode => (out, value) => {
  const text = value as string
  const length = Buffer.byteLength(text)
  if (compact) writeUnsignedVarint(out, length + 1)
  else if (length > 0x7fff) throw unencodable(`a string of ${length} bytes; this version of the message takes 32767`)
  else out.writeInt16(length)
  out.writeUtf8(text)
}

const encodeBytes = (compact: boolean): Encode => (out, value) => {
  const bytes = value as Uint8Array
  writeLength(out, bytes.length, compact)
  out.writeBytes(bytes)
}

const encodeRecords = (compact: boolean): Encode => (out, value) => {
  if (value instanceof Uint8Array) {
    writeLength(out, value.length, compact)
    out.attach(value)
    return
  }
  const pieces = value as readonly (Uint8Array | DeferredBytes)[]
  let length = 0
  for (const piece of pieces) length += piece.length
  writeLength(out, length, compact)
  for (const piece of pieces) out.attach(piece)
}

const encodeUuid: Encode = (out, value) => {
  out.ensure(18)
  const written = out.buffer.write(value as string, out.position, 18, 'base64url')
  if (written !== 16) throw unencodable(`'${value as string}' is no uuid of 22 base64url characters`)
  out.position += 16
}

const encodeArray = (element: Encode, compact: boolean): Encode => (out, value) => {
  const list = value as readonly unknown[]
  writeLength(out, list.length, compact)
  for (const item of list) element(out, item)
}

/** The encoder of a type that is not null. */
const encoderOf = (type: TypeShape, flexible: boolean): Encode => {
  switch (type.kind) {
    case 'boolean':
      return (out, value) => out.writeByte(value ? 1 : 0)
    case 'int8':
      return (out, value) => out.writeByte(value as number)
    case 'int16':
      return (out, value) => out.writeInt16(value as number)
    case 'int32':
      return (out, value) => out.writeInt32(value as number)
    case 'int64':
      return encodeInt64
    case 'float64':
      return (out, value) => out.writeFloat64(value as number)
    case 'string':
      return encodeString(flexible)
    case 'bytes':
      return encodeBytes(flexible)
    case 'records':
      return encodeRecords(flexible)
    case 'uuid':
      return encodeUuid
    case 'array':
      return encodeArray(encoderOf(type.element, flexible), flexible)
    case 'struct':
      return compileEncoder(type.fields, flexible)
  }
}

const encodeNull = (type: TypeShape, flexible: boolean): ((out: MessageWriter) => void) => {
  if (type.kind === 'struct') return (out) => out.writeByte(-1)
  if (flexible) return (out) => out.writeByte(0)
  return type.kind === 'string' ? (out) => out.writeInt16(-1) : (out) => out.writeInt32(-1)
}

const fieldEncoder = ({ type, nullable, fallback }: FieldShape, flexible: boolean): Encode => {
  const encode = encoderOf(type, flexible)
  if (!nullable) return (out, value) => encode(out, value ?? fallback)
  const writeNull = encodeNull(type, flexible)
  const structMark = type.kind === 'struct'
  return (out, given) => {
    const value = given ?? fallback
    if (value === undefined) return writeNull(out)
    if (structMark) out.writeByte(1)
    encode(out, value)
  }
}

const sameAsDefault = (field: FieldShape, value: unknown): boolean => {
  if (value == null || value === field.absent) return true
  if (field.absent === undefined) return false
  if (field.type.kind === 'struct') return field.type.fields.every((inner) => sameAsDefault(inner, (value as Record<string, unknown>)[inner.name]))
  return typeof value === 'object' && (value as { length?: number }).length === 0
}

/** Writes what `encode` writes with its size before it: one byte is kept for the size, and more room made when it needs it. */
const encodeSized = (out: MessageWriter, encode: Encode, value: unknown): void => {
  const start = out.position
  out.writeByte(0)
  encode(out, value)
  const size = out.position - start - 1
  const extra = sizeOfUnsignedVarint(size) - 1
  if (extra > 0) {
    out.ensure(extra)
    out.buffer.copyWithin(start + 1 + extra, start + 1, out.position)
  }
  out.position = start
  writeUnsignedVarint(out, size)
  out.position += size
}

const compileTagged = (fields: readonly FieldShape[]): Encode => {
  const tagged = fields
    .filter((field) => field.present && field.tag !== undefined)
    .sort((a, b) => a.tag! - b.tag!)
    .map((field) => ({ field, name: field.name, tag: field.tag!, encode: fieldEncoder(field, true) }))
  if (tagged.length === 0) return (out) => out.writeByte(0)
  return (out, value) => {
    const message = value as Record<string, unknown>
    const given = tagged.filter(({ field, name }) => !sameAsDefault(field, message[name]))
    writeUnsignedVarint(out, given.length)
    for (const { name, tag, encode } of given) {
      writeUnsignedVarint(out, tag)
      encodeSized(out, encode, message[name])
    }
  }
}

/** The encoder of a struct in one version, made once: a list of field encoders run in order. */
export const compileEncoder = (fields: readonly FieldShape[], flexible: boolean): Encode => {
  const plain = fields.filter((field) => field.present && field.tag === undefined)
  const names = plain.map((field) => field.name)
  const encoders = plain.map((field) => fieldEncoder(field, flexible))
  const encodeTags = flexible ? compileTagged(fields) : undefined
  return (out, value) => {
    const message = value as Record<string, unknown>
    for (let i = 0; i < names.length; i++) encoders[i]!(out, message[names[i]!])
    encodeTags?.(out, message)
  }
}
