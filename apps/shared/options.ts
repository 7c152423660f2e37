import { BROKER_TIMEOUT_MS } from './kafka.ts'
import { storeWords } from './store-kind.ts'

/** Options that `server` and `start` share. */
export const storeOption = {
  type: 'string',
  choices: storeWords,
  describe: 'where state is kept: memory, standard (LevelDB) or custom [default: custom]',
} as const

/** How long to wait for the cluster. */
export const brokerTimeoutOption = { type: 'number', default: BROKER_TIMEOUT_MS, describe: 'ms to wait for a broker to answer' } as const

/**
 * Settings given as `NAME=VALUE`.
 * @throws {Error} for one that is not such a pair
 */
export const settingsOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      if (equals < 1) throw new Error(`--config takes NAME=VALUE, such as commit.interval.ms=500, not ${pair}`)
      return [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )

/** A whole number within limits. @throws {Error} that names the option */
export const wholeNumber = (option: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): number => {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`--${option} takes a whole number ${max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`}, not ${value}`)
}

export const portNumber = (option: string, value: number): number => wholeNumber(option, value, 0, 65_535)

