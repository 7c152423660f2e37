import type { Field, FieldType, Fields, Primitive } from './schema.ts'
import { inVersions } from './versions.ts'

/** One field as one version has it: what encoders and decoders are made from. */
export interface FieldShape {
  readonly name: string
  readonly type: TypeShape
  /** False: not in this version, only its default exists. */
  readonly present: boolean
  readonly nullable: boolean
  readonly tag: number | undefined
  /** What stands for the field when it is absent; frozen. `undefined` is null. */
  readonly absent: unknown
  /** What is written when the caller left the field out. */
  readonly fallback: unknown
}

export type TypeShape =
  | { readonly kind: Primitive }
  | { readonly kind: 'array'; readonly element: TypeShape }
  | { readonly kind: 'struct'; readonly fields: readonly FieldShape[] }

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'
const EMPTY_BYTES = Buffer.alloc(0)
const EMPTY_ARRAY = Object.freeze([])

const zeroOf = (type: TypeShape): unknown => {
  switch (type.kind) {
    case 'boolean':
      return false
    case 'string':
      return ''
    case 'uuid':
      return ZERO_UUID
    case 'bytes':
    case 'records':
      return EMPTY_BYTES
    case 'array':
      return EMPTY_ARRAY
    case 'struct':
      return Object.freeze(absentFields(type.fields))
    default:
      return 0
  }
}

/** An object of the struct with every field at its default. */
export const absentFields = (fields: readonly FieldShape[]): Record<string, unknown> =>
  Object.fromEntries(fields.map((field) => [field.name, field.absent]))

const typeShape = (field: FieldType, version: number): TypeShape => {
  if (typeof field === 'string') return { kind: field }
  if ('type' in field) return { kind: field.type }
  if ('struct' in field) return { kind: 'struct', fields: fieldShapes(field.struct, version) }
  const element = field.arrayOf
  return {
    kind: 'array',
    element: typeof element === 'string' ? { kind: element } : { kind: 'struct', fields: fieldShapes(element, version) },
  }
}

export const fieldShapes = (fields: Fields, version: number): FieldShape[] =>
  Object.entries(fields).map(([name, field]) => {
    const type = typeShape(field, version)
    const options: Partial<Field> = typeof field === 'string' ? {} : field
    const nullable = inVersions(options.nullable, version)
    const zero = options.default ?? zeroOf(type)
    return {
      name,
      type,
      nullable,
      present: options.versions === undefined || inVersions(options.versions, version),
      tag: options.tag,
      absent: options.nullable !== undefined ? options.default : zero,
      fallback: nullable ? options.default : zero,
    }
  })
