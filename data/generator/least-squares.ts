import { statisticsOf } from './wines.ts'
import type { Wine } from './wines.ts'

/** Solves a symmetric system by Gaussian elimination with pivoting. */
const solve = (matrix: number[][], right: number[]): number[] => {
  const n = right.length
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column + 1; row < n; row++) if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row
    ;[matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!]
    ;[right[column], right[pivot]] = [right[pivot]!, right[column]!]
    for (let row = column + 1; row < n; row++) {
      const factor = matrix[row]![column]! / matrix[column]![column]!
      for (let k = column; k < n; k++) matrix[row]![k]! -= factor * matrix[column]![k]!
      right[row]! -= factor * right[column]!
    }
  }
  const solution = new Array<number>(n).fill(0)
  for (let row = n - 1; row >= 0; row--) {
    let sum = right[row]!
    for (let k = row + 1; k < n; k++) sum -= matrix[row]![k]! * solution[k]!
    solution[row] = sum / matrix[row]![row]!
  }
  return solution
}

export interface LinearFit {
  readonly intercept: number
  readonly coefficients: readonly number[]
}

/** Ordinary least squares of `target` on all columns; standardised inside, so that the system is well conditioned. */
export const fitLinear = (wines: readonly Wine[], target: (wine: Wine) => number): LinearFit => {
  const { means, deviations } = statisticsOf(wines)
  const rows = wines.map(({ features }) => [1, ...features.map((value, j) => (value - means[j]!) / deviations[j]!)])
  const n = means.length + 1
  const matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)))
  const right = Array.from({ length: n }, (_, i) => rows.reduce((sum, row, k) => sum + row[i]! * target(wines[k]!), 0))
  const [constant = 0, ...scaled] = solve(matrix, right)
  const coefficients = scaled.map((value, j) => value / deviations[j]!)
  return { intercept: constant - coefficients.reduce((sum, value, j) => sum + value * means[j]!, 0), coefficients }
}
