import { parseArgs } from 'node:util'

export const guarantees = ['exactly_once_v2', 'at_least_once'] as const
export type Guarantee = (typeof guarantees)[number]

export interface ChaosOptions {
  readonly minutes: number
  readonly seed: number
  /** Undefined: the embedded broker, in a process of its own. */
  readonly brokers: string | undefined
  /** A command that restarts the brokers, for the shell. */
  readonly restart: string | undefined
  readonly guarantees: readonly Guarantee[]
}

/** @throws {Error} for an unknown or wrong argument */
export const chaosOptions = (args: readonly string[]): ChaosOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      brokers: { type: 'string' },
      restart: { type: 'string' },
      guarantee: { type: 'string' },
    },
  })
  const minutes = Number(values.minutes)
  const seed = Number(values.seed)
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`)
  if (!Number.isInteger(seed)) throw new Error(`--seed must be a whole number, not ${values.seed}`)
  const chosen = guarantees.filter((guarantee) => values.guarantee === undefined || values.guarantee === guarantee)
  if (chosen.length === 0) throw new Error(`--guarantee must be ${guarantees.join(' or ')}, not ${values.guarantee}`)
  return { minutes, seed, brokers: values.brokers, restart: values.restart, guarantees: chosen }
}
