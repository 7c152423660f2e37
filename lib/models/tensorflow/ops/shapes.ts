import { ScoringError } from '../../errors.ts'
import { allocate, elementTypeOf, sizeOf, stridesOf } from '../tensor.ts'
import { axisOf, constantNumbers, input, integer, integers, invalidGraph, nothing, unsupported } from '../operation.ts'
import type { Kernel, Operation } from '../operation.ts'
import type { Tensor } from '../tensor.ts'
import type { NodeDef } from '../graph-def.ts'

/** The same memory under another shape. */
const view = (tensor: Tensor, shape: readonly number[]): Kernel =>
  ({ outputs: [{ ...tensor, shape }], run: nothing })

/** Output elements copied from the positions of `index`; -1 leaves what is there. */
export const gatherElements = (from: Tensor, shape: readonly number[], index: Int32Array): Kernel => {
  const output = allocate(from.type, shape, from.isConstant)
  const [x, y] = [from.data, output.data]
  return { outputs: [output], run: () => { for (let i = 0; i < index.length; i++) if (index[i]! >= 0) y[i] = x[index[i]!]! } }
}

const constant = (tensor: Tensor): Kernel => ({ outputs: [tensor], run: nothing })

const reshape: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const shape = constantNumbers(node, inputs, 1)
  const open = shape.indexOf(-1)
  if (open >= 0) shape[open] = from.data.length / sizeOf(shape.filter((_, i) => i !== open))
  if (sizeOf(shape) !== from.data.length) throw invalidGraph(node, `cannot make [${shape.join(', ')}] of ${from.data.length} elements`)
  return view(from, shape)
}

const squeeze: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const axes = integers(node, 'squeeze_dims').map((axis) => axisOf(node, axis, from.shape.length))
  return view(from, from.shape.filter((size, i) => size !== 1 || (axes.length > 0 && !axes.includes(i))))
}

const expandDims: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const axis = axisOf(node, constantNumbers(node, inputs, 1)[0]!, from.shape.length + 1)
  return view(from, [...from.shape.slice(0, axis), 1, ...from.shape.slice(axis)])
}

const numbers = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor => {
  const tensor = allocate('int32', shape, true)
  tensor.data.set(values)
  return tensor
}

const concat: Operation = (node, inputs) => {
  const parts = node.op === 'ConcatV2' ? inputs.slice(0, -1) : inputs.slice(1)
  const first = input(node, parts, 0)
  const axis = axisOf(node, constantNumbers(node, inputs, node.op === 'ConcatV2' ? inputs.length - 1 : 0)[0]!, first.shape.length)
  const shape = first.shape.map((size, i) => i === axis ? parts.reduce((sum, part) => sum + part.shape[axis]!, 0) : size)
  const output = allocate(first.type, shape, parts.every((part) => part.isConstant))
  const inner = sizeOf(first.shape.slice(axis + 1))
  const outer = sizeOf(first.shape.slice(0, axis))
  const width = shape[axis]! * inner
  return {
    outputs: [output],
    run: () => {
      let offset = 0
      for (const part of parts) {
        const size = part.shape[axis]! * inner
        for (let i = 0; i < outer; i++) output.data.set(part.data.subarray(i * size, (i + 1) * size), i * width + offset)
        offset += size
      }
    },
  }
}

const pack: Operation = (node, inputs) => {
  const first = input(node, inputs, 0)
  const axis = axisOf(node, integer(node, 'axis', 0), first.shape.length + 1)
  const widened = inputs.map((tensor) => ({ ...tensor, shape: [...tensor.shape.slice(0, axis), 1, ...tensor.shape.slice(axis)] }))
  return concat({ ...node, op: 'ConcatV2' }, [...widened, numbers([axis], [])])
}

/** Element positions of a sub-block: `begin`, and size and step per dimension. */
const blockIndex = (from: Tensor, begin: readonly number[], sizes: readonly number[], steps: readonly number[]): Int32Array => {
  const strides = stridesOf(from.shape)
  const index = new Int32Array(sizeOf(sizes))
  const counter = new Array<number>(sizes.length).fill(0)
  for (let i = 0; i < index.length; i++) {
    index[i] = counter.reduce((at, position, d) => at + (begin[d]! + position * steps[d]!) * strides[d]!, 0)
    for (let d = sizes.length - 1; d >= 0 && ++counter[d]! === sizes[d]!; d--) counter[d] = 0
  }
  return index
}

const slice: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const begin = constantNumbers(node, inputs, 1)
  const sizes = constantNumbers(node, inputs, 2).map((size, i) => size < 0 ? from.shape[i]! - begin[i]! : size)
  return gatherElements(from, sizes, blockIndex(from, begin, sizes, sizes.map(() => 1)))
}

const stridedSlice: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const [begin, end, steps] = [constantNumbers(node, inputs, 1), constantNumbers(node, inputs, 2), constantNumbers(node, inputs, 3)]
  const bit = (name: string, i: number): boolean => (integer(node, name, 0) >> i & 1) === 1
  const [starts, sizes, strides, shape]: [number[], number[], number[], number[]] = [[], [], [], []]
  let dimension = 0
  const take = (start: number, count: number, step: number): void => {
    starts.push(start)
    sizes.push(count)
    strides.push(step)
    dimension++
  }
  const takeAll = (): void => {
    shape.push(from.shape[dimension]!)
    take(0, from.shape[dimension]!, 1)
  }
  for (let i = 0; i < begin.length; i++) {
    if (bit('ellipsis_mask', i)) {
      const later = begin.slice(i + 1).filter((_, k) => !bit('new_axis_mask', i + 1 + k)).length
      while (dimension < from.shape.length - later) takeAll()
      continue
    }
    if (bit('new_axis_mask', i)) {
      shape.push(1)
      continue
    }
    const size = from.shape[dimension]
    if (size === undefined) throw invalidGraph(node, 'more slices than dimensions')
    const step = steps[i]!
    const clamp = (value: number): number => {
      const positive = value < 0 ? value + size : value
      return step > 0 ? Math.min(Math.max(positive, 0), size) : Math.min(Math.max(positive, -1), size - 1)
    }
    if (bit('shrink_axis_mask', i)) {
      take(begin[i]! < 0 ? begin[i]! + size : begin[i]!, 1, 1)
      continue
    }
    const start = bit('begin_mask', i) ? (step > 0 ? 0 : size - 1) : clamp(begin[i]!)
    const stop = bit('end_mask', i) ? (step > 0 ? size : -1) : clamp(end[i]!)
    const count = Math.max(0, Math.ceil((stop - start) / step))
    shape.push(count)
    take(start, count, step)
  }
  while (dimension < from.shape.length) takeAll()
  return gatherElements(from, shape, blockIndex(from, starts, sizes, strides))
}

/** Parts of given sizes along an axis. */
const splitSizes = (node: NodeDef, from: Tensor, axis: number, sizes: readonly number[]): Kernel => {
  let offset = 0
  const parts = sizes.map((size) => {
    const begin = from.shape.map((_, i) => i === axis ? offset : 0)
    offset += size
    const shape = from.shape.map((whole, i) => i === axis ? size : whole)
    return gatherElements(from, shape, blockIndex(from, begin, shape, shape.map(() => 1)))
  })
  if (offset !== from.shape[axis]) throw invalidGraph(node, `sizes ${sizes.join(', ')} do not fill axis ${axis}`)
  return { outputs: parts.map((part) => part.outputs[0]!), run: () => { for (const part of parts) part.run() } }
}

const split: Operation = (node, inputs) => {
  const from = input(node, inputs, 1)
  const axis = axisOf(node, constantNumbers(node, inputs, 0)[0]!, from.shape.length)
  const count = integer(node, 'num_split', 1)
  return splitSizes(node, from, axis, new Array<number>(count).fill(from.shape[axis]! / count))
}

const splitV: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const axis = axisOf(node, constantNumbers(node, inputs, 2)[0]!, from.shape.length)
  const sizes = constantNumbers(node, inputs, 1)
  const rest = from.shape[axis]! - sizes.filter((size) => size >= 0).reduce((sum, size) => sum + size, 0)
  return splitSizes(node, from, axis, sizes.map((size) => size < 0 ? rest : size))
}

const unpack: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const axis = axisOf(node, integer(node, 'axis', 0), from.shape.length)
  const parts = splitSizes(node, from, axis, new Array<number>(from.shape[axis]!).fill(1))
  return { outputs: parts.outputs.map((part) => ({ ...part, shape: part.shape.filter((_, i) => i !== axis) })), run: parts.run }
}

const transpose: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const order = constantNumbers(node, inputs, 1).map((axis) => axisOf(node, axis, from.shape.length))
  const shape = order.map((axis) => from.shape[axis]!)
  const strides = stridesOf(from.shape)
  const index = new Int32Array(from.data.length)
  const counter = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < index.length; i++) {
    index[i] = counter.reduce((at, position, d) => at + position * strides[order[d]!]!, 0)
    for (let d = shape.length - 1; d >= 0 && ++counter[d]! === shape[d]!; d--) counter[d] = 0
  }
  return gatherElements(from, shape, index)
}

const pad: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const margins = constantNumbers(node, inputs, 1)
  const value = node.op === 'PadV2' ? constantNumbers(node, inputs, 2)[0]! : 0
  const shape = from.shape.map((size, i) => size + margins[2 * i]! + margins[2 * i + 1]!)
  const strides = stridesOf(from.shape)
  const index = new Int32Array(sizeOf(shape))
  const counter = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < index.length; i++) {
    let at = 0
    for (let d = 0; d < shape.length && at >= 0; d++) {
      const position = counter[d]! - margins[2 * d]!
      at = position < 0 || position >= from.shape[d]! ? -1 : at + position * strides[d]!
    }
    index[i] = at
    for (let d = shape.length - 1; d >= 0 && ++counter[d]! === shape[d]!; d--) counter[d] = 0
  }
  const kernel = gatherElements(from, shape, index)
  kernel.outputs[0]!.data.fill(value)
  return kernel
}

const tile: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const times = constantNumbers(node, inputs, 1)
  const shape = from.shape.map((size, i) => size * times[i]!)
  const strides = stridesOf(from.shape)
  const index = new Int32Array(sizeOf(shape))
  const counter = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < index.length; i++) {
    index[i] = counter.reduce((at, position, d) => at + position % from.shape[d]! * strides[d]!, 0)
    for (let d = shape.length - 1; d >= 0 && ++counter[d]! === shape[d]!; d--) counter[d] = 0
  }
  return gatherElements(from, shape, index)
}

const gather: Operation = (node, inputs) => {
  const [from, indices] = [input(node, inputs, 0), input(node, inputs, 1)]
  if (integer(node, 'batch_dims', 0) !== 0) throw unsupported(node, 'batch_dims is not supported')
  const axis = node.op === 'GatherV2' ? axisOf(node, constantNumbers(node, inputs, 2)[0]!, from.shape.length) : 0
  const shape = [...from.shape.slice(0, axis), ...indices.shape, ...from.shape.slice(axis + 1)]
  const output = allocate(from.type, shape, from.isConstant && indices.isConstant)
  const inner = sizeOf(from.shape.slice(axis + 1))
  const outer = sizeOf(from.shape.slice(0, axis))
  const [size, count] = [from.shape[axis]!, indices.data.length]
  return {
    outputs: [output],
    run: () => {
      for (let i = 0; i < outer; i++) {
        for (let k = 0; k < count; k++) {
          const at = indices.data[k]!
          if (!(at >= 0 && at < size)) throw new ScoringError('out-of-range', `node '${node.name}': index ${at} is outside of 0 to ${size - 1}`)
          const start = (i * size + at) * inner
          const to = (i * count + k) * inner
          for (let j = 0; j < inner; j++) output.data[to + j] = from.data[start + j]!
        }
      }
    },
  }
}

const fill: Operation = (node, inputs) => {
  const value = input(node, inputs, 1)
  const output = allocate(value.type, constantNumbers(node, inputs, 0), value.isConstant)
  return { outputs: [output], run: () => { output.data.fill(value.data[0]!) } }
}

const range: Operation = (node, inputs) => {
  const [start, limit, step] = [0, 1, 2].map((i) => constantNumbers(node, inputs, i)[0]!) as [number, number, number]
  const output = allocate(input(node, inputs, 0).type, [Math.max(0, Math.ceil((limit - start) / step))], true)
  for (let i = 0; i < output.data.length; i++) output.data[i] = start + i * step
  return constant(output)
}

const oneHot: Operation = (node, inputs) => {
  const [indices, on, off] = [input(node, inputs, 0), input(node, inputs, 2), input(node, inputs, 3)]
  const depth = constantNumbers(node, inputs, 1)[0]!
  const axis = integer(node, 'axis', -1)
  if (axis !== -1 && axis !== indices.shape.length) throw unsupported(node, `axis ${axis} is not supported`)
  const output = allocate(on.type, [...indices.shape, depth], indices.isConstant)
  return {
    outputs: [output],
    run: () => {
      output.data.fill(off.data[0]!)
      for (let i = 0; i < indices.data.length; i++) {
        const at = indices.data[i]!
        if (at >= 0 && at < depth) output.data[i * depth + at] = on.data[0]!
      }
    },
  }
}

const like = (value: number): Operation => (node, inputs) => {
  const from = input(node, inputs, 0)
  const output = allocate(from.type, from.shape, true)
  output.data.fill(value)
  return constant(output)
}

const broadcastTo: Operation = (node, inputs) => {
  const from = input(node, inputs, 0)
  const shape = constantNumbers(node, inputs, 1)
  const padded = { ...from, shape: [...new Array<number>(shape.length - from.shape.length).fill(1), ...from.shape] }
  return tile(node, [padded, numbers(shape.map((size, i) => padded.shape[i] === 1 ? size : 1))])
}

const identity: Operation = (node, inputs) => constant(input(node, inputs, 0))

export const shapes: Readonly<Record<string, Operation>> = {
  Identity: identity, StopGradient: identity, Snapshot: identity, CheckNumerics: identity, PreventGradient: identity,
  IdentityN: (_node, inputs) => ({ outputs: [...inputs], run: nothing }),
  NoOp: () => ({ outputs: [], run: nothing }),
  Reshape: reshape, Squeeze: squeeze, ExpandDims: expandDims, ConcatV2: concat, Concat: concat, Pack: pack, Unpack: unpack,
  Slice: slice, StridedSlice: stridedSlice, Split: split, SplitV: splitV, Transpose: transpose, Pad: pad, PadV2: pad, Tile: tile,
  Gather: gather, GatherV2: gather, Fill: fill, Range: range, OneHot: oneHot, ZerosLike: like(0), OnesLike: like(1), BroadcastTo: broadcastTo,
  Shape: (node, inputs) => {
    const { shape } = input(node, inputs, 0)
    const tensor = allocate(elementTypeOf(node.attr.out_type?.type ?? 3, node.name), [shape.length], true)
    tensor.data.set(shape)
    return constant(tensor)
  },
  Size: (node, inputs) => constant(numbers([input(node, inputs, 0).data.length], [])),
  Rank: (node, inputs) => constant(numbers([input(node, inputs, 0).shape.length], [])),
}

