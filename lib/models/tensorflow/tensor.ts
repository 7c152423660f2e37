import { ModelError } from '../errors.ts'
import { dimensionsOf, toNumber } from './graph-def.ts'
import type { TensorDef } from './graph-def.ts'

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

/** Types of elements. `int64` is kept in doubles (exact to 2^53), small integers in 32 bits. */
export type ElementType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool'

const elementTypes: Readonly<Record<number, ElementType>> = {
  1: 'float32', 2: 'float64', 3: 'int32', 4: 'int32', 5: 'int32', 6: 'int32', 9: 'int64', 10: 'bool', 14: 'float32', 19: 'float32',
}

/** A dense tensor, rows last. Its memory is fixed: a plan computes into it again and again. */
export interface Tensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly data: TypedArray
  /** Whether the content is the same for every run: then it is computed when the plan is made. */
  readonly isConstant: boolean
}

export const elementTypeOf = (number: number | undefined, node: string): ElementType => {
  const type = elementTypes[number ?? 1]
  if (type === undefined) throw new ModelError('MILLRACE_MODEL_UNSUPPORTED', `node '${node}': TensorFlow data type number ${number} is not supported`)
  return type
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

const maxElements = 1 << 28

export const allocate = (type: ElementType, shape: readonly number[], isConstant = false): Tensor => {
  const size = sizeOf(shape)
  if (!Number.isInteger(size) || size < 0 || size > maxElements) throw new ModelError('MILLRACE_MODEL_INVALID', `a tensor of shape [${shape.join(', ')}] cannot be made`)
  const data = type === 'float32' ? new Float32Array(size) : type === 'int32' ? new Int32Array(size)
    : type === 'bool' ? new Uint8Array(size) : new Float64Array(size)
  return { type, shape, data, isConstant }
}

/** The value of a `Const` node. */
export const constantTensor = (definition: TensorDef, node: string): Tensor => {
  const type = elementTypeOf(definition.dtype, node)
  const tensor = allocate(type, dimensionsOf(definition.tensorShape) ?? [], true)
  const { data } = tensor
  const { tensorContent: content } = definition
  if (content.byteLength > 0) readContent(definition.dtype, content, data, node)
  else {
    const listed = definition.dtype === 2 ? definition.doubleVal : definition.dtype === 9 ? definition.int64Val.map(toNumber)
      : definition.dtype === 10 ? definition.boolVal.map(Number) : definition.dtype === 1 ? definition.floatVal : definition.intVal
    // Fewer values than elements: the last one fills the rest.
    for (let i = 0; i < data.length; i++) data[i] = listed[Math.min(i, listed.length - 1)] ?? 0
  }
  return tensor
}

const widths: Readonly<Record<number, number>> = { 1: 4, 2: 8, 3: 4, 4: 1, 5: 2, 6: 1, 9: 8, 10: 1 }

const readContent = (dtype: number, content: Uint8Array, data: TypedArray, node: string): void => {
  const width = widths[dtype]
  if (width === undefined) throw new ModelError('MILLRACE_MODEL_UNSUPPORTED', `node '${node}': constants of data type number ${dtype} are not supported`)
  if (content.byteLength !== data.length * width) {
    throw new ModelError('MILLRACE_MODEL_MALFORMED', `node '${node}': ${content.byteLength} bytes for ${data.length} elements of ${width} bytes`)
  }
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  for (let i = 0; i < data.length; i++) {
    const at = i * width
    data[i] = dtype === 1 ? view.getFloat32(at, true) : dtype === 2 ? view.getFloat64(at, true) : dtype === 3 ? view.getInt32(at, true)
      : dtype === 9 ? Number(view.getBigInt64(at, true)) : dtype === 5 ? view.getInt16(at, true) : dtype === 6 ? view.getInt8(at) : view.getUint8(at)
  }
}

/** Distance in elements between neighbours along each dimension. */
export const stridesOf = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i]!
  }
  return strides
}
