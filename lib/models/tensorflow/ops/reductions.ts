import { allocate, elementTypeOf, sizeOf, stridesOf } from '../tensor.ts'
import { axisOf, constantNumbers, flag, input } from '../operation.ts'
import type { Operation } from '../operation.ts'

interface Reduction {
  readonly start: number
  readonly step: (sum: number, value: number) => number
  readonly finish?: (sum: number, count: number) => number
}

/** Combines all elements along the axes of the second input. */
const reduction = ({ start, step, finish }: Reduction): Operation => (node, inputs) => {
  const from = input(node, inputs, 0)
  const rank = from.shape.length
  const axes = new Set(constantNumbers(node, inputs, 1).map((axis) => axisOf(node, axis, rank)))
  const kept = from.shape.map((size, i) => axes.has(i) ? 1 : size)
  const shape = flag(node, 'keep_dims') ? kept : from.shape.filter((_, i) => !axes.has(i))
  const output = allocate(from.type, shape, from.isConstant)
  const strides = stridesOf(kept)
  const target = new Int32Array(from.data.length)
  const counter = new Array<number>(rank).fill(0)
  for (let i = 0; i < target.length; i++) {
    target[i] = counter.reduce((at, position, d) => axes.has(d) ? at : at + position * strides[d]!, 0)
    for (let d = rank - 1; d >= 0 && ++counter[d]! === from.shape[d]!; d--) counter[d] = 0
  }
  const sums = new Float64Array(output.data.length)
  const count = from.data.length / Math.max(sums.length, 1)
  const [x, y] = [from.data, output.data]
  return {
    outputs: [output],
    run: () => {
      sums.fill(start)
      for (let i = 0; i < target.length; i++) sums[target[i]!] = step(sums[target[i]!]!, x[i]!)
      for (let i = 0; i < sums.length; i++) y[i] = finish === undefined ? sums[i]! : finish(sums[i]!, count)
    },
  }
}

/** Position of the greatest (or least) element along an axis; the first of equals. */
const argument = (isBetter: (value: number, best: number) => boolean): Operation => (node, inputs) => {
  const from = input(node, inputs, 0)
  const axis = axisOf(node, constantNumbers(node, inputs, 1)[0] ?? 0, from.shape.length)
  const output = allocate(elementTypeOf(node.attr.output_type?.type ?? 9, node.name), from.shape.filter((_, i) => i !== axis), from.isConstant)
  const size = from.shape[axis]!
  const inner = sizeOf(from.shape.slice(axis + 1))
  const [x, y] = [from.data, output.data]
  return {
    outputs: [output],
    run: () => {
      for (let i = 0; i < y.length; i++) {
        const start = Math.floor(i / inner) * size * inner + i % inner
        let best = 0
        for (let k = 1; k < size; k++) if (isBetter(x[start + k * inner]!, x[start + best * inner]!)) best = k
        y[i] = best
      }
    },
  }
}

export const reductions: Readonly<Record<string, Operation>> = {
  Sum: reduction({ start: 0, step: (sum, value) => sum + value }),
  Mean: reduction({ start: 0, step: (sum, value) => sum + value, finish: (sum, count) => sum / count }),
  Prod: reduction({ start: 1, step: (product, value) => product * value }),
  Max: reduction({ start: -Infinity, step: (max, value) => Math.max(max, value) }),
  Min: reduction({ start: Infinity, step: (min, value) => Math.min(min, value) }),
  All: reduction({ start: 1, step: (all, value) => all & value }),
  Any: reduction({ start: 0, step: (any, value) => any | value }),
  ArgMax: argument((value, best) => value > best),
  ArgMin: argument((value, best) => value < best),
}
