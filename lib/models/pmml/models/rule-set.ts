import { attribute, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, requiredChild, unsupportedAttribute, unsupportedElement, wordAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { Outcome } from '../outcome.ts'
import { compilePredicate, isPredicate, predicateOf } from '../predicates.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { Predicate } from '../predicates.ts'
import type { Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

interface Rule {
  readonly id: string
  readonly score: string
  readonly confidence: number
  readonly weight: number
  /** Conditions of the compound rules around it, then its own. */
  readonly predicates: readonly Predicate[]
}

/** Simple rules in the document's order, each with the conditions of the compound rules it stands in. */
const compileRules = (elements: readonly XmlElement[], scope: Scope, outer: readonly Predicate[], rules: Rule[]): void => {
  for (const element of elements) {
    if (element.name === 'SimpleRule') {
      rules.push({
        id: attribute(element, 'id') ?? String(rules.length + 1),
        score: requiredAttribute(element, 'score'),
        confidence: numberAttribute(element, 'confidence', 1),
        weight: numberAttribute(element, 'weight', 1),
        predicates: [...outer, compilePredicate(predicateOf(element), scope)],
      })
    } else if (element.name === 'CompoundRule') {
      compileRules(element.children.filter((child) => !isPredicate(child)), scope, [...outer, compilePredicate(predicateOf(element), scope)], rules)
    } else throw unsupportedElement(element)
  }
}

const applies = ({ predicates }: Rule): boolean => {
  for (let i = 0; i < predicates.length; i++) if (predicates[i]!() !== 1) return false
  return true
}

interface Choice {
  readonly rule: Rule
  readonly confidence: number
}

/** Which of the rules that apply decides. */
const choosers: Readonly<Record<string, (hits: readonly Rule[]) => Choice>> = {
  firstHit: ([first]) => ({ rule: first!, confidence: first!.confidence }),
  weightedMax: (hits) => {
    const rule = hits.reduce((best, next) => next.weight > best.weight ? next : best)
    return { rule, confidence: rule.confidence }
  },
  weightedSum: (hits) => {
    const sums = new Map<string, number>()
    for (const { score, weight } of hits) sums.set(score, (sums.get(score) ?? 0) + weight)
    const [winner, sum] = [...sums].reduce((best, next) => next[1] > best[1] ? next : best)
    const rule = hits.filter(({ score }) => score === winner).reduce((best, next) => next.weight > best.weight ? next : best)
    return { rule, confidence: sum / hits.length }
  },
}

export const compileRuleSetModel: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  const set = requiredChild(element, 'RuleSet')
  expectChildren(set, 'RuleSelectionMethod', 'SimpleRule', 'CompoundRule', 'ScoreDistribution')
  const [method] = childrenOf(set, 'RuleSelectionMethod')
  if (method === undefined) throw invalid(set, 'RuleSet has no RuleSelectionMethod', 'missing-element')
  requiredAttribute(method, 'criterion')
  const choose = choosers[wordAttribute(method, 'criterion', ['firstHit', 'weightedMax', 'weightedSum'])]!
  const rules: Rule[] = []
  compileRules(set.children.filter(({ name }) => name === 'SimpleRule' || name === 'CompoundRule'), scope, [], rules)
  const fallback = attribute(set, 'defaultScore')
  const fallbackConfidence = numberAttribute(set, 'defaultConfidence', NaN)
  const outcome = new Outcome([...new Set([...rules.map(({ score }) => score), ...(fallback === undefined ? [] : [fallback])])])

  const publish = (label: string, confidence: number, id: string | undefined): void => {
    outcome.clear()
    outcome.setLabel(label)
    outcome.confidences.fill(NaN)
    outcome.confidences[outcome.indexOf.get(label)!] = confidence
    outcome.hasConfidences = confidence === confidence
    outcome.entityId = id
    outcome.rankedIds = []
  }

  return {
    outcome,
    evaluate: () => {
      const hits = rules.filter(applies)
      if (hits.length === 0) {
        if (fallback === undefined) throw new ScoringError('missing-attribute', 'no rule applies, and the RuleSet has no defaultScore')
        publish(fallback, fallbackConfidence, undefined)
        return
      }
      const { rule, confidence } = choose(hits)
      publish(rule.score, confidence, rule.id)
      outcome.rankedIds = [rule.id]
    },
  }
}
