export interface BackoffOptions {
  /** The first pause, ms. */
  readonly baseMs: number
  /** The longest pause before jitter, ms. */
  readonly maxMs: number
}

/** How far a pause may be off its nominal length, so that many clients do not come back at the same instant. */
const JITTER = 0.2

/** The pause before attempt `attempt + 1` (0 = after the first failure), ms: doubles each time, with ±20 % jitter. */
export const backoffMs = (attempt: number, { baseMs, maxMs }: BackoffOptions, random: () => number = Math.random): number => {
  const nominal = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
  return Math.round(nominal * (1 - JITTER + 2 * JITTER * random()))
}
