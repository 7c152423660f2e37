import { normalCdf } from '../../math/special-functions.ts'

/** Inverse link functions: linear predictor → mean. */
export const inverseLinks: Readonly<Record<string, (eta: number) => number>> = {
  identity: (eta) => eta,
  none: (eta) => eta,
  log: Math.exp,
  exp: Math.exp,
  logit: (eta) => 1 / (1 + Math.exp(-eta)),
  softmax: (eta) => 1 / (1 + Math.exp(-eta)),
  probit: (eta) => normalCdf(eta, 0, 1),
  cloglog: (eta) => 1 - Math.exp(-Math.exp(eta)),
  loglog: (eta) => Math.exp(-Math.exp(-eta)),
  cauchit: (eta) => 0.5 + Math.atan(eta) / Math.PI,
  logc: (eta) => 1 - Math.exp(eta),
}

/** Values → shares that sum to 1 through exp; the greatest value is taken off first so that nothing overflows. */
export const softmax = (values: Float64Array): void => {
  let max = -Infinity
  for (let i = 0; i < values.length; i++) if (values[i]! > max) max = values[i]!
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i]! - max)
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / sum
}

/** Values → shares that sum to 1 by division. */
export const simplemax = (values: Float64Array): void => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / sum
}

/** Cumulative probabilities (the last is 1) → those of each category. */
export const fromCumulative = (values: Float64Array): void => {
  for (let i = values.length - 1; i > 0; i--) values[i] = values[i]! - values[i - 1]!
}
