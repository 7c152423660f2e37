import { encodeGraphDef } from '../../lib/models/tensorflow/graph-def.ts'
import type { DenseLayer } from './neural-network.ts'

const FLOAT = 1

const constant = (name: string, shape: readonly number[], values: readonly number[]): object => ({
  name, op: 'Const',
  attr: {
    dtype: { type: FLOAT },
    value: { tensor: { dtype: FLOAT, tensorShape: { dim: shape.map((size) => ({ size })) }, tensorContent: Buffer.from(Float32Array.from(values).buffer) } },
  },
})

const dense = (name: string, input: string, activation: string, { weights, biases }: DenseLayer): object[] => {
  const columns = weights[0]!.length
  const kernel = Array.from({ length: columns }, (_, i) => weights.map((row) => row[i]!)).flat()
  const T = { type: FLOAT }
  return [
    constant(`${name}/kernel`, [columns, weights.length], kernel),
    constant(`${name}/bias`, [weights.length], biases),
    { name: `${name}/MatMul`, op: 'MatMul', input: [input, `${name}/kernel`], attr: { T, transpose_a: { b: false }, transpose_b: { b: false } } },
    { name: `${name}/BiasAdd`, op: 'BiasAdd', input: [`${name}/MatMul`, `${name}/bias`], attr: { T } },
    { name: `${name}/${activation}`, op: activation, input: [`${name}/BiasAdd`], attr: { T } },
  ]
}

/** Standardisation belongs to the first layer: w·(x − m)/d = (w/d)·x − w·m/d. */
const absorb = ({ weights, biases }: DenseLayer, means: readonly number[], deviations: readonly number[]): DenseLayer => ({
  weights: weights.map((row) => row.map((weight, i) => weight / deviations[i]!)),
  biases: biases.map((bias, o) => bias - weights[o]!.reduce((sum, weight, i) => sum + weight * means[i]! / deviations[i]!, 0)),
})

/** A frozen graph: `wine` (n × 11) → dense, relu → dense, softmax over the qualities 0 to 9. */
export const denseGraph = ([first, second]: readonly [DenseLayer, DenseLayer], means: readonly number[], deviations: readonly number[]): Buffer =>
  encodeGraphDef([
    { name: 'wine', op: 'Placeholder', attr: { dtype: { type: FLOAT }, shape: { shape: { dim: [{ size: -1 }, { size: means.length }] } } } },
    ...dense('hidden', 'wine', 'Relu', absorb(first, means, deviations)),
    ...dense('quality', 'hidden/Relu', 'Softmax', second),
  ])
