import { allocate } from '../tensor.ts'
import { flag, input, invalidGraph } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { TypedArray } from '../tensor.ts'

/** `out` (m × n) = `a` (m × k) · `b` (k × n), with either side taken as its transpose. */
const multiply = (a: TypedArray, b: TypedArray, out: TypedArray, m: number, k: number, n: number, transposeA: boolean,
  aOffset = 0, bOffset = 0, outOffset = 0): void => {
  for (let i = 0; i < m; i++) {
    const row = outOffset + i * n
    for (let j = 0; j < n; j++) out[row + j] = 0
    for (let l = 0; l < k; l++) {
      const factor = a[aOffset + (transposeA ? l * m + i : i * k + l)]!
      const from = bOffset + l * n
      for (let j = 0; j < n; j++) out[row + j] = out[row + j]! + factor * b[from + j]!
    }
  }
}

/** A matrix with rows and columns exchanged, for a constant factor: done once. */
const transposed = (matrix: TypedArray, rows: number, columns: number): Float64Array => {
  const result = new Float64Array(matrix.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]!
  return result
}

/** The usual case, a layer's constant weights: they lie column by column, so that each result is one run over two runs. */
const productWithColumns = (a: TypedArray, columns: Float64Array, out: TypedArray, m: number, k: number, n: number) => (): void => {
  for (let i = 0; i < m; i++) {
    let at = 0
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0, from = i * k; l < k; l++) sum += a[from++]! * columns[at++]!
      out[i * n + j] = sum
    }
  }
}

/** Sums are made in double precision and rounded once: closer to the truth than single precision throughout. */
const matMul: Operation = (node, inputs) => {
  const [left, right] = [input(node, inputs, 0), input(node, inputs, 1)]
  if (left.shape.length !== 2 || right.shape.length !== 2) throw invalidGraph(node, 'takes two matrices')
  const [transposeA, transposeB] = [flag(node, 'transpose_a'), flag(node, 'transpose_b')]
  const [m, k] = transposeA ? [left.shape[1]!, left.shape[0]!] : [left.shape[0]!, left.shape[1]!]
  const [k2, n] = transposeB ? [right.shape[1]!, right.shape[0]!] : [right.shape[0]!, right.shape[1]!]
  if (k !== k2) throw invalidGraph(node, `cannot multiply ${m} × ${k} by ${k2} × ${n}`)
  const output = allocate(left.type, [m, n], left.isConstant && right.isConstant)
  if (right.isConstant && !transposeA) {
    const columns = transposeB ? Float64Array.from(right.data) : transposed(right.data, k, n)
    return { outputs: [output], run: productWithColumns(left.data, columns, output.data, m, k, n) }
  }
  const sums = new Float64Array(m * n)
  const to = output.data
  return {
    outputs: [output],
    run: () => {
      multiply(left.data, transposeB ? transposed(right.data, n, k) : right.data, sums, m, k, n, transposeA)
      to.set(sums)
    },
  }
}

const batchMatMul: Operation = (node, inputs) => {
  const [left, right] = [input(node, inputs, 0), input(node, inputs, 1)]
  const [adjointA, adjointB] = [flag(node, 'adj_x'), flag(node, 'adj_y')]
  const rank = left.shape.length
  const batch = left.shape.slice(0, -2)
  if (rank < 2 || right.shape.length !== rank || batch.some((size, i) => size !== right.shape[i])) throw invalidGraph(node, 'takes two stacks of matrices of equal size')
  const [r1, c1, r2, c2] = [left.shape[rank - 2]!, left.shape[rank - 1]!, right.shape[rank - 2]!, right.shape[rank - 1]!]
  const [m, k] = adjointA ? [c1, r1] : [r1, c1]
  const [k2, n] = adjointB ? [c2, r2] : [r2, c2]
  if (k !== k2) throw invalidGraph(node, `cannot multiply ${m} × ${k} by ${k2} × ${n}`)
  const output = allocate(left.type, [...batch, m, n], left.isConstant && right.isConstant)
  const count = batch.reduce((product, size) => product * size, 1)
  const sums = new Float64Array(count * m * n)
  return {
    outputs: [output],
    run: () => {
      for (let i = 0; i < count; i++) {
        const b = adjointB ? transposed(right.data.subarray(i * k * n, (i + 1) * k * n), n, k) : right.data
        multiply(left.data, b, sums, m, k, n, adjointA, i * m * k, adjointB ? 0 : i * k * n, i * m * n)
      }
      output.data.set(sums)
    },
  }
}

/** Along the last dimension; `finish` turns exp(x − max) and their sum into the result. */
const softmaxLike = (isLog: boolean): Operation => (node, inputs) => {
  const from = input(node, inputs, 0)
  const output = allocate(from.type, from.shape, from.isConstant)
  const size = from.shape.at(-1) ?? 1
  const [x, y] = [from.data, output.data]
  return {
    outputs: [output],
    run: () => {
      for (let start = 0; start < x.length; start += size) {
        let max = -Infinity
        for (let i = start; i < start + size; i++) if (x[i]! > max) max = x[i]!
        let sum = 0
        for (let i = start; i < start + size; i++) sum += Math.exp(x[i]! - max)
        const log = Math.log(sum)
        for (let i = start; i < start + size; i++) y[i] = isLog ? x[i]! - max - log : Math.exp(x[i]! - max) / sum
      }
    },
  }
}

export const matrices: Readonly<Record<string, Operation>> = {
  MatMul: matMul, BatchMatMul: batchMatMul, BatchMatMulV2: batchMatMul, Softmax: softmaxLike(false), LogSoftmax: softmaxLike(true),
}
