import { ModelError, ScoringError } from '../errors.ts'
import { compileReader } from '../record-access.ts'
import { Graph } from './graph.ts'
import { propertyOf } from '../model.ts'
import type { Explanation, InputField, Model, ModelFactory, ModelSource, OutputValue, Score } from '../model.ts'
import type { Placeholder, Plan } from './graph.ts'
import type { Tensor, TypedArray } from './tensor.ts'

/** Shape of one row: open sizes are 1. */
const rowShape = ({ name, shape }: Placeholder, columns: number): readonly number[] => {
  if (shape === undefined) {
    if (columns === 0) throw new ModelError('MILLRACE_MODEL_INVALID', `the shape of input '${name}' is not in the graph; give a mapping with its columns`)
    return [1, columns]
  }
  return shape.map((size) => size < 0 ? 1 : size)
}

const wrongValue = (name: string, value: unknown): ScoringError =>
  new ScoringError(value === undefined || value === null ? 'missing-value' : 'value-check', `'${name}' must be a number and is ${String(value)}`)

/** Puts one number of the record into a place of the input. */
const acceptNumber = (data: TypedArray, at: number, name: string) => (raw: unknown): void => {
  const value = typeof raw === 'number' ? raw : typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : typeof raw === 'boolean' ? Number(raw) : NaN
  if (value !== value) throw wrongValue(name, raw)
  data[at] = value
}

/** Puts a list of the record, as long as the input, into it. */
const acceptList = (data: TypedArray, name: string) => (raw: unknown): void => {
  const list = raw as ArrayLike<number> | undefined | null
  if (list?.length !== data.length) throw wrongValue(name, raw)
  for (let i = 0; i < data.length; i++) data[i] = list[i]!
}

interface Inputs {
  readonly fields: InputField[]
  readonly properties: string[]
  readonly accept: ((raw: unknown) => void)[]
}

/** One input takes the columns of the mapping in their order; several inputs take a field or list of their own name each. */
const bindInputs = (graph: Graph, plan: Plan, mapping: ModelSource['mapping']): Inputs => {
  const bound: Inputs = { fields: [], properties: [], accept: [] }
  const bind = (name: string, property: string, size: number, accept: (raw: unknown) => void): void => {
    bound.fields.push({ name, dataType: 'float', ...(size > 1 && { size }) })
    bound.properties.push(property)
    bound.accept.push(accept)
  }
  const columns = Object.entries(mapping)
  const [first] = graph.placeholders
  const only = graph.placeholders.length === 1 && first !== undefined ? plan.feeds.get(first.name) : undefined
  if (only !== undefined && columns.length > 0) {
    if (columns.length !== only.data.length) {
      throw new ModelError('MILLRACE_MODEL_INVALID', `input '${first!.name}' takes ${only.data.length} numbers, but the mapping of its data type has ${columns.length} columns`)
    }
    columns.forEach(([name, property], i) => { bind(name, property, 1, acceptNumber(only.data, i, name)) })
    return bound
  }
  for (const [name, { data }] of plan.feeds) {
    bind(name, propertyOf(mapping, name), data.length, data.length === 1 ? acceptNumber(data, 0, name) : acceptList(data, name))
  }
  return bound
}

const argmax = (values: TypedArray): number => {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}

/** Single numbers are given out as such, more of them as the tensor's own memory. */
const outputsOf = (fetches: readonly Tensor[], names: readonly string[]): Record<string, OutputValue> | undefined =>
  fetches.every(({ data }) => data.length > 1) ? Object.freeze(Object.fromEntries(fetches.map(({ data }, i) => [names[i]!, data as Float32Array]))) : undefined

class TensorflowModel implements Model {
  readonly name: string
  readonly type = 'TENSORFLOW'
  readonly inputs: readonly InputField[]
  readonly #plan: Plan
  readonly #names: readonly string[]
  readonly #read: (record: object) => void
  readonly #first: TypedArray
  readonly #outputs: Record<string, OutputValue> | undefined
  #isClosed = false

  constructor(name: string, graph: Graph, plan: Plan, mapping: ModelSource['mapping']) {
    const { fields, properties, accept } = bindInputs(graph, plan, mapping)
    this.name = name
    this.inputs = fields
    this.#plan = plan
    this.#names = graph.outputs
    this.#read = compileReader(properties, accept)
    this.#first = plan.fetches[0]!.data
    this.#outputs = outputsOf(plan.fetches, graph.outputs)
  }

  score(record: object): Score {
    if (this.#isClosed) throw new ModelError('MILLRACE_MODEL_CLOSED', `model '${this.name}' is closed; load it again to score with it`)
    this.#read(record)
    this.#plan.run()
    const first = this.#first
    return { value: first.length === 1 ? first[0]! : argmax(first), outputs: this.#outputs ?? this.#mixedOutputs() }
  }

  explain(record: object): Explanation {
    return this.score(record)
  }

  close(): void {
    this.#isClosed = true
  }

  #mixedOutputs(): Record<string, OutputValue> {
    return Object.fromEntries(this.#plan.fetches.map(({ data }, i) => [this.#names[i]!, data.length === 1 ? data[0] : data as Float32Array]))
  }
}

/**
 * Makes a scorer of a frozen TensorFlow graph. The first output decides the score: its number, or the index of the
 * greatest of its numbers.
 * @throws {ModelError} when it is no graph, has no input or output, or uses operations that are not supported
 */
export const compileTensorflow = ({ name, bytes, mapping }: ModelSource): Model => {
  const graph = Graph.decode(bytes)
  if (graph.outputs.length === 0) throw new ModelError('MILLRACE_MODEL_INVALID', 'the graph computes nothing')
  if (graph.placeholders.length === 0) throw new ModelError('MILLRACE_MODEL_INVALID', 'the graph has no input (Placeholder)')
  const columns = Object.keys(mapping).length
  const plan = graph.plan(new Map(graph.placeholders.map((placeholder) => [placeholder.name, rowShape(placeholder, columns)])))
  plan.run()
  return new TensorflowModel(name, graph, plan, mapping)
}

export const tensorflowFactory: ModelFactory = { create: compileTensorflow }
