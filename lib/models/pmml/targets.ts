import { attribute, childOf, childrenOf, numberAttribute, requiredAttribute, unsupportedAttribute } from './elements.ts'
import type { Outcome, TargetInfo } from './outcome.ts'
import type { XmlElement } from './xml.ts'

const casts: Readonly<Record<string, (value: number) => number>> = {
  round: (value) => Math.floor(value + 0.5),
  ceiling: Math.ceil,
  floor: Math.floor,
}

export interface CompiledTarget {
  readonly process: (outcome: Outcome) => void
  readonly displayValues: ReadonlyMap<string, string>
}

/** The `Target` of a model's target field, if it has one. */
const findTarget = (model: XmlElement, target: TargetInfo): XmlElement | undefined => {
  const targets = childOf(model, 'Targets')
  return targets === undefined ? undefined
    : childrenOf(targets, 'Target').find((element) => { const field = attribute(element, 'field'); return field === undefined || field === target.name })
}

const compileNumbers = (element: XmlElement): ((outcome: Outcome) => void) => {
  const min = numberAttribute(element, 'min', -Infinity)
  const max = numberAttribute(element, 'max', Infinity)
  const factor = numberAttribute(element, 'rescaleFactor', 1)
  const constant = numberAttribute(element, 'rescaleConstant', 0)
  const castName = attribute(element, 'castInteger')
  const cast = castName === undefined ? (value: number): number => value : casts[castName]
  if (cast === undefined) throw unsupportedAttribute(element, 'castInteger')
  const values = childrenOf(element, 'TargetValue')
  const fallback = values.length === 1 ? numberAttribute(values[0]!, 'defaultValue', NaN) : NaN
  return (outcome) => {
    if (!outcome.isPresent) {
      outcome.setNumber(fallback)
      return
    }
    outcome.number = cast(Math.min(Math.max(outcome.number, min), max) * factor + constant)
  }
}

/** A model without an answer predicts by the prior probabilities, where the document gives them. */
const compileCategories = (element: XmlElement): ((outcome: Outcome) => void) => {
  const priors = childrenOf(element, 'TargetValue')
    .filter((value) => value.attributes.has('priorProbability'))
    .map((value) => ({ category: requiredAttribute(value, 'value'), probability: numberAttribute(value, 'priorProbability', NaN) }))
  if (priors.length === 0) return () => {}
  const best = priors.reduce((first, next) => next.probability > first.probability ? next : first)
  return (outcome) => {
    if (outcome.isPresent) return
    outcome.probabilities = Float64Array.from(outcome.categories, (category) => priors.find((prior) => prior.category === category)?.probability ?? NaN)
    outcome.hasProbabilities = true
    outcome.setLabel(best.category)
  }
}

/** What is done to a prediction before it is given out; `undefined` where nothing is. */
export const compileTarget = (model: XmlElement, target: TargetInfo, functionName: string): CompiledTarget | undefined => {
  const element = findTarget(model, target)
  if (element === undefined) return undefined
  const displayValues = new Map<string, string>()
  for (const value of childrenOf(element, 'TargetValue')) {
    const display = attribute(value, 'displayValue')
    if (display !== undefined) displayValues.set(requiredAttribute(value, 'value'), display)
  }
  const process = functionName === 'regression' ? compileNumbers(element) : functionName === 'classification' ? compileCategories(element) : () => {}
  return { process, displayValues }
}
