import { arrayNumbers, childOf, childrenOf, invalid, numberAttribute, parseNumber, requiredChild, unsupportedAttribute, unsupportedElement } from '../elements.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { readTrainingInstances } from './training-instances.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

type Kernel = (x: Float64Array, y: Float64Array) => number

const kernelNames = ['RadialBasisKernel', 'ARDSquaredExponentialKernel', 'AbsoluteExponentialKernel', 'GeneralizedExponentialKernel']

/** Length scales: one for all fields, or one each. */
const lengthScales = (element: XmlElement, size: number): number[] => {
  const lambda = childOf(element, 'Lambda')
  if (lambda === undefined) return new Array<number>(size).fill(numberAttribute(element, 'lambda', 1))
  const scales = arrayNumbers(requiredChild(lambda, 'Array'))
  if (scales.length === 1) return new Array<number>(size).fill(scales[0]!)
  if (scales.length !== size) throw invalid(lambda, `${scales.length} length scales for ${size} fields`, 'invalid-element')
  return scales
}

const compileKernel = (element: XmlElement, size: number): Kernel => {
  const gamma = numberAttribute(element, 'gamma', 1)
  const scales = lengthScales(element, size)
  const sum = (term: (distance: number) => number): Kernel => (x, y) => {
    let total = 0
    for (let i = 0; i < x.length; i++) total += term(Math.abs(x[i]! - y[i]!) / scales[i]!)
    return total
  }
  switch (element.name) {
    case 'RadialBasisKernel': case 'ARDSquaredExponentialKernel': {
      const squares = sum((distance) => distance * distance)
      return (x, y) => gamma * Math.exp(-0.5 * squares(x, y))
    }
    case 'AbsoluteExponentialKernel': {
      const distances = sum((distance) => distance)
      return (x, y) => gamma * Math.exp(-distances(x, y))
    }
    default: {
      const degree = numberAttribute(element, 'degree', 1)
      const powers = sum((distance) => Math.pow(distance, degree))
      return (x, y) => gamma * Math.exp(-powers(x, y))
    }
  }
}

/** Lower triangle L of a positive definite matrix = L · Lᵀ. */
const cholesky = (matrix: readonly Float64Array[], element: XmlElement): Float64Array[] => {
  const lower = matrix.map((row) => new Float64Array(row.length))
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!
      else if (sum > 0) lower[i]![i] = Math.sqrt(sum)
      else throw invalid(element, 'the kernel matrix of the training instances is not positive definite')
    }
  }
  return lower
}

const solveLower = (lower: readonly Float64Array[], right: Float64Array): Float64Array => {
  const solution = new Float64Array(right.length)
  for (let i = 0; i < right.length; i++) {
    let sum = right[i]!
    for (let k = 0; k < i; k++) sum -= lower[i]![k]! * solution[k]!
    solution[i] = sum / lower[i]![i]!
  }
  return solution
}

const solveUpper = (lower: readonly Float64Array[], right: Float64Array): Float64Array => {
  const solution = new Float64Array(right.length)
  for (let i = right.length - 1; i >= 0; i--) {
    let sum = right[i]!
    for (let k = i + 1; k < right.length; k++) sum -= lower[k]![i]! * solution[k]!
    solution[i] = sum / lower[i]![i]!
  }
  return solution
}

/** Mean (the prediction) and standard deviation of the posterior. What depends on the training instances only is solved once. */
export const compileGaussianProcessModel: BodyCompiler = (context) => {
  const { element, scope, target, functionName } = context
  // The usual evaluator does not know this kind of model at all.
  if (scope.environment.semantics !== 'specification') throw unsupportedElement(element)
  if (functionName !== 'regression') throw unsupportedAttribute(element, 'functionName')
  const kernelElement = element.children.find(({ name }) => kernelNames.includes(name))
  if (kernelElement === undefined) throw invalid(element, 'GaussianProcessModel has no kernel', 'missing-element')
  const rows = readTrainingInstances(context, scope.environment.transformations)
  const fields = childrenOf(requiredChild(requiredChild(element, 'TrainingInstances'), 'InstanceFields'), 'InstanceField')
    .map((field) => field.attributes.get('field')!).filter((name) => name !== target.name)
  const kernel = compileKernel(kernelElement, fields.length)
  const noise = numberAttribute(kernelElement, 'noiseVariance', 1)
  const trained = fields.map((name) => numbers(rows.scope.field(name).expression))
  const points = Array.from({ length: rows.count }, (_, row) => {
    rows.select(row)
    return Float64Array.from(trained, (get) => get())
  })
  const targets = Float64Array.from(points, (_, row) => parseNumber(rows.text(row, target.name ?? '') ?? '') ?? NaN)
  const matrix = points.map((x, i) => Float64Array.from(points, (y, j) => kernel(x, y) + (i === j ? noise : 0)))
  const lower = cholesky(matrix, element)
  const weights = solveUpper(lower, solveLower(lower, targets))
  const inputs = fields.map((name) => numbers(scope.field(name).expression))
  const values = new Float64Array(inputs.length)
  const similarities = new Float64Array(points.length)
  const outcome = new Outcome()
  return {
    outcome,
    evaluate: () => {
      for (let i = 0; i < inputs.length; i++) values[i] = inputs[i]!()
      let mean = 0
      for (let i = 0; i < points.length; i++) {
        similarities[i] = kernel(values, points[i]!)
        mean += weights[i]! * similarities[i]!
      }
      outcome.setNumber(mean)
      const explained = solveLower(lower, similarities).reduce((sum, part) => sum + part * part, 0)
      outcome.standardDeviation = Math.sqrt(Math.max(0, kernel(values, values) - explained))
    },
  }
}

