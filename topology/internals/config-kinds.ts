import { ConfigError } from '../../lib/core/errors.ts'

/** How one setting is read: its default and the check that turns what came into its value. */
export interface Setting<T> {
  readonly default: T
  /** @throws {ConfigError} with the setting's name and what it takes */
  read(value: unknown, name: string): T
}

const shown = (value: unknown): string => (value === '' ? "''" : String(value))

/** `reason`: in Java's words, where Java checks the same. */
const refuse = (name: string, value: unknown, takes: string, reason = ''): never => {
  throw new ConfigError(`Invalid value ${shown(value)} for configuration ${name}: ${reason === '' ? '' : `${reason}; `}it takes ${takes}`)
}

interface Range {
  readonly min?: number
  readonly max?: number
  /** Java's type, for messages; default LONG. */
  readonly type?: 'INT' | 'LONG'
}

const INT_LIMIT = 2 ** 31

const inRange = (value: unknown, name: string, { min = -Infinity, max = Infinity, type = 'LONG' }: Range): number => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const isNumber = typeof number === 'number' && Number.isInteger(number) && (type === 'LONG' || (number >= -INT_LIMIT && number < INT_LIMIT))
  if (!isNumber || number < min || number > max) {
    const limits = `${min === -Infinity ? '' : ` of at least ${min}`}${max === Infinity ? '' : ` up to ${max}`}`
    const reason = !isNumber ? `Not a number of type ${type}` : number < min ? `Value must be at least ${min}` : `Value must be no more than ${max}`
    return refuse(name, value, `an integer${limits}`, reason)
  }
  return number
}

/** A whole number; text is read as one. Units are in the setting's name. */
export const integer = (byDefault: number, range: Range = {}): Setting<number> => ({
  default: byDefault,
  read: (value, name) => inRange(value, name, range),
})

export const optionalInteger = (range: Range = {}): Setting<number | undefined> => ({
  default: undefined,
  read: (value, name) => inRange(value, name, range),
})

export const boolean = (byDefault: boolean): Setting<boolean> => ({
  default: byDefault,
  read: (value, name) => {
    if (typeof value === 'boolean') return value
    const text = typeof value === 'string' ? value.toLowerCase() : ''
    return text === 'true' || (text === 'false' ? false : refuse(name, value, 'true or false', 'Expected value to be either true or false'))
  },
})

export const text = (byDefault: string): Setting<string> => ({
  default: byDefault,
  read: (value, name) => (typeof value === 'string' ? value : refuse(name, value, 'a string')),
})

export const optionalText = (): Setting<string | undefined> => ({
  default: undefined,
  read: (value, name) => (typeof value === 'string' ? value : refuse(name, value, 'a string')),
})

/** Text, or what has a text that nobody can mistake, such as a number. */
export const looseText = (minLength = 0): Setting<string> => ({
  default: '',
  read: (value, name) => {
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return isPlain && String(value).length >= minLength ? String(value) : refuse(name, value, 'a string')
  },
})

/** A number that need not be whole. */
export const real = (min = -Infinity, max = Infinity): Setting<number> => ({
  default: 0,
  read: (value, name) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && number >= min && number <= max ? number : refuse(name, value, `a number from ${min} to ${max}`)
  },
})

/** One of some words, as Kafka writes them. */
export const word = <T extends string>(byDefault: T, words: readonly T[]): Setting<T> => ({
  default: byDefault,
  read: (value, name) => {
    const plain = typeof value === 'string' ? value.trim() : value
    return words.find((each) => each === plain) ?? refuse(name, value, `one of ${words.join(', ')}`, `String must be one of: ${words.join(', ')}`)
  },
})

/** One of some words, whatever their case. */
export const anyCaseWord = <T extends string>(byDefault: T, words: readonly T[]): Setting<T> => ({
  default: byDefault,
  read: (value, name) => {
    const upper = typeof value === 'string' ? value.trim().toUpperCase() : value
    const shouted = words.map((each) => each.toUpperCase()).join(', ')
    return words.find((each) => each.toUpperCase() === upper) ?? refuse(name, value, `one of ${words.join(', ')}`, `String must be one of (case insensitive): ${shouted}`)
  },
})

/** One of some words, or nothing. */
export const optionalWord = <T extends string>(words: readonly T[]): Setting<T | undefined> => ({
  default: undefined,
  read: (value, name) => {
    const plain = typeof value === 'string' ? value.trim() : value
    return words.find((each) => each === plain) ?? refuse(name, value, `one of ${words.join(', ')}`, `String must be one of: null, ${words.join(', ')}`)
  },
})

/** A list, or text with commas. */
export const list = (byDefault: readonly string[] = []): Setting<readonly string[]> => ({
  default: byDefault,
  read: (value, name) => {
    if (typeof value === 'string') return value.split(',').map((item) => item.trim()).filter((item) => item !== '')
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    return refuse(name, value, 'a list of strings, or one string with commas')
  },
})

/** An object or function of ours where Java names a class. */
export const object = <T extends object>(takes: string, accepts: (value: object) => boolean): Setting<T | undefined> => ({
  default: undefined,
  read: (value, name) => {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    return isObject && accepts(value) ? (value as T) : refuse(name, value, takes)
  },
})

/** Kept as it came: a setting that only Java's own classes read, or that is passed on. */
export const opaque = (): Setting<unknown> => ({ default: undefined, read: (value) => value })
