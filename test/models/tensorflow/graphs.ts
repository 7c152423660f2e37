import { encodeGraphDef } from '../../../lib/models/tensorflow/graph-def.ts'

const FLOAT = 1
const INT32 = 3

export const placeholder = (name: string, ...shape: number[]): object =>
  ({ name, op: 'Placeholder', attr: { dtype: { type: FLOAT }, ...(shape.length > 0 && { shape: { shape: { dim: shape.map((size) => ({ size })) } } }) } })

export const floats = (name: string, shape: readonly number[], values: readonly number[]): object =>
  ({ name, op: 'Const', attr: { dtype: { type: FLOAT }, value: { tensor: { dtype: FLOAT, tensorShape: { dim: shape.map((size) => ({ size })) }, floatVal: values } } } })

export const ints = (name: string, shape: readonly number[], values: readonly number[]): object =>
  ({ name, op: 'Const', attr: { dtype: { type: INT32 }, value: { tensor: { dtype: INT32, tensorShape: { dim: shape.map((size) => ({ size })) }, intVal: values } } } })

export const node = (name: string, op: string, input: readonly string[], attr: object = {}): object => ({ name, op, input, attr })

export const graphBytes = (...nodes: object[]): Buffer => encodeGraphDef(nodes)
