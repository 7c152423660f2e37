import { attribute, booleanAttribute, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, requiredChild, unsupportedAttribute, unsupportedElement, vectorNumbers, wordAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { boxed, isMissing, numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { parseText } from '../values.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

type Kernel = (x: Float64Array, y: Float64Array) => number

const dot: Kernel = (x, y) => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!
  return sum
}

const compileKernel = (model: XmlElement): Kernel => {
  const element = model.children.find(({ name }) => name.endsWith('KernelType'))
  switch (element?.name) {
    case 'LinearKernelType': return dot
    case 'PolynomialKernelType': {
      const [gamma, coef0, degree] = [numberAttribute(element, 'gamma', 1), numberAttribute(element, 'coef0', 1), numberAttribute(element, 'degree', 1)]
      return (x, y) => Math.pow(gamma * dot(x, y) + coef0, degree)
    }
    case 'RadialBasisKernelType': {
      const gamma = numberAttribute(element, 'gamma', 1)
      return (x, y) => {
        let squares = 0
        for (let i = 0; i < x.length; i++) squares += (x[i]! - y[i]!) * (x[i]! - y[i]!)
        return Math.exp(-gamma * squares)
      }
    }
    case 'SigmoidKernelType': {
      const [gamma, coef0] = [numberAttribute(element, 'gamma', 1), numberAttribute(element, 'coef0', 1)]
      return (x, y) => Math.tanh(gamma * dot(x, y) + coef0)
    }
    default: throw element === undefined ? invalid(model, 'SupportVectorMachineModel has no kernel', 'missing-element') : unsupportedElement(element, model)
  }
}

const missing = (name: string): ScoringError => new ScoringError('missing-value', `the value of field '${name}' is missing`)

const compileField = (element: XmlElement, scope: Scope): (() => number) => {
  if (element.name === 'FieldRef') {
    const name = requiredAttribute(element, 'field')
    const get = numbers(scope.field(name).expression)
    return () => {
      const value = get()
      if (value !== value) throw missing(name)
      return value
    }
  }
  if (element.name !== 'CategoricalPredictor') throw unsupportedElement(element)
  const name = requiredAttribute(element, 'name')
  const { expression } = scope.field(name)
  const text = requiredAttribute(element, 'value')
  const wanted = expression.kind === 'number' ? parseText(expression.type, text) : text
  const coefficient = numberAttribute(element, 'coefficient', 1)
  const [get, absent] = [boxed(expression), isMissing(expression)]
  return () => {
    if (absent()) throw missing(name)
    return get() === wanted ? coefficient : 0
  }
}

interface Machine {
  readonly target: string | undefined
  readonly alternate: string | undefined
  readonly threshold: number
  readonly evaluate: (values: Float64Array) => number
}

const compileMachine = (element: XmlElement, kernel: Kernel, vectors: ReadonlyMap<string, Float64Array>, threshold: number, isCoefficients: boolean): Machine => {
  const coefficients = requiredChild(element, 'Coefficients')
  const bias = numberAttribute(coefficients, 'absoluteValue', 0)
  const alphas = Float64Array.from(childrenOf(coefficients, 'Coefficient'), (coefficient) => numberAttribute(coefficient, 'value', 0))
  const machine = { target: attribute(element, 'targetCategory'), alternate: attribute(element, 'alternateTargetCategory'), threshold: numberAttribute(element, 'threshold', threshold) }
  if (isCoefficients) return { ...machine, evaluate: (values) => dot(alphas, values) + bias }
  const supports = childrenOf(requiredChild(element, 'SupportVectors'), 'SupportVector').map((support) => {
    const vector = vectors.get(requiredAttribute(support, 'vectorId'))
    if (vector === undefined) throw invalid(support, `there is no vector '${attribute(support, 'vectorId')}'`)
    return vector
  })
  if (supports.length !== alphas.length) throw invalid(element, `${supports.length} support vectors for ${alphas.length} coefficients`, 'invalid-element')
  return {
    ...machine,
    evaluate: (values) => {
      let sum = bias
      for (let i = 0; i < alphas.length; i++) sum += alphas[i]! * kernel(supports[i]!, values)
      return sum
    },
  }
}

/** Each machine votes for one of its two categories; of equals the one whose first vote came first. */
const voteByPairs = (machines: readonly Machine[], values: Float64Array, read: () => void, greaterWins: boolean) => {
  const outcome = new Outcome([...new Set(machines.flatMap(({ target, alternate }) => [target, alternate]).filter((category) => category !== undefined))])
  const { probabilities, indexOf, categories } = outcome
  return {
    outcome,
    evaluate: () => {
      read()
      probabilities.fill(NaN)
      const order: number[] = []
      let total = 0
      for (const { target, alternate, threshold, evaluate } of machines) {
        const value = evaluate(values)
        const category = (greaterWins ? value > threshold : value < threshold) ? target : alternate
        if (category === undefined) continue
        const i = indexOf.get(category)!
        if (probabilities[i] !== probabilities[i]) {
          probabilities[i] = 0
          order.push(i)
        }
        probabilities[i] = probabilities[i]! + 1
        total++
      }
      let best = order[0]
      for (const i of order) if (probabilities[i]! > probabilities[best!]!) best = i
      for (const i of order) probabilities[i] = probabilities[i]! / total
      outcome.hasProbabilities = total > 0
      outcome.setLabel(best === undefined ? undefined : categories[best])
    },
  }
}

/** One machine per category (the last one, if there are several); the least value wins, or the greatest with maxWins. */
const chooseOfAll = (all: readonly Machine[], values: Float64Array, read: () => void, greaterWins: boolean) => {
  const machines = [...new Map(all.map((machine) => [machine.target, machine])).values()]
  const outcome = new Outcome(machines.map(({ target }) => target!))
  return {
    outcome,
    evaluate: () => {
      read()
      let best = 0
      let bestValue = NaN
      for (let i = 0; i < machines.length; i++) {
        const value = machines[i]!.evaluate(values)
        if (i === 0 || (greaterWins ? value > bestValue : value < bestValue)) [best, bestValue] = [i, value]
      }
      outcome.setLabel(outcome.categories[best])
    },
  }
}

export const compileSupportVectorMachineModel: BodyCompiler = ({ element, scope, functionName }) => {
  const isStandard = scope.environment.semantics === 'specification'
  const isCoefficients = wordAttribute(element, 'svmRepresentation', ['SupportVectors', 'Coefficients']) === 'Coefficients'
  const maxWins = booleanAttribute(element, 'maxWins', false)
  if (!isStandard && isCoefficients) throw unsupportedAttribute(element, 'svmRepresentation')
  if (!isStandard && maxWins) throw unsupportedAttribute(element, 'maxWins')
  const dictionary = requiredChild(element, 'VectorDictionary')
  const fields = requiredChild(dictionary, 'VectorFields')
  expectChildren(fields, 'FieldRef', 'CategoricalPredictor')
  const inputs = fields.children.map((field) => compileField(field, scope))
  const vectors = new Map(childrenOf(dictionary, 'VectorInstance').map((instance) => {
    const array = instance.children[0]
    if (array === undefined) throw invalid(instance, 'VectorInstance has no values', 'missing-element')
    const values = vectorNumbers(array)
    if (values.length !== inputs.length) throw invalid(array, `a vector of ${values.length} values for ${inputs.length} fields`, 'invalid-element')
    return [requiredAttribute(instance, 'id'), Float64Array.from(values)]
  }))
  const threshold = numberAttribute(element, 'threshold', 0)
  const kernel = compileKernel(element)
  const machines = childrenOf(element, 'SupportVectorMachine').map((machine) => compileMachine(machine, kernel, vectors, threshold, isCoefficients))
  if (machines.length === 0) throw invalid(element, 'SupportVectorMachineModel has no SupportVectorMachine', 'missing-element')
  const values = new Float64Array(inputs.length)
  const read = (): void => { for (let i = 0; i < inputs.length; i++) values[i] = inputs[i]!() }

  if (functionName === 'regression') {
    const outcome = new Outcome()
    const [machine] = machines
    return { outcome, evaluate: () => { read(); outcome.setNumber(machine!.evaluate(values)) } }
  }
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  const method = attribute(element, 'classificationMethod') ?? 'OneAgainstAll'
  if (machines.some(({ target }) => target === undefined)) throw invalid(element, 'a SupportVectorMachine has no targetCategory', 'missing-attribute')
  if (method === 'OneAgainstOne') return voteByPairs(machines, values, read, maxWins)
  if (method === 'OneAgainstAll') return chooseOfAll(machines, values, read, maxWins)
  throw unsupportedAttribute(element, 'classificationMethod')
}

