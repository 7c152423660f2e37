import { allocate, sizeOf } from '../tensor.ts'
import { flag, input, integers, invalidGraph, real, unsupported, word } from '../operation.ts'
import type { Operation } from '../operation.ts'
import type { NodeDef } from '../graph-def.ts'
import type { Tensor } from '../tensor.ts'

/** How windows of one dimension lie on their input. */
interface Windows {
  readonly size: number
  readonly count: number
  readonly stride: number
  readonly dilation: number
  /** Elements before the first that the first window covers. */
  readonly before: number
  readonly input: number
}

const windows = (node: NodeDef, length: number, size: number, stride: number, dilation: number): Windows => {
  const padding = word(node, 'padding', 'VALID')
  const extent = (size - 1) * dilation + 1
  if (padding === 'VALID') return { size, count: Math.max(0, Math.floor((length - extent) / stride) + 1), stride, dilation, before: 0, input: length }
  if (padding !== 'SAME') throw unsupported(node, `padding ${padding} is not supported`)
  const count = Math.ceil(length / stride)
  const total = Math.max(0, (count - 1) * stride + extent - length)
  return { size, count, stride, dilation, before: Math.floor(total / 2), input: length }
}

const image = (node: NodeDef, inputs: readonly Tensor[]): { from: Tensor, batch: number, height: number, width: number, channels: number } => {
  if (word(node, 'data_format', 'NHWC') !== 'NHWC') throw unsupported(node, 'only data format NHWC is supported')
  const from = input(node, inputs, 0)
  if (from.shape.length !== 4) throw invalidGraph(node, 'takes a tensor of four dimensions')
  const [batch, height, width, channels] = from.shape as [number, number, number, number]
  return { from, batch, height, width, channels }
}

const pair = (values: readonly number[]): [number, number] => [values[1] ?? 1, values[2] ?? 1]

/** Calls `visit` for each place of a window that lies inside of the image. */
const eachPlace = (rows: Windows, columns: Windows, y: number, x: number, visit: (ky: number, kx: number, iy: number, ix: number) => void): void => {
  for (let ky = 0; ky < rows.size; ky++) {
    const iy = y * rows.stride - rows.before + ky * rows.dilation
    if (iy < 0 || iy >= rows.input) continue
    for (let kx = 0; kx < columns.size; kx++) {
      const ix = x * columns.stride - columns.before + kx * columns.dilation
      if (ix >= 0 && ix < columns.input) visit(ky, kx, iy, ix)
    }
  }
}

const convolution = (isDepthwise: boolean): Operation => (node, inputs) => {
  const { from, batch, height, width, channels } = image(node, inputs)
  const filter = input(node, inputs, 1)
  const [kh, kw, inner, outer] = filter.shape as [number, number, number, number]
  const [strideY, strideX] = pair(integers(node, 'strides'))
  const [dilationY, dilationX] = pair(integers(node, 'dilations'))
  if (inner !== channels) throw unsupported(node, `a filter of ${inner} channels on an image of ${channels} is not supported`)
  const rows = windows(node, height, kh, strideY, dilationY)
  const columns = windows(node, width, kw, strideX, dilationX)
  const depth = isDepthwise ? channels * outer : outer
  const output = allocate(from.type, [batch, rows.count, columns.count, depth], from.isConstant && filter.isConstant)
  const sums = new Float64Array(depth)
  const [x, w, y] = [from.data, filter.data, output.data]
  return {
    outputs: [output],
    run: () => {
      let at = 0
      for (let b = 0; b < batch; b++) {
        for (let oy = 0; oy < rows.count; oy++) {
          for (let ox = 0; ox < columns.count; ox++) {
            sums.fill(0)
            eachPlace(rows, columns, oy, ox, (ky, kx, iy, ix) => {
              const source = ((b * height + iy) * width + ix) * channels
              const kernel = (ky * kw + kx) * inner * outer
              for (let c = 0; c < channels; c++) {
                const value = x[source + c]!
                const start = kernel + c * outer
                const target = isDepthwise ? c * outer : 0
                for (let o = 0; o < outer; o++) sums[target + o] = sums[target + o]! + value * w[start + o]!
              }
            })
            y.set(sums, at)
            at += depth
          }
        }
      }
    },
  }
}

const pool = (start: number, step: (result: number, value: number) => number, isMean: boolean): Operation => (node, inputs) => {
  const { from, batch, height, width, channels } = image(node, inputs)
  const [sizeY, sizeX] = pair(integers(node, 'ksize'))
  const [strideY, strideX] = pair(integers(node, 'strides'))
  const rows = windows(node, height, sizeY, strideY, 1)
  const columns = windows(node, width, sizeX, strideX, 1)
  const output = allocate(from.type, [batch, rows.count, columns.count, channels], from.isConstant)
  const [x, y] = [from.data, output.data]
  return {
    outputs: [output],
    run: () => {
      let at = 0
      for (let b = 0; b < batch; b++) for (let oy = 0; oy < rows.count; oy++) for (let ox = 0; ox < columns.count; ox++) {
        for (let c = 0; c < channels; c++) {
          let result = start
          let count = 0
          eachPlace(rows, columns, oy, ox, (_ky, _kx, iy, ix) => {
            result = step(result, x[((b * height + iy) * width + ix) * channels + c]!)
            count++
          })
          y[at++] = isMean ? result / count : result
        }
      }
    },
  }
}

const batchNorm: Operation = (node, inputs) => {
  if (flag(node, 'is_training')) throw unsupported(node, 'is in training mode; freeze the graph for inference')
  const from = input(node, inputs, 0)
  const [scale, offset, mean, variance] = [1, 2, 3, 4].map((i) => input(node, inputs, i)) as [Tensor, Tensor, Tensor, Tensor]
  const epsilon = real(node, 'epsilon', 0.0001)
  const output = allocate(from.type, from.shape, from.isConstant && scale.isConstant)
  const channels = sizeOf(scale.shape)
  const [x, y] = [from.data, output.data]
  return {
    outputs: [output],
    run: () => {
      for (let i = 0; i < x.length; i++) {
        const c = i % channels
        y[i] = (x[i]! - mean.data[c]!) / Math.sqrt(variance.data[c]! + epsilon) * scale.data[c]! + offset.data[c]!
      }
    },
  }
}

export const images: Readonly<Record<string, Operation>> = {
  Conv2D: convolution(false), DepthwiseConv2dNative: convolution(true),
  MaxPool: pool(-Infinity, (max, value) => Math.max(max, value), false), AvgPool: pool(0, (sum, value) => sum + value, true),
  FusedBatchNorm: batchNorm, FusedBatchNormV2: batchNorm, FusedBatchNormV3: batchNorm,
}
