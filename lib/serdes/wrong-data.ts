import { SerializationError } from '../core/errors.ts'

const shown = (value: unknown): string => {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'object' && value !== null) return `an object of type ${value.constructor?.name ?? 'Object'}`
  return `${typeof value} ${String(value)}`
}

/** The error for a value that a serializer cannot take. */
export const wrongValue = (serde: string, expected: string, value: unknown): SerializationError =>
  new SerializationError(`${serde} takes ${expected}, but got ${shown(value)}; use the serde that fits the type of the data`)

/** The error for bytes of a length that a deserializer does not know. */
export const wrongLength = (serde: string, expected: number, length: number): SerializationError =>
  new SerializationError(
    `${serde} reads ${expected} bytes, but the data has ${length}; it was written with another serializer`,
  )
