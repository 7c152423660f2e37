/** Functions that `Math` lacks. Accuracy is close to double precision. */

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI)

/** Maclaurin series, for small arguments, where it converges quickly without cancellation. */
const erfSeries = (x: number): number => {
  const square = x * x
  let term = x
  let sum = x
  for (let n = 1; n < 200; n++) {
    term *= 2 * square / (2 * n + 1)
    sum += term
    if (term < sum * 1e-17) break
  }
  return twoOverSqrtPi * Math.exp(-square) * sum
}

/** Continued fraction of the complement (modified Lentz), for x > 0 that is not small. */
const erfcFraction = (x: number): number => {
  const tiny = 1e-300
  let f = x
  let c = x
  let d = 0
  for (let n = 1; n < 500; n++) {
    const a = n / 2
    d = x + a * d
    d = 1 / (d === 0 ? tiny : d)
    c = x + a / (c === 0 ? tiny : c)
    const delta = c * d
    f *= delta
    if (Math.abs(delta - 1) < 1e-16) break
  }
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / f
}

/** The error function. */
export const erf = (x: number): number => {
  if (x < 0) return -erf(-x)
  if (x < 2.5) return erfSeries(x)
  return x > 6 ? 1 : 1 - erfcFraction(x)
}

/** 1 - erf(x), exact also where that is tiny. */
export const erfc = (x: number): number => {
  if (x < 0) return 2 - erfc(-x)
  return x < 2.5 ? 1 - erfSeries(x) : erfcFraction(x)
}

export const normalCdf = (x: number, mean: number, deviation: number): number => 0.5 * erfc((mean - x) / (deviation * Math.SQRT2))

export const normalPdf = (x: number, mean: number, deviation: number): number => {
  const z = (x - mean) / deviation
  return Math.exp(-0.5 * z * z) / (deviation * Math.sqrt(2 * Math.PI))
}

/**
 * The inverse of {@link normalCdf}: bisection brackets the root, Newton steps finish it. Called rarely, so simple beats fast.
 */
export const normalIdf = (p: number, mean: number, deviation: number): number => {
  if (!(p >= 0 && p <= 1)) return NaN
  if (p === 0) return -Infinity
  if (p === 1) return Infinity
  let low = -40
  let high = 40
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2
    if (normalCdf(middle, 0, 1) < p) low = middle
    else high = middle
  }
  let z = (low + high) / 2
  for (let i = 0; i < 5; i++) {
    const density = normalPdf(z, 0, 1)
    if (density === 0) break
    z -= (normalCdf(z, 0, 1) - p) / density
  }
  return mean + deviation * z
}
