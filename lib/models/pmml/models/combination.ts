import { ScoringError } from '../../errors.ts'
import { Outcome } from '../outcome.ts'
import type { Body } from '../outcome.ts'
import type { Segment } from './mining.ts'

export type Combination = 'majorityVote' | 'weightedMajorityVote' | 'average' | 'weightedAverage' | 'median' | 'weightedMedian' | 'max' | 'sum' | 'weightedSum'

const combinations: readonly string[] = ['majorityVote', 'weightedMajorityVote', 'average', 'weightedAverage', 'median', 'weightedMedian', 'max', 'sum', 'weightedSum']

export const isCombination = (method: string): method is Combination => combinations.includes(method)

export interface MissingPredictions {
  readonly missing: 'continue' | 'skipSegment' | 'returnMissing'
  /** Greatest share (0 to 1) of segments' weight that may be without an answer. */
  readonly threshold: number
}

/** Middle value; the mean of the two middle ones where there are two. Sorts in place. */
const medianOf = (values: number[]): number => {
  values.sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2
}

/** The value at which half of the weight is reached. */
const weightedMedianOf = (values: readonly number[], weights: readonly number[]): number => {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2
  let reached = 0
  for (const i of order) {
    reached += weights[i]!
    if (reached >= half) return values[i]!
  }
  return NaN
}

/**
 * Runs the segments that apply and calls `accept` for each answer. Returns false when there is no answer as a whole:
 * nothing applied, or too much is missing.
 */
const runSegments = (segments: readonly Segment[], { missing, threshold }: MissingPredictions, isWeighted: boolean,
  accept: (segment: Segment, weight: number) => void, onMissing: (weight: number) => boolean): (() => boolean) => () => {
  let total = 0
  let missed = 0
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!
    if (segment.predicate() !== 1) continue
    segment.model.evaluate()
    const weight = isWeighted ? segment.weight : 1
    total += weight
    if (segment.model.outcome.isPresent) {
      accept(segment, weight)
      continue
    }
    missed += weight
    if (missing === 'returnMissing') return false
    if (missing === 'continue' && !onMissing(weight)) return false
  }
  return total > 0 && !(missing === 'skipSegment' && missed / total > threshold)
}

const combineNumbers = (method: Combination, segments: readonly Segment[], options: MissingPredictions): Body | undefined => {
  const isWeighted = method.startsWith('weighted')
  const outcome = new Outcome()
  const plain = method.toLowerCase().replace('weighted', '')
  if (plain === 'median') {
    const values: number[] = []
    const weights: number[] = []
    const run = runSegments(segments, options, isWeighted, ({ model }, weight) => {
      values.push(model.outcome.number)
      weights.push(weight)
    }, () => false)
    return {
      outcome,
      evaluate: () => {
        values.length = weights.length = 0
        const isComplete = run()
        outcome.setNumber(!isComplete || values.length === 0 ? NaN : isWeighted ? weightedMedianOf(values, weights) : medianOf(values))
      },
    }
  }
  if (plain !== 'average' && plain !== 'sum') return undefined
  const total = { sum: 0, weight: 0 }
  const run = runSegments(segments, options, isWeighted, ({ model }, weight) => {
    total.sum += model.outcome.number * weight
    total.weight += weight
  }, () => false)
  const isAverage = plain === 'average'
  return {
    outcome,
    evaluate: () => {
      total.sum = total.weight = 0
      const isComplete = run()
      outcome.setNumber(!isComplete || total.weight === 0 ? NaN : isAverage ? total.sum / total.weight : total.sum)
    },
  }
}

const combineVotes = (segments: readonly Segment[], options: MissingPredictions, isWeighted: boolean): Body => {
  const categories = [...new Set(segments.flatMap(({ model }) => [...model.outcome.categories]))]
  const outcome = new Outcome(categories)
  const votes = outcome.probabilities
  const total = { votes: 0, missing: 0 }
  const run = runSegments(segments, options, isWeighted, ({ model }, weight) => {
    const i = outcome.indexOf.get(model.outcome.label!)!
    const before = votes[i]!
    votes[i] = before === before ? before + weight : weight
    total.votes += weight
  }, (weight) => {
    total.missing += weight
    return true
  })
  return {
    outcome,
    evaluate: () => {
      outcome.clear()
      votes.fill(NaN)
      total.votes = total.missing = 0
      if (!run()) return
      if (total.votes === 0) throw new ScoringError('evaluation', 'no segment voted for any category')
      outcome.setMostProbable()
      // A missing answer is a vote too: where it wins there is no prediction.
      if (total.missing > votes[outcome.indexOf.get(outcome.label!)!]!) {
        outcome.clear()
        return
      }
      for (let i = 0; i < votes.length; i++) votes[i] = votes[i]! / total.votes
    },
  }
}

/** Index maps from a segment's categories to those of the whole. */
const indexMaps = (segments: readonly Segment[], outcome: Outcome): ReadonlyMap<Segment, Int32Array> =>
  new Map(segments.map((segment) => [segment, Int32Array.from(segment.model.outcome.categories, (category) => outcome.indexOf.get(category)!)]))

const combineProbabilities = (segments: readonly Segment[], options: MissingPredictions, isWeighted: boolean): Body => {
  const outcome = new Outcome([...new Set(segments.flatMap(({ model }) => [...model.outcome.categories]))])
  const { probabilities } = outcome
  const maps = indexMaps(segments, outcome)
  const total = { weight: 0 }
  const run = runSegments(segments, options, isWeighted, (segment, weight) => {
    const map = maps.get(segment)!
    const part = segment.model.outcome.probabilities
    for (let i = 0; i < map.length; i++) {
      const value = part[i]!
      if (value !== value) continue
      const at = map[i]!
      const before = probabilities[at]!
      probabilities[at] = before === before ? before + value * weight : value * weight
    }
    total.weight += weight
  }, () => false)
  return {
    outcome,
    evaluate: () => {
      outcome.clear()
      probabilities.fill(NaN)
      total.weight = 0
      if (!run() || total.weight === 0) return
      for (let i = 0; i < probabilities.length; i++) probabilities[i] = probabilities[i]! / total.weight
      outcome.setMostProbable()
    },
  }
}

/**
 * Maximum or median per category decides the winner; the probabilities are the mean of those segments that have exactly
 * that value for it.
 */
const combineExtreme = (segments: readonly Segment[], options: MissingPredictions, pick: (values: number[]) => number): Body => {
  const outcome = new Outcome([...new Set(segments.flatMap(({ model }) => [...model.outcome.categories]))])
  const { probabilities, categories } = outcome
  const answered: Outcome[] = []
  const run = runSegments(segments, options, false, ({ model }) => { answered.push(model.outcome) }, () => false)
  return {
    outcome,
    evaluate: () => {
      outcome.clear()
      answered.length = 0
      if (!run() || answered.length === 0) return
      let winner = -1
      let best = -Infinity
      for (let i = 0; i < categories.length; i++) {
        const value = pick(answered.map((part) => part.probabilityOf(categories[i]!)))
        if (value > best) [winner, best] = [i, value]
      }
      let nearest = answered.filter((part) => part.probabilityOf(categories[winner]!) === best)
      if (nearest.length === 0) nearest = answered
      for (let i = 0; i < categories.length; i++) {
        probabilities[i] = nearest.reduce((sum, part) => sum + part.probabilityOf(categories[i]!), 0) / nearest.length
      }
      outcome.setMostProbable()
    },
  }
}

/** `undefined`: the method does not fit the function. */
export const compileCombination = (method: Combination, functionName: string, segments: readonly Segment[], options: MissingPredictions): Body | undefined => {
  if (functionName === 'regression') return combineNumbers(method, segments, options)
  switch (method) {
    case 'majorityVote': case 'weightedMajorityVote': return combineVotes(segments, options, method === 'weightedMajorityVote')
    case 'average': case 'weightedAverage': return combineProbabilities(segments, options, method === 'weightedAverage')
    case 'max': return combineExtreme(segments, options, (values) => Math.max(...values))
    case 'median': return combineExtreme(segments, options, medianOf)
    default: return undefined
  }
}
