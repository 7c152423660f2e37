import { erf, erfc } from '../../math/special-functions.ts'
import { allocate, elementTypeOf, sizeOf, stridesOf } from '../tensor.ts'
import { input, invalidGraph, real } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { NodeDef } from '../graph-def.ts'
import type { ElementType, TypedArray } from '../tensor.ts'

type Unary = (value: number) => number
type Binary = (left: number, right: number) => number

/** A loop of its own per function, so that each stays small and is compiled for one function. */
const unaryLoop = (compute: Unary): ((from: TypedArray, to: TypedArray) => void) => (from, to) => {
  for (let i = 0; i < to.length; i++) to[i] = compute(from[i]!)
}

const unary = (compute: Unary, type?: ElementType): Operation => (node, inputs) => {
  const from = input(node, inputs, 0)
  const output = allocate(type ?? from.type, from.shape, from.isConstant)
  const loop = unaryLoop(compute)
  return { outputs: [output], run: () => { loop(from.data, output.data) } }
}

/** The shape to which two shapes are stretched: sizes of 1 repeat. */
export const broadcastShape = (node: NodeDef, shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    let size = 1
    for (const shape of shapes) {
      const own = shape[i - (rank - shape.length)] ?? 1
      if (own === 1 || own === size) continue
      if (size !== 1) throw invalidGraph(node, `shapes [${shapes.map((each) => each.join(', ')).join('] and [')}] do not fit each other`)
      size = own
    }
    return size
  })
}

/** For every element of the stretched shape, where it comes from. */
export const broadcastIndex = (shape: readonly number[], target: readonly number[]): Int32Array => {
  const strides = stridesOf(shape)
  const offset = target.length - shape.length
  const index = new Int32Array(sizeOf(target))
  const counter = new Array<number>(target.length).fill(0)
  for (let i = 0; i < index.length; i++) {
    let at = 0
    for (let d = 0; d < shape.length; d++) if (shape[d] !== 1) at += counter[d + offset]! * strides[d]!
    index[i] = at
    for (let d = target.length - 1; d >= 0 && ++counter[d]! === target[d]!; d--) counter[d] = 0
  }
  return index
}

const sameShape = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((size, i) => size === right[i])

const binary = (compute: Binary, type?: ElementType): Operation => (node, inputs) => {
  const [left, right] = [input(node, inputs, 0), input(node, inputs, 1)]
  const shape = broadcastShape(node, [left.shape, right.shape])
  const output = allocate(type ?? left.type, shape, left.isConstant && right.isConstant)
  const [a, b, to] = [left.data, right.data, output.data]
  if (sameShape(left.shape, right.shape)) {
    return { outputs: [output], run: () => { for (let i = 0; i < to.length; i++) to[i] = compute(a[i]!, b[i]!) } }
  }
  const [indexA, indexB] = [broadcastIndex(left.shape, shape), broadcastIndex(right.shape, shape)]
  return { outputs: [output], run: () => { for (let i = 0; i < to.length; i++) to[i] = compute(a[indexA[i]!]!, b[indexB[i]!]!) } }
}

/** Adds one number per last dimension. */
const biasAdd: Operation = (node, inputs) => {
  const [from, bias] = [input(node, inputs, 0), input(node, inputs, 1)]
  const size = from.shape.at(-1)
  if (size === undefined || bias.shape.length !== 1 || bias.shape[0] !== size) throw invalidGraph(node, `cannot add ${bias.shape.join(' × ')} biases along ${size} columns`)
  const output = allocate(from.type, from.shape, from.isConstant && bias.isConstant)
  const [x, b, y] = [from.data, bias.data, output.data]
  return {
    outputs: [output],
    run: () => { for (let i = 0; i < y.length;) for (let j = 0; j < size; j++, i++) y[i] = x[i]! + b[j]! },
  }
}

/** The commonest activations have loops of their own, which need no call per element. */
const relu: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const output = allocate(from.type, from.shape, from.isConstant)
  const [x, y] = [from.data, output.data]
  return { outputs: [output], run: () => { for (let i = 0; i < y.length; i++) y[i] = x[i]! > 0 ? x[i]! : 0 } }
}

const sigmoid: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const output = allocate(from.type, from.shape, from.isConstant)
  const [x, y] = [from.data, output.data]
  return { outputs: [output], run: () => { for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-x[i]!)) } }
}

/** Condition, then, else; all stretched to one shape. */
const select: Operation = (node, inputs) => {
  const [condition, then, otherwise] = [input(node, inputs, 0), input(node, inputs, 1), input(node, inputs, 2)]
  // The older Select takes a condition per row of the first dimension.
  const wide = node.op === 'Select' && condition.shape.length === 1 && then.shape.length > 1
    ? [...condition.shape, ...then.shape.slice(1).map(() => 1)] : condition.shape
  const shape = broadcastShape(node, [wide, then.shape, otherwise.shape])
  const output = allocate(then.type, shape, [condition, then, otherwise].every((tensor) => tensor.isConstant))
  const [c, a, b] = [broadcastIndex(wide, shape), broadcastIndex(then.shape, shape), broadcastIndex(otherwise.shape, shape)]
  const to = output.data
  return {
    outputs: [output],
    run: () => { for (let i = 0; i < to.length; i++) to[i] = condition.data[c[i]!] !== 0 ? then.data[a[i]!]! : otherwise.data[b[i]!]! },
  }
}

const cast: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const type = elementTypeOf(node.attr.DstT?.type, node.name)
  const output = allocate(type, from.shape, from.isConstant)
  const isWhole = type === 'int32' || type === 'int64'
  const loop = unaryLoop(type === 'bool' ? (value) => value !== 0 ? 1 : 0 : isWhole ? Math.trunc : (value) => value)
  return { outputs: [output], run: () => { loop(from.data, output.data) } }
}

const addAll: Operation = (node, inputs) => {
  const first = input(node, inputs, 0)
  const output = allocate(first.type, first.shape, inputs.every((tensor) => tensor.isConstant))
  const to = output.data
  return {
    outputs: [output],
    run: () => {
      to.set(first.data)
      for (let k = 1; k < inputs.length; k++) for (let i = 0; i < to.length; i++) to[i] = to[i]! + inputs[k]!.data[i]!
    },
  }
}

const clip: Operation = (node, inputs) => {
  const [from, low, high] = [input(node, inputs, 0), input(node, inputs, 1), input(node, inputs, 2)]
  const output = allocate(from.type, from.shape, inputs.every((tensor) => tensor.isConstant))
  const to = output.data
  return { outputs: [output], run: () => { for (let i = 0; i < to.length; i++) to[i] = Math.min(Math.max(from.data[i]!, low.data[0]!), high.data[0]!) } }
}

/** Half to even, as TensorFlow rounds. */
const round = (value: number): number => {
  const floor = Math.floor(value)
  const fraction = value - floor
  if (fraction !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

const softplus = (value: number): number => value > 30 ? value : Math.log1p(Math.exp(value))
const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

export const leakyRelu: Operation = (node, inputs) => {
  const alpha = real(node, 'alpha', 0.2)
  return unary((value) => value > 0 ? value : value * alpha)(node, inputs)
}

const divideWhole = (a: number, b: number): number => Math.trunc(a / b)
const divide: Operation = (node, inputs) =>
  binary(input(node, inputs, 0).type.startsWith('int') && node.op === 'Div' ? divideWhole : (a, b) => a / b)(node, inputs)

export const elementWise: Readonly<Record<string, Operation>> = {
  Abs: unary(Math.abs), Neg: unary((x) => -x), Exp: unary(Math.exp), Expm1: unary(Math.expm1), Log: unary(Math.log), Log1p: unary(Math.log1p),
  Sqrt: unary(Math.sqrt), Rsqrt: unary((x) => 1 / Math.sqrt(x)), Square: unary((x) => x * x), Reciprocal: unary((x) => 1 / x), Inv: unary((x) => 1 / x),
  Sign: unary(Math.sign), Floor: unary(Math.floor), Ceil: unary(Math.ceil), Round: unary(round), Rint: unary(round),
  Sin: unary(Math.sin), Cos: unary(Math.cos), Tan: unary(Math.tan), Asin: unary(Math.asin), Acos: unary(Math.acos), Atan: unary(Math.atan),
  Sinh: unary(Math.sinh), Cosh: unary(Math.cosh), Tanh: unary(Math.tanh), Erf: unary(erf), Erfc: unary(erfc),
  Sigmoid: sigmoid, Relu: relu, Relu6: unary((x) => Math.min(Math.max(x, 0), 6)),
  Elu: unary((x) => x > 0 ? x : Math.expm1(x)), Selu: unary((x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x))),
  Softplus: unary(softplus), Softsign: unary((x) => x / (1 + Math.abs(x))), LeakyRelu: leakyRelu,
  IsNan: unary((x) => Number.isNaN(x) ? 1 : 0, 'bool'), IsFinite: unary((x) => Number.isFinite(x) ? 1 : 0, 'bool'),
  LogicalNot: unary((x) => 1 - x, 'bool'),
  Add: binary((a, b) => a + b), AddV2: binary((a, b) => a + b), BiasAdd: biasAdd, Sub: binary((a, b) => a - b), Mul: binary((a, b) => a * b),
  RealDiv: divide, Div: divide, DivNoNan: binary((a, b) => b === 0 ? 0 : a / b), FloorDiv: binary((a, b) => Math.floor(a / b)),
  FloorMod: binary((a, b) => a - Math.floor(a / b) * b), Mod: binary((a, b) => a % b), Pow: binary(Math.pow),
  Maximum: binary((a, b) => Math.max(a, b)), Minimum: binary((a, b) => Math.min(a, b)), SquaredDifference: binary((a, b) => (a - b) * (a - b)),
  Atan2: binary(Math.atan2),
  Less: binary((a, b) => a < b ? 1 : 0, 'bool'), LessEqual: binary((a, b) => a <= b ? 1 : 0, 'bool'),
  Greater: binary((a, b) => a > b ? 1 : 0, 'bool'), GreaterEqual: binary((a, b) => a >= b ? 1 : 0, 'bool'),
  Equal: binary((a, b) => a === b ? 1 : 0, 'bool'), NotEqual: binary((a, b) => a !== b ? 1 : 0, 'bool'),
  LogicalAnd: binary((a, b) => a & b, 'bool'), LogicalOr: binary((a, b) => a | b, 'bool'),
  Select: select, SelectV2: select, Cast: cast, AddN: addAll, ClipByValue: clip,
}

