import { ScoringError } from '../../errors.ts'
import { Outcome } from '../outcome.ts'
import type { Body } from '../outcome.ts'
import type { Segment } from './mining.ts'

export type Combination = 'majorityVote' | 'weightedMajorityVote' | 'average' | 'weightedAverage' | 'median' | 'weightedMedian' | 'max' | 'sum' | 'weightedSum'

export interface MissingPredictions {
  readonly missing: 'continue' | 'skipSegment' | 'returnMissing'
  /** Greatest share (0 to 1) of segments' weight that may be without an answer. */
  readonly threshold: number
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

/** The middle value, or the lower of the two middle ones. */
const lowerMedianOf = (values: readonly number[]): number => sorted(values)[(values.length - 1) >> 1]!

/** Middle value; the mean of the two middle ones where there are two. */
const medianOf = (unsorted: readonly number[]): number => {
  const values = sorted(unsorted)
  const middle = values.length >> 1
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2
}

const maxOf = (values: readonly number[]): number => Math.max(...values)

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
    total += segment.weight
    if (segment.model.outcome.isPresent) {
      accept(segment, weight)
      continue
    }
    // The share that is missing is one of weight, whether the method goes by weight or not.
    missed += segment.weight
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
  // Of equals the category wins that got its first vote earliest.
  const order: number[] = []
  const total = { votes: 0, missing: 0 }
  const run = runSegments(segments, options, isWeighted, ({ model }, weight) => {
    const i = outcome.indexOf.get(model.outcome.label!)!
    if (votes[i] !== votes[i]) {
      votes[i] = 0
      order.push(i)
    }
    votes[i] = votes[i]! + weight
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
      total.votes = total.missing = order.length = 0
      if (!run()) return
      if (total.votes === 0) throw new ScoringError('evaluation', 'no segment voted for any category')
      let best = order[0]!
      for (const i of order) if (votes[i]! > votes[best]!) best = i
      // A missing answer is a vote too: where it wins there is no prediction.
      if (total.missing > votes[best]!) return
      outcome.hasProbabilities = true
      outcome.setLabel(categories[best])
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
 * that value for it (of two middle values, the lower).
 */
const combineExtreme = (segments: readonly Segment[], options: MissingPredictions,
  pick: (values: readonly number[]) => number, select: (values: readonly number[]) => number): Body => {
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
      const wanted = select(answered.map((part) => part.probabilityOf(categories[winner]!)))
      const nearest = answered.filter((part) => part.probabilityOf(categories[winner]!) === wanted)
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
    case 'max': return combineExtreme(segments, options, maxOf, maxOf)
    case 'median': return combineExtreme(segments, options, medianOf, lowerMedianOf)
    default: return undefined
  }
}
