import { childOf, childrenOf, invalid, requiredAttribute, requiredChild, requiredNumber, unsupportedElement, unsupportedAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { compileExpression, requiredExpression } from '../expressions.ts'
import { normalPdf } from '../../math/special-functions.ts'
import { softmax } from './links.ts'
import { boxed, cast, numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { parseText } from '../values.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { Expression, Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

/** Adds to the categories' log likelihoods what one input says of each. Logarithms, because products of many shares vanish. */
type Evidence = (likelihoods: Float64Array) => void

const countsIn = (element: XmlElement, categories: ReadonlyMap<string, number>): Float64Array => {
  const counts = new Float64Array(categories.size)
  for (const entry of childrenOf(requiredChild(element, 'TargetValueCounts'), 'TargetValueCount')) {
    const i = categories.get(requiredAttribute(entry, 'value'))
    if (i !== undefined) counts[i] = requiredNumber(entry, 'count')
  }
  return counts
}

/** Share of each category's examples that have the input's value; a share below the threshold counts as the threshold. */
const compileCounts = (input: XmlElement, expression: Expression, categories: ReadonlyMap<string, number>, threshold: number): Evidence => {
  const totals = new Float64Array(categories.size)
  const pairs = childrenOf(input, 'PairCounts').map((pair) => {
    const counts = countsIn(pair, categories)
    for (let i = 0; i < counts.length; i++) totals[i] = totals[i]! + counts[i]!
    const text = requiredAttribute(pair, 'value')
    return { value: expression.kind === 'number' ? parseText(expression.type, text) : text, counts }
  })
  const shares = new Map<unknown, Float64Array>(pairs.map(({ value, counts }) => [value, counts.map((count, i) => Math.log(Math.max(count / totals[i]!, threshold)))]))
  const get = boxed(expression)
  return (likelihoods) => {
    const share = shares.get(get())
    if (share === undefined) return
    for (let i = 0; i < likelihoods.length; i++) likelihoods[i] = likelihoods[i]! + share[i]!
  }
}

type Density = (value: number) => number

const compileDensity = (element: XmlElement): Density => {
  const distribution = element.children[0]
  switch (distribution?.name) {
    case 'GaussianDistribution': {
      const mean = requiredNumber(distribution, 'mean')
      const deviation = Math.sqrt(requiredNumber(distribution, 'variance'))
      return (value) => normalPdf(value, mean, deviation)
    }
    case 'PoissonDistribution': {
      const mean = requiredNumber(distribution, 'mean')
      return (value) => {
        if (!Number.isInteger(value)) throw new ScoringError('type-check', `a Poisson distribution is of integers, not of ${value}`)
        let probability = Math.exp(-mean)
        for (let i = 1; i <= value; i++) probability *= mean / i
        return probability
      }
    }
    default: throw distribution === undefined ? invalid(element, 'TargetValueStat has no distribution', 'missing-element') : unsupportedElement(distribution, element)
  }
}

const compileStatistics = (stats: XmlElement, expression: Expression, categories: ReadonlyMap<string, number>, threshold: number): Evidence => {
  const densities = new Array<Density | undefined>(categories.size).fill(undefined)
  for (const stat of childrenOf(stats, 'TargetValueStat')) {
    const i = categories.get(requiredAttribute(stat, 'value'))
    if (i !== undefined) densities[i] = compileDensity(stat)
  }
  const get = numbers(expression)
  return (likelihoods) => {
    const value = get()
    if (value !== value) return
    for (let i = 0; i < likelihoods.length; i++) likelihoods[i] = likelihoods[i]! + Math.log(Math.max(densities[i]?.(value) ?? 0, threshold))
  }
}

const compileInput = (input: XmlElement, scope: Scope, categories: ReadonlyMap<string, number>, threshold: number): Evidence => {
  const derived = childOf(input, 'DerivedField')
  const expression = derived === undefined ? scope.field(requiredAttribute(input, 'fieldName')).expression
    : cast(compileExpression(requiredExpression(derived), scope), requiredAttribute(derived, 'dataType'))
  const stats = childOf(input, 'TargetValueStats')
  return stats === undefined ? compileCounts(input, expression, categories, threshold) : compileStatistics(stats, expression, categories, threshold)
}

/** Category with the greatest prior × product of the inputs' shares; inputs that are missing say nothing. */
export const compileNaiveBayesModel: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  const threshold = requiredNumber(element, 'threshold')
  const output = requiredChild(element, 'BayesOutput')
  const names = childrenOf(requiredChild(output, 'TargetValueCounts'), 'TargetValueCount').map((entry) => requiredAttribute(entry, 'value'))
  const outcome = new Outcome(names)
  const priors = countsIn(output, outcome.indexOf).map(Math.log)
  const evidence = childrenOf(requiredChild(element, 'BayesInputs'), 'BayesInput').map((input) => compileInput(input, scope, outcome.indexOf, threshold))
  const { probabilities } = outcome
  return {
    outcome,
    evaluate: () => {
      probabilities.set(priors)
      for (let i = 0; i < evidence.length; i++) evidence[i]!(probabilities)
      softmax(probabilities)
      outcome.setMostProbable()
    },
  }
}
