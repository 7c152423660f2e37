import { attribute, childrenOf, invalid, numberAttribute, parseNumber, requiredAttribute, requiredChild, requiredNumber, unsupportedAttribute, wordAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { compileMeasure, fieldWeight, rank } from './measures.ts'
import { readTrainingInstances } from './training-instances.ts'
import type { BodyCompiler, BodyContext } from '../outcome.ts'
import type { Measure } from './measures.ts'

interface Neighbours {
  readonly ids: readonly string[]
  /** The k nearest instances of the current record, nearest first. */
  readonly find: () => readonly number[]
  readonly distances: Float64Array
  readonly isSimilarity: boolean
  readonly target: readonly (string | undefined)[]
}

const compileNeighbours = (context: BodyContext): Neighbours => {
  const { element, scope, target } = context
  const k = requiredNumber(element, 'numberOfNeighbors')
  const inputs = childrenOf(requiredChild(element, 'KNNInputs'), 'KNNInput')
  const rows = readTrainingInstances(context, scope.environment.transformations)
  const names = inputs.map((input) => requiredAttribute(input, 'field'))
  const trained = names.map((name) => numbers(rows.scope.field(name).expression))
  const instances = Array.from({ length: rows.count }, (_, row) => {
    rows.select(row)
    return Float64Array.from(trained, (get) => get())
  })
  const idField = attribute(element, 'instanceIdVariable')
  const ids = instances.map((_, row) => (idField === undefined ? undefined : rows.text(row, idField)) ?? String(row + 1))
  const measure: Measure = compileMeasure(requiredChild(element, 'ComparisonMeasure'), inputs.map((input) => ({ element: input, weight: fieldWeight(input) })), scope.environment)
  const current = names.map((name) => numbers(scope.field(name).expression))
  const values = new Float64Array(current.length)
  const distances = new Float64Array(rows.count)
  if (target.name === undefined) throw invalid(element, 'a NearestNeighborModel needs a target field', 'missing-element')
  return {
    ids,
    distances,
    isSimilarity: measure.isSimilarity,
    target: instances.map((_, row) => rows.text(row, target.name!)),
    find: () => {
      for (let i = 0; i < current.length; i++) values[i] = current[i]!()
      for (let row = 0; row < instances.length; row++) distances[row] = measure.compare(values, instances[row]!)
      return rank(distances, measure.isSimilarity).slice(0, k)
    },
  }
}

const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Prediction from the targets and the distances of the nearest instances. */
type Scoring = (targets: readonly number[], distances: readonly number[]) => number

const compileScoring = (context: BodyContext): Scoring => {
  const { element } = context
  const threshold = numberAttribute(element, 'threshold', 0.001)
  switch (wordAttribute(element, 'continuousScoringMethod', ['average', 'median', 'weightedAverage'])) {
    case 'median': return medianOf
    case 'weightedAverage': return (targets, distances) => {
      let sum = 0
      let weights = 0
      for (let i = 0; i < targets.length; i++) {
        const weight = 1 / (distances[i]! + threshold)
        sum += weight * targets[i]!
        weights += weight
      }
      return sum / weights
    }
    default: return (targets) => targets.reduce((sum, target) => sum + target, 0) / targets.length
  }
}

/** Publishes the neighbours and their distances, which output fields ask for. */
const publish = (outcome: Outcome, { ids, distances, isSimilarity }: Neighbours, nearest: readonly number[]): void => {
  outcome.affinityIds = ids
  outcome.affinities = distances
  outcome.hasAffinities = true
  outcome.rankedIds = nearest.map((row) => ids[row]!)
  outcome.entityId = outcome.rankedIds[0]
  outcome.unknownAffinity = isSimilarity ? -Infinity : Infinity
}

const compileRegression = (context: BodyContext, neighbours: Neighbours) => {
  const outcome = new Outcome()
  const score = compileScoring(context)
  const targets = neighbours.target.map((text) => text === undefined ? NaN : parseNumber(text) ?? NaN)
  return {
    outcome,
    evaluate: () => {
      const nearest = neighbours.find()
      outcome.setNumber(score(nearest.map((row) => targets[row]!), nearest.map((row) => neighbours.distances[row]!)))
      publish(outcome, neighbours, nearest)
    },
  }
}

/** Categories of the instances by name: of equals the first wins. */
const categoriesOf = (neighbours: Neighbours): string[] => [...new Set(neighbours.target.filter((text) => text !== undefined))].sort()

const compileClassification = ({ element }: BodyContext, neighbours: Neighbours) => {
  const outcome = new Outcome(categoriesOf(neighbours))
  outcome.canHaveProbabilities = false
  const isWeighted = wordAttribute(element, 'categoricalScoringMethod', ['majorityVote', 'weightedMajorityVote']) === 'weightedMajorityVote'
  const threshold = numberAttribute(element, 'threshold', 0.001)
  return {
    outcome,
    evaluate: () => {
      const nearest = neighbours.find()
      const votes = new Map<string, number>()
      for (const row of nearest) {
        const category = neighbours.target[row]
        if (category === undefined) continue
        votes.set(category, (votes.get(category) ?? 0) + (isWeighted ? 1 / (neighbours.distances[row]! + threshold) : 1))
      }
      let best: string | undefined
      for (const category of outcome.categories) {
        const weight = votes.get(category)
        if (weight !== undefined && (best === undefined || weight > votes.get(best)!)) best = category
      }
      if (best === undefined) throw new ScoringError('undefined-result', 'no neighbour has a category')
      outcome.setLabel(best)
      publish(outcome, neighbours, nearest)
    },
  }
}

export const compileNearestNeighborModel: BodyCompiler = (context) => {
  const { element, functionName, target } = context
  const neighbours = compileNeighbours(context)
  const isContinuous = functionName === 'regression' || (functionName === 'mixed' && target.optype === 'continuous')
  if (isContinuous) return compileRegression(context, neighbours)
  if (functionName !== 'classification' && functionName !== 'mixed') throw unsupportedAttribute(element, 'functionName')
  return compileClassification(context, neighbours)
}
