import { attribute, childOf, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, requiredChild, requiredNumber, unsupportedAttribute, unsupportedElement } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { compileExpression, requiredExpression } from '../expressions.ts'
import { linearNorms } from '../mappings.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { simplemax, softmax } from './links.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

type Activation = (z: number) => number

const activations: Readonly<Record<string, Activation>> = {
  identity: (z) => z,
  logistic: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  exponential: Math.exp,
  reciprocal: (z) => 1 / z,
  square: (z) => z * z,
  Gauss: (z) => Math.exp(-(z * z)),
  sine: Math.sin,
  cosine: Math.cos,
  Elliott: (z) => z / (1 + Math.abs(z)),
  arctan: (z) => 2 * Math.atan(z) / Math.PI,
  rectifier: (z) => z > 0 ? z : 0,
}

const compileActivation = (element: XmlElement, name: string, threshold: number): Activation => {
  if (name === 'threshold') return (z) => z > threshold ? 1 : 0
  const found = activations[name]
  if (found === undefined) throw unsupportedAttribute(element, 'activationFunction')
  return found
}

/**
 * One layer over the network's array of neuron values: each neuron's connections are a run of `from` and `weights`.
 * Runs may lead to any earlier neuron, so networks that skip layers work too.
 */
interface Layer {
  readonly evaluate: () => void
}

interface Network {
  readonly values: Float64Array
  readonly indexOf: Map<string, number>
}

const compileLayer = (element: XmlElement, network: XmlElement, { values, indexOf }: Network, isStandard: boolean): Layer => {
  expectChildren(element, 'Neuron')
  const neurons = childrenOf(element, 'Neuron')
  const inherited = (name: string): string | undefined => attribute(element, name) ?? attribute(network, name)
  const name = inherited('activationFunction')
  if (name === undefined) throw invalid(element, 'no activationFunction is given', 'missing-attribute')
  const inheritedNumber = (key: string, fallback: number): number =>
    numberAttribute(element, key, numberAttribute(network, key, fallback))
  const method = inherited('normalizationMethod') ?? 'none'
  const first = indexOf.size
  const from: number[] = []
  const weights: number[] = []
  const starts: number[] = [0]
  for (const neuron of neurons) {
    for (const connection of childrenOf(neuron, 'Con')) {
      const source = indexOf.get(requiredAttribute(connection, 'from'))
      if (source === undefined || source >= first) throw invalid(connection, `connection from '${attribute(connection, 'from')}', which is no earlier neuron`)
      from.push(source)
      weights.push(requiredNumber(connection, 'weight'))
    }
    starts.push(from.length)
  }
  for (const neuron of neurons) {
    const id = requiredAttribute(neuron, 'id')
    if (indexOf.has(id)) throw invalid(neuron, `neuron '${id}' is declared twice`)
    indexOf.set(id, indexOf.size)
  }
  const [sources, factors, runs] = [Int32Array.from(from), Float64Array.from(weights), Int32Array.from(starts)]
  const count = neurons.length
  const results = values.subarray(first, first + count)
  const normalise = method === 'softmax' ? softmax : method === 'simplemax' ? simplemax : method === 'none' ? undefined : null
  if (normalise === null) throw unsupportedAttribute(element.attributes.has('normalizationMethod') ? element : network, 'normalizationMethod')

  if (name === 'radialBasis') {
    const ofNeuron = (key: string, fallback: number): Float64Array =>
      Float64Array.from(neurons, (neuron) => numberAttribute(neuron, key, inheritedNumber(key, fallback)))
    const widths = ofNeuron('width', NaN)
    if (widths.some(Number.isNaN)) throw invalid(element, 'radialBasis needs a width', 'missing-attribute')
    // The usual evaluator reads the altitude of the layer and the network, not that of the neuron.
    const altitudes = isStandard ? ofNeuron('altitude', 1) : new Float64Array(count).fill(inheritedNumber('altitude', 1))
    return {
      evaluate: () => {
        for (let i = 0; i < count; i++) {
          let squares = 0
          for (let j = runs[i]!; j < runs[i + 1]!; j++) {
            const difference = values[sources[j]!]! - factors[j]!
            squares += difference * difference
          }
          const fanIn = runs[i + 1]! - runs[i]!
          results[i] = Math.exp(fanIn * Math.log(altitudes[i]!) - squares / (2 * widths[i]! * widths[i]!))
        }
        normalise?.(results)
      },
    }
  }
  const activate = compileActivation(element, name, inheritedNumber('threshold', 0))
  const biases = Float64Array.from(neurons, (neuron) => numberAttribute(neuron, 'bias', 0))
  const sum = isDense(sources, runs) ? denseSum(values, results, biases, factors, sources[0] ?? 0) : sparseSum(values, results, biases, factors, sources, runs)
  return {
    evaluate: () => {
      sum()
      if (name === 'logistic') logistic(results)
      else if (name !== 'identity') for (let i = 0; i < count; i++) results[i] = activate(results[i]!)
      normalise?.(results)
    },
  }
}

/** Whether every neuron is connected to the same run of neurons, in order. */
const isDense = (sources: Int32Array, runs: Int32Array): boolean => {
  const width = runs.length > 1 ? runs[1]! : 0
  return width > 0 && runs.every((run, i) => run === i * width) && sources.every((source, j) => source === sources[0]! + j % width)
}

/** Two neurons at a time: their sums do not wait for each other, and each is added up in the document's order. */
const denseSum = (values: Float64Array, results: Float64Array, biases: Float64Array, weights: Float64Array, first: number) => {
  const count = biases.length
  const width = weights.length / count
  const inputs = values.subarray(first, first + width)
  return (): void => {
    let i = 0
    let j = 0
    for (; i + 1 < count; i += 2, j += 2 * width) {
      let one = biases[i]!
      let two = biases[i + 1]!
      for (let k = 0; k < width; k++) {
        const input = inputs[k]!
        one += weights[j + k]! * input
        two += weights[j + width + k]! * input
      }
      results[i] = one
      results[i + 1] = two
    }
    if (i === count) return
    let last = biases[i]!
    for (let k = 0; k < width; k++) last += weights[j + k]! * inputs[k]!
    results[i] = last
  }
}

const sparseSum = (values: Float64Array, results: Float64Array, biases: Float64Array, weights: Float64Array, sources: Int32Array, runs: Int32Array) => (): void => {
  let j = 0
  for (let i = 0; i < results.length; i++) {
    let z = biases[i]!
    for (const end = runs[i + 1]!; j < end; j++) z += weights[j]! * values[sources[j]!]!
    results[i] = z
  }
}

const logistic = (values: Float64Array): void => {
  for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]!))
}

/** What an output neuron stands for: a category, or a number to be taken back out of its normalisation. */
const compileOutput = (element: XmlElement): { category: string } | { decode: (value: number) => number } => {
  const expression = requiredExpression(requiredChild(element, 'DerivedField'))
  switch (expression.name) {
    case 'NormDiscrete': return { category: requiredAttribute(expression, 'value') }
    case 'FieldRef': return { decode: (value) => value }
    case 'NormContinuous': {
      const { orig, norm } = linearNorms(expression)
      return { decode: invert(orig, norm) }
    }
    default: throw unsupportedElement(expression, element)
  }
}

/** The inverse of piecewise linear interpolation; outside of the points there is none. */
const invert = (orig: readonly number[], norm: readonly number[]): ((value: number) => number) => (value) => {
  for (let i = 0; i + 1 < norm.length; i++) {
    const [a, b] = [norm[i]!, norm[i + 1]!]
    if (value >= Math.min(a, b) && value <= Math.max(a, b)) return orig[i]! + (value - a) / (b - a) * (orig[i + 1]! - orig[i]!)
  }
  if (value !== value) return NaN
  throw new ScoringError('not-implemented', `the network's output ${value} is outside of its NormContinuous`)
}

export const compileNeuralNetwork: BodyCompiler = ({ element, scope, functionName }) => {
  const inputElements = childrenOf(requiredChild(element, 'NeuralInputs'), 'NeuralInput')
  const layers = childrenOf(element, 'NeuralLayer')
  const size = inputElements.length + layers.reduce((sum, layer) => sum + childrenOf(layer, 'Neuron').length, 0)
  const network: Network = { values: new Float64Array(size), indexOf: new Map() }
  const inputs = inputElements.map((input) => {
    network.indexOf.set(requiredAttribute(input, 'id'), network.indexOf.size)
    return numbers(compileExpression(requiredExpression(requiredChild(input, 'DerivedField')), scope))
  })
  const compiled = layers.map((layer) => compileLayer(layer, element, network, scope.environment.semantics === 'specification'))
  const { values } = network

  /** False when an input is missing. */
  const run = (): boolean => {
    for (let i = 0; i < inputs.length; i++) {
      const value = inputs[i]!()
      if (value !== value) return false
      values[i] = value
    }
    for (let i = 0; i < compiled.length; i++) compiled[i]!.evaluate()
    return true
  }

  const outputs = childrenOf(childOf(element, 'NeuralOutputs') ?? element, 'NeuralOutput').map((output) => {
    const id = requiredAttribute(output, 'outputNeuron')
    const index = network.indexOf.get(id)
    if (index === undefined) throw invalid(output, `outputNeuron '${id}' does not exist`)
    return { id, index, ...compileOutput(output) }
  })
  if (functionName === 'regression') {
    const output = outputs[0]
    if (outputs.length !== 1 || output === undefined || !('decode' in output)) throw invalid(element, 'a regression network needs one NeuralOutput of a continuous field')
    const outcome = new Outcome()
    return { outcome, evaluate: () => { outcome.setNumber(run() ? output.decode(values[output.index]!) : NaN) } }
  }
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  const outcome = new Outcome(outputs.map((output) => {
    if (!('category' in output)) throw invalid(element, 'a classification network needs NeuralOutputs of categories')
    return output.category
  }))
  const indexes = Int32Array.from(outputs, ({ index }) => index)
  const ids = outputs.map(({ id }) => id)
  const { probabilities } = outcome
  return {
    outcome,
    evaluate: () => {
      if (!run()) {
        outcome.clear()
        return
      }
      for (let i = 0; i < indexes.length; i++) probabilities[i] = values[indexes[i]!]!
      outcome.setMostProbable()
      outcome.entityId = outcome.label === undefined ? undefined : ids[outcome.indexOf.get(outcome.label)!]
    },
  }
}
