import type { Random } from './random.ts'

/** Names of the columns, as models call their fields; the last is what they predict. */
export const columns = ['fixed acidity', 'volatile acidity', 'citric acid', 'residual sugar', 'chlorides', 'free sulfur dioxide',
  'total sulfur dioxide', 'density', 'pH', 'sulphates', 'alcohol'] as const

export const categories = ['3', '4', '5', '6', '7', '8'] as const

export interface Wine {
  /** In the order of {@link columns}. */
  readonly features: readonly number[]
  /** 3 to 8. */
  readonly quality: number
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

/**
 * An invented wine. The formula is plausible, not measured: alcohol, sulphates and a little citric acid please, volatile
 * acid, salt and too much sulfur do not, and taste differs. Quantities hang together as in a cellar (acid lowers pH,
 * alcohol lowers density, bound sulfur comes on top of free).
 */
const inventWine = (random: Random): Wine => {
  const fixed = clamp(random.normal(8.3, 1.6), 4.7, 15.5)
  const volatile = clamp(random.normal(0.53, 0.17), 0.12, 1.5)
  const citric = clamp(0.27 + 0.07 * (fixed - 8.3) - 0.5 * (volatile - 0.53) + random.normal(0, 0.12), 0, 0.95)
  const sugar = clamp(Math.exp(random.normal(0.85, 0.28)), 0.9, 15)
  const chlorides = clamp(Math.exp(random.normal(-2.5, 0.25)), 0.02, 0.6)
  const free = clamp(Math.exp(random.normal(2.6, 0.55)), 2, 70)
  const total = clamp(free + Math.exp(random.normal(3.2, 0.6)), 6, 280)
  const alcohol = clamp(9.2 + Math.exp(random.normal(0, 0.6)), 8.5, 14.8)
  const density = 0.9967 + 0.00055 * (fixed - 8.3) + 0.00035 * (sugar - 2.5) - 0.0008 * (alcohol - 10.4) + random.normal(0, 0.0006)
  const pH = clamp(3.31 - 0.06 * (fixed - 8.3) + random.normal(0, 0.11), 2.75, 4)
  const sulphates = clamp(Math.exp(random.normal(-0.45, 0.22)), 0.33, 1.95)
  const taste = 5.6 + 0.42 * (alcohol - 10.4) - 1.8 * (volatile - 0.53) + 1.1 * (Math.min(sulphates, 0.9) - 0.65) + 0.3 * citric
    - 2.2 * (chlorides - 0.085) - 0.0035 * (total - 45) - 0.25 * Math.max(0, 3.1 - pH) + random.normal(0, 0.5)
  return {
    features: [rounded(fixed, 1), rounded(volatile, 3), rounded(citric, 2), rounded(sugar, 1), rounded(chlorides, 3), Math.round(free),
      Math.round(total), rounded(density, 5), rounded(pH, 2), rounded(sulphates, 2), rounded(alcohol, 1)],
    quality: clamp(Math.round(taste), 3, 8),
  }
}

export const inventWines = (random: Random, count: number): Wine[] => Array.from({ length: count }, () => inventWine(random))

export const toCsv = (wines: readonly Wine[]): string => wines.map(({ features, quality }) => [...features, quality].join(';')).join('\n') + '\n'

/** Mean and standard deviation of each column. */
export const statisticsOf = (wines: readonly Wine[]): { means: number[], deviations: number[] } => {
  const means = columns.map((_, j) => wines.reduce((sum, { features }) => sum + features[j]!, 0) / wines.length)
  const deviations = columns.map((_, j) => Math.sqrt(wines.reduce((sum, { features }) => sum + (features[j]! - means[j]!) ** 2, 0) / wines.length))
  return { means, deviations }
}
