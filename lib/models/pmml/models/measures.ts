import { ScoringError } from '../../errors.ts'
import { arrayNumbers, attribute, childOf, childrenOf, invalid, invalidAttribute, numberAttribute, requiredChild, requiredNumber, unsupportedAttribute, unsupportedElement } from '../elements.ts'
import type { Environment } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

/** How far one value is from another. */
type Compare = (x: number, y: number) => number

/** Compares a record with an entity: two vectors of one length, NaN where the record has nothing. */
export interface Measure {
  readonly isSimilarity: boolean
  readonly compare: (values: Float64Array, entity: Float64Array) => number
}

/** One field's part in a comparison. */
export interface MeasuredField {
  readonly element: XmlElement
  readonly weight: number
}

const compileTable = (field: XmlElement): Compare => {
  const rows = childrenOf(requiredChild(requiredChild(field, 'Comparisons'), 'Matrix'), 'Array').map(arrayNumbers)
  return (x, y) => rows[x]?.[y] ?? NaN
}

const compileCompare = (field: XmlElement, name: string): Compare => {
  switch (name) {
    case 'absDiff': return (x, y) => Math.abs(x - y)
    case 'gaussSim': {
      const scale = requiredNumber(field, 'similarityScale')
      return (x, y) => Math.exp(-Math.LN2 * (x - y) * (x - y) / (scale * scale))
    }
    case 'delta': return (x, y) => x === y ? 0 : 1
    case 'equal': return (x, y) => x === y ? 1 : 0
    case 'table': return compileTable(field)
    default: throw unsupportedAttribute(field, 'compareFunction')
  }
}

/** How the fields' differences become one number. */
interface Metric {
  readonly start: number
  readonly add: (sum: number, weight: number, difference: number) => number
  readonly finish: (sum: number) => number
}

const compileMetric = (element: XmlElement): Metric => {
  switch (element.name) {
    case 'euclidean': return { start: 0, add: (sum, weight, c) => sum + weight * c * c, finish: Math.sqrt }
    case 'squaredEuclidean': return { start: 0, add: (sum, weight, c) => sum + weight * c * c, finish: (sum) => sum }
    case 'cityBlock': return { start: 0, add: (sum, weight, c) => sum + weight * c, finish: (sum) => sum }
    case 'chebychev': return { start: 0, add: (max, weight, c) => Math.max(max, weight * c), finish: (max) => max }
    case 'minkowski': {
      const p = requiredNumber(element, 'p-parameter')
      if (!(p > 0)) throw invalid(element, `p-parameter is ${p}, not a positive number`, 'invalid-attribute')
      return { start: 0, add: (sum, weight, c) => sum + weight * Math.pow(c, p), finish: (sum) => Math.pow(sum, 1 / p) }
    }
    default: throw unsupportedElement(element)
  }
}

const compileDistance = (measure: XmlElement, metricElement: XmlElement, fields: readonly MeasuredField[], missingWeights: readonly number[]): Measure['compare'] => {
  const fallback = attribute(measure, 'compareFunction') ?? 'absDiff'
  // These need parameters that only a field has.
  if ((fallback === 'gaussSim' || fallback === 'table') && fields.some(({ element }) => !element.attributes.has('compareFunction'))) throw invalidAttribute(measure, 'compareFunction')
  const compares = fields.map(({ element }) => compileCompare(element, attribute(element, 'compareFunction') ?? fallback))
  const weights = Float64Array.from(fields, ({ weight }) => weight)
  const { start, add, finish } = compileMetric(metricElement)
  const shares = Float64Array.from(missingWeights)
  const whole = shares.reduce((sum, share) => sum + share, 0)
  return (values, entity) => {
    let sum = start
    let present = 0
    for (let i = 0; i < compares.length; i++) {
      const value = values[i]!
      if (value !== value) continue
      sum = add(sum, weights[i]!, compares[i]!(value, entity[i]!))
      present += shares[i]!
    }
    if (present === 0) throw new ScoringError('undefined-result', 'all fields that are compared are missing')
    // Fields that are missing count as if they differed as much as those that are there.
    return finish(present === whole ? sum : sum * (whole / present))
  }
}

interface Counts {
  both: number
  first: number
  second: number
  none: number
}

const compileSimilarity = (element: XmlElement): ((counts: Counts) => number) => {
  switch (element.name) {
    case 'simpleMatching': return ({ both, first, second, none }) => (both + none) / (both + first + second + none)
    case 'jaccard': return ({ both, first, second }) => both / (both + first + second)
    case 'tanimoto': return ({ both, first, second, none }) => (both + none) / (both + 2 * (first + second) + none)
    case 'binarySimilarity': {
      const [c00, c01, c10, c11, d00, d01, d10, d11] = ['c00', 'c01', 'c10', 'c11', 'd00', 'd01', 'd10', 'd11']
        .map((name) => requiredNumber(element, `${name}-parameter`)) as [number, number, number, number, number, number, number, number]
      return ({ both, first, second, none }) =>
        (c11 * both + c10 * first + c01 * second + c00 * none) / (d11 * both + d10 * first + d01 * second + d00 * none)
    }
    default: throw unsupportedElement(element)
  }
}

const compileBinary = (element: XmlElement, size: number): Measure['compare'] => {
  const similarity = compileSimilarity(element)
  const counts: Counts = { both: 0, first: 0, second: 0, none: 0 }
  return (values, entity) => {
    counts.both = counts.first = counts.second = counts.none = 0
    for (let i = 0; i < size; i++) {
      const [x, y] = [values[i]!, entity[i]!]
      if (x !== x) continue
      if (x === 1) counts[y === 1 ? 'both' : 'first']++
      else counts[y === 1 ? 'second' : 'none']++
    }
    return similarity(counts)
  }
}

/** Compiles a `ComparisonMeasure` over the given fields. */
export const compileMeasure = (measure: XmlElement, fields: readonly MeasuredField[], { semantics }: Environment, missingWeights?: readonly number[]): Measure => {
  const table = fields.find(({ element }) => attribute(element, 'compareFunction') === 'table')
  if (table !== undefined && semantics === 'default') throw unsupportedAttribute(table.element, 'compareFunction')
  const metric = measure.children[0]
  if (metric === undefined) throw invalid(measure, 'ComparisonMeasure has no metric', 'missing-element')
  const kind = attribute(measure, 'kind')
  if (kind === 'distance') {
    return { isSimilarity: false, compare: compileDistance(measure, metric, fields, missingWeights ?? fields.map(() => 1)) }
  }
  if (kind !== 'similarity') throw unsupportedAttribute(measure, 'kind')
  return { isSimilarity: true, compare: compileBinary(metric, fields.length) }
}

/** Positions of the entities from the nearest to the farthest; of equals the earlier first. */
export const rank = (affinities: Float64Array, isSimilarity: boolean): number[] => {
  const order = Array.from(affinities, (_, i) => i)
  return order.sort(isSimilarity ? (a, b) => affinities[b]! - affinities[a]! || a - b : (a, b) => affinities[a]! - affinities[b]! || a - b)
}

export const fieldWeight = (element: XmlElement): number => numberAttribute(element, 'fieldWeight', 1)

export const missingWeightsOf = (model: XmlElement): number[] | undefined => {
  const element = childOf(model, 'MissingValueWeights')
  return element === undefined ? undefined : arrayNumbers(requiredChild(element, 'Array'))
}
