import { ConfigError } from '../core/errors.ts'

type Raw = Readonly<Record<string, unknown>>

/** Reads the settings of one of the clients inside by Kafka's dotted names. Absent ones are undefined: the client's default. */
export class SettingsReader {
  readonly #settings: Raw

  constructor(settings: Raw) {
    this.#settings = settings
  }

  /** @throws {ConfigError} when the value is not a whole number */
  number(name: string): number | undefined {
    const value = this.#settings[name]
    if (value == null) return undefined
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number)) throw invalid(name, value, 'a whole number')
    return number
  }

  /** @throws {ConfigError} when the value is neither a boolean nor one of the words true and false */
  boolean(name: string): boolean | undefined {
    const value = this.#settings[name]
    if (value == null || typeof value === 'boolean') return value ?? undefined
    if (value === 'true' || value === 'false') return value === 'true'
    throw invalid(name, value, 'true or false')
  }

  text(name: string): string | undefined {
    const value = this.#settings[name]
    return value == null ? undefined : String(value)
  }

  /** A setting that is a function here and the name of a class in Java. @throws {ConfigError} when it is none */
  function<F extends (...args: never[]) => unknown>(name: string): F | undefined {
    const value = this.#settings[name]
    if (value == null) return undefined
    if (typeof value !== 'function') throw invalid(name, value, 'a function')
    return value as F
  }

  /** @throws {ConfigError} when the value is none of `words` */
  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const known = words.find((word) => word === value)
    if (known === undefined) throw invalid(name, value, `one of ${words.join(', ')}`)
    return known
  }
}

const invalid = (name: string, value: unknown, wanted: string): ConfigError =>
  new ConfigError(`Invalid value ${String(value)} for configuration ${name}: it takes ${wanted}`)
