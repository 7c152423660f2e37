import { ModelError } from '../errors.ts'
import { toNumber } from './graph-def.ts'
import type { AttributeDef, NodeDef } from './graph-def.ts'
import type { Tensor } from './tensor.ts'

/** One node of a plan: its output tensors, and what fills them from the inputs. */
export interface Kernel {
  readonly outputs: readonly Tensor[]
  readonly run: () => void
}

/** Makes a node's kernel for inputs of known shapes. */
export type Operation = (node: NodeDef, inputs: readonly Tensor[]) => Kernel

export const nothing = (): void => {}

export const unsupported = (node: NodeDef, why: string): ModelError =>
  new ModelError('MILLRACE_MODEL_UNSUPPORTED', `node '${node.name}' (${node.op}): ${why}`)

export const invalidGraph = (node: NodeDef, why: string): ModelError =>
  new ModelError('MILLRACE_MODEL_INVALID', `node '${node.name}' (${node.op}): ${why}`)

const attributeOf = (node: NodeDef, name: string): AttributeDef | undefined => node.attr[name]

export const flag = (node: NodeDef, name: string): boolean => attributeOf(node, name)?.b ?? false

export const integer = (node: NodeDef, name: string, fallback: number): number => {
  const value = attributeOf(node, name)?.i
  return value === undefined ? fallback : toNumber(value)
}

export const real = (node: NodeDef, name: string, fallback: number): number => attributeOf(node, name)?.f ?? fallback

export const word = (node: NodeDef, name: string, fallback: string): string => {
  const bytes = attributeOf(node, name)?.s
  return bytes === undefined || bytes.byteLength === 0 ? fallback : new TextDecoder().decode(bytes)
}

export const integers = (node: NodeDef, name: string): number[] => (attributeOf(node, name)?.list?.i ?? []).map(toNumber)

/** The input at a position, which must be there. */
export const input = (node: NodeDef, inputs: readonly Tensor[], position: number): Tensor => {
  const tensor = inputs[position]
  if (tensor === undefined) throw invalidGraph(node, `input ${position} is missing`)
  return tensor
}

/** The numbers of an input on which the shape of the output depends: they must be known when the plan is made. */
export const constantNumbers = (node: NodeDef, inputs: readonly Tensor[], position: number): number[] => {
  const tensor = input(node, inputs, position)
  if (!tensor.isConstant) throw unsupported(node, `input ${position} decides on a shape and must not depend on the data`)
  return Array.from(tensor.data)
}

/** An axis counted from the front. */
export const axisOf = (node: NodeDef, axis: number, rank: number): number => {
  const positive = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(positive) || positive < 0 || positive >= Math.max(rank, 1)) throw invalidGraph(node, `there is no axis ${axis} in ${rank} dimensions`)
  return positive
}
