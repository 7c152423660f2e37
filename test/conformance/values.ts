import { SerializationError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { Json } from './scenario.ts'
import { NotBuilt } from './scenario.ts'

/** 64-bit integers as the format has them: a number where it is exact, a bigint beyond. */
export type Long = number | bigint

export const toLong = (value: bigint): Long => {
  const wrapped = BigInt.asIntN(64, value)
  return wrapped >= Number.MIN_SAFE_INTEGER && wrapped <= Number.MAX_SAFE_INTEGER ? Number(wrapped) : wrapped
}

export const isNumber = (value: unknown): value is Long => typeof value === 'number' || typeof value === 'bigint'

const whole = (value: Long): bigint => BigInt(typeof value === 'number' ? Math.trunc(value) : value)

/** Java's `longValue` of a double: cut off, and held to the range of a long. */
export const longOf = (value: number): Long => {
  if (Number.isNaN(value)) return 0
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return Math.trunc(value)
  return value >= 2 ** 63 ? 2n ** 63n - 1n : value < -(2 ** 63) ? -(2n ** 63n) : toLong(BigInt(Math.trunc(value)))
}

const arithmetic =
  (exact: (a: bigint, b: bigint) => bigint, plain: (a: number, b: number) => number) =>
  (a: Long, b: Long): Long => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = plain(a, b)
      if (!Number.isInteger(result) || Number.isSafeInteger(result)) return result
    }
    return toLong(exact(whole(a), whole(b)))
  }

export const add = arithmetic(
  (a, b) => a + b,
  (a, b) => a + b,
)
export const subtract = arithmetic(
  (a, b) => a - b,
  (a, b) => a - b,
)
export const remainder = arithmetic(
  (a, b) => a % b,
  (a, b) => a % b,
)

/** A `double`: boxed, so that its text form keeps Java's `.0`. */
export class Double {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
  toString(): string {
    return Number.isInteger(this.value) && Math.abs(this.value) < 1e7 ? this.value.toFixed(1) : String(this.value)
  }
}

/** The end of a window that never ends is Java's largest long. */
const endJson = (end: number): Json => (end === Number.MAX_SAFE_INTEGER ? '9223372036854775807' : end)

/** The format's "text(x)". */
export const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return 'null'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (isWindowed(value)) return `${textOf(value.key)}@${value.window.start}-${String(endJson(value.window.end))}`
  return String(value)
}

interface WindowedLike {
  readonly key: unknown
  readonly window: { readonly start: number; readonly end: number }
}

export const isWindowed = (value: unknown): value is WindowedLike =>
  typeof value === 'object' && value !== null && 'window' in value && 'key' in value

const longSerde: Serde<Long> = {
  immutable: true,
  serializer: {
    serialize(_topic, data) {
      if (data === undefined || data === null) return undefined
      if (!isNumber(data)) throw new SerializationError(`a long serializer got ${textOf(data)}`)
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64BE(BigInt.asIntN(64, whole(data)))
      return bytes
    },
  },
  deserializer: {
    deserialize(_topic, data) {
      if (data === undefined) return undefined
      if (data.length !== 8) throw new SerializationError('Size of data received by LongDeserializer is not 8')
      return toLong(Buffer.from(data).readBigInt64BE())
    },
  },
}

const doubleSerde: Serde<Double> = {
  immutable: true,
  serializer: {
    serialize(_topic, data) {
      if (data === undefined || data === null) return undefined
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleBE(data.value)
      return bytes
    },
  },
  deserializer: {
    deserialize(_topic, data) {
      if (data === undefined) return undefined
      if (data.length !== 8) throw new SerializationError('Size of data received by Deserializer is not 8')
      return new Double(Buffer.from(data).readDoubleBE())
    },
  },
}

/** As the library's, with Java's words for data of another size: dead letters repeat them. */
const intSerde: Serde<number> = {
  ...Serdes.int,
  deserializer: {
    deserialize(topic, data) {
      if (data !== undefined && data.length !== 4) throw new SerializationError('Size of data received by IntegerDeserializer is not 4')
      return Serdes.int.deserializer.deserialize(topic, data)
    },
  },
}

const windowedPattern = /^(timeWindowed|sessionWindowed)\(([^,)]+)(?:,(\d+))?\)$/

/** The serde a scenario names. */
export const serdeOf = (name: string): Serde<unknown> => {
  if (windowedPattern.test(name)) return windowedSerde(name)
  switch (name) {
    case 'string':
      return Serdes.string as Serde<unknown>
    case 'long':
      return longSerde as Serde<unknown>
    case 'int':
      return intSerde as Serde<unknown>
    case 'double':
      return doubleSerde as Serde<unknown>
    case 'bytes':
      return Serdes.bytes as Serde<unknown>
    default:
      throw new NotBuilt(`serde ${name}`)
  }
}

/** Windowed serdes come with the windows; looked up by name so that this file does not need them to exist. */
const windowedSerde = (name: string): Serde<unknown> => {
  const [, kind, inner = '', size] = windowedPattern.exec(name) ?? []
  const factories = Serdes as unknown as Record<string, ((inner: Serde<unknown>, sizeMs: number) => Serde<unknown>) | undefined>
  const factory = factories[kind === 'timeWindowed' ? 'timeWindowed' : 'sessionWindowed']
  if (!factory) throw new NotBuilt(`serde ${name}`)
  return factory.call(Serdes, serdeOf(inner), Number(size))
}

const special = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** A value of a serde from its JSON form. */
export const fromJson = (serde: string, json: Json | undefined): unknown => {
  if (json === null || json === undefined) return undefined
  const windowed = windowedPattern.exec(serde)
  if (windowed) {
    const { key, start, end } = json as { key: Json; start: number; end: number }
    return { key: fromJson(windowed[2] ?? '', key), window: { start, end } }
  }
  if (serde === 'long') return typeof json === 'string' ? toLong(BigInt(json)) : json
  if (serde === 'double') return new Double(special.get(String(json)) ?? Number(json))
  if (serde === 'bytes') return Buffer.from(String(json), 'hex')
  return json
}

/** The JSON form of a value of a serde. */
export const toJson = (serde: string, value: unknown): Json => {
  if (value === undefined || value === null) return null
  if (isWindowed(value)) {
    return { key: toJson(windowedPattern.exec(serde)?.[2] ?? '', value.key), start: value.window.start, end: endJson(value.window.end) }
  }
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Double) return Number.isFinite(value.value) ? value.value : String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return value as Json
}

export class BadValue extends Error {
  constructor(what = 'bad') {
    super(`bad value: ${what}`)
    this.name = 'IllegalStateException'
  }
}
