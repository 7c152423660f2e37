import { ModelError } from '../errors.ts'
import { decodeGraphDef, dimensionsOf } from './graph-def.ts'
import { invalidGraph, unsupported } from './operation.ts'
import { operations } from './ops/index.ts'
import { allocate, constantTensor, elementTypeOf } from './tensor.ts'
import type { NodeDef } from './graph-def.ts'
import type { Tensor } from './tensor.ts'

/** A graph made ready for inputs of certain shapes: memory is there, each run only computes. */
export interface Plan {
  /** Fill these, then run. */
  readonly feeds: ReadonlyMap<string, Tensor>
  /** What was asked for; overwritten by each run. */
  readonly fetches: readonly Tensor[]
  readonly run: () => void
}

export interface Placeholder {
  readonly name: string
  /** Sizes, -1 where they are open; `undefined`: not even their number is known. */
  readonly shape: readonly number[] | undefined
}

const isPlaceholder = ({ op }: NodeDef): boolean => op === 'Placeholder'

/** `name`, `name:output` or `^name` → name and number of the output. */
const parseReference = (reference: string): { name: string, output: number, isControl: boolean } => {
  const isControl = reference.startsWith('^')
  const [name = '', output] = (isControl ? reference.slice(1) : reference).split(':')
  return { name, output: output === undefined ? 0 : Number(output), isControl }
}

/** A frozen TensorFlow graph: constants and operations, no variables. */
export class Graph {
  readonly placeholders: readonly Placeholder[]
  /** Outputs that nothing else reads: what the graph is for, unless the caller knows better. */
  readonly outputs: readonly string[]
  readonly #nodes: ReadonlyMap<string, NodeDef>

  /** @throws {ModelError} `MILLRACE_MODEL_UNSUPPORTED` naming every operation that cannot be run */
  constructor(nodes: readonly NodeDef[]) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]))
    if (this.#nodes.size !== nodes.length) throw new ModelError('MILLRACE_MODEL_INVALID', 'two nodes of the graph have the same name')
    const missing = new Set(nodes.map(({ op }) => op).filter((op) => !['Const', 'Placeholder', 'PlaceholderWithDefault'].includes(op) && !operations.has(op)))
    if (missing.size > 0) {
      const first = nodes.find(({ op }) => missing.has(op))!
      throw new ModelError('MILLRACE_MODEL_UNSUPPORTED', `TensorFlow operations not supported: ${[...missing].join(', ')} (first at node '${first.name}')`)
    }
    const read = new Set(nodes.flatMap(({ input }) => input.map((reference) => parseReference(reference).name)))
    this.placeholders = nodes.filter(isPlaceholder).map((node) => ({ name: node.name, shape: this.#shapeOf(node) }))
    this.outputs = nodes.filter((node) => !read.has(node.name) && !isPlaceholder(node) && node.op !== 'Const' && node.op !== 'NoOp').map(({ name }) => name)
  }

  static decode(bytes: Uint8Array): Graph {
    return new Graph(decodeGraphDef(bytes))
  }

  /** Sizes of a placeholder; where the graph leaves the shape open, a matrix product on it tells the number of columns. */
  #shapeOf(node: NodeDef): readonly number[] | undefined {
    const declared = dimensionsOf(node.attr.shape?.shape)
    if (declared !== undefined && declared.length > 0) return declared
    for (const reader of this.#nodes.values()) {
      if (reader.op !== 'MatMul' || parseReference(reader.input[0] ?? '').name !== node.name) continue
      const kernel = this.#nodes.get(parseReference(reader.input[1] ?? '').name)
      const shape = dimensionsOf(kernel?.attr.value?.tensor?.tensorShape)
      if (shape !== undefined) return [-1, shape[reader.attr.transpose_b?.b === true ? 1 : 0]!]
    }
    return declared
  }

  /**
   * Allocates all tensors for inputs of the given shapes and orders the nodes.
   * @throws {ModelError} when shapes do not fit, or depend on the data
   */
  plan(shapes: ReadonlyMap<string, readonly number[]>, fetches: readonly string[] = this.outputs): Plan {
    const feeds = new Map<string, Tensor>()
    const done = new Map<string, readonly Tensor[]>()
    const steps: (() => void)[] = []
    const pending = new Set<string>()
    const feed = (node: NodeDef): readonly Tensor[] => {
      const shape = shapes.get(node.name)
      if (shape === undefined) throw invalidGraph(node, 'its shape must be given')
      const tensor = allocate(elementTypeOf(node.attr.dtype?.type, node.name), shape)
      feeds.set(node.name, tensor)
      return [tensor]
    }
    const make = (node: NodeDef): readonly Tensor[] => {
      if (node.op === 'Const') {
        const value = node.attr.value?.tensor
        if (value === undefined) throw invalidGraph(node, 'it has no value')
        return [constantTensor(value, node.name)]
      }
      const isFed = isPlaceholder(node) || (node.op === 'PlaceholderWithDefault' && shapes.has(node.name))
      if (isFed) return feed(node)
      const inputs = node.input.map(parseReference).filter(({ isControl }) => !isControl).map(({ name, output }) => {
        const tensor = resolve(name)[output]
        if (tensor === undefined) throw invalidGraph(node, `'${name}' has no output ${output}`)
        return tensor
      })
      if (node.op === 'PlaceholderWithDefault') return inputs
      const operation = operations.get(node.op)
      if (operation === undefined) throw unsupported(node, 'is not supported')
      const { outputs, run } = operation(node, inputs)
      // What does not depend on the feeds is computed here, once.
      if (outputs.every((output) => output.isConstant)) run()
      else steps.push(run)
      return outputs
    }
    const resolve = (name: string): readonly Tensor[] => {
      const known = done.get(name)
      if (known !== undefined) return known
      const node = this.#nodes.get(name)
      if (node === undefined) throw new ModelError('MILLRACE_MODEL_INVALID', `the graph has no node '${name}'`)
      if (pending.has(name)) throw invalidGraph(node, 'it depends on itself')
      pending.add(name)
      const outputs = make(node)
      done.set(name, outputs)
      return outputs
    }
    const wanted = fetches.map((reference) => {
      const { name, output } = parseReference(reference)
      const tensor = resolve(name)[output]
      if (tensor === undefined) throw new ModelError('MILLRACE_MODEL_INVALID', `'${name}' has no output ${output}`)
      return tensor
    })
    return { feeds, fetches: wanted, run: () => { for (let i = 0; i < steps.length; i++) steps[i]!() } }
  }
}
