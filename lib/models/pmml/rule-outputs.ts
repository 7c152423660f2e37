import { ScoringError } from '../errors.ts'
import { booleanAttribute, numberAttribute, wordAttribute } from './elements.ts'
import { numberExpression, objectExpression } from './scope.ts'
import type { AssociationRule, RuleSelection } from './models/association.ts'
import type { Expression } from './scope.ts'
import type { XmlElement } from './xml.ts'

const measures = ['confidence', 'support', 'lift', 'leverage', 'affinity'] as const
const algorithms = ['exclusiveRecommendation', 'recommendation', 'ruleAssociation'] as const

type Measure = typeof measures[number]

const setText = (items: readonly string[]): string => `{${items.join(',')}}`

const featureOf = (rule: AssociationRule, feature: string): unknown => {
  switch (feature) {
    case 'antecedent': return rule.antecedent
    case 'consequent': return rule.consequent
    case 'rule': return `${setText(rule.antecedent)}->${setText(rule.consequent)}`
    case 'ruleId': return rule.id
    default: {
      const value = rule.numbers[feature as Measure]
      return value === value ? value : undefined
    }
  }
}

const measured = (rule: AssociationRule, basis: Measure): number => {
  const value = rule.numbers[basis]
  if (value !== value) throw new ScoringError('missing-attribute', `rule '${rule.id}' has no ${basis}`)
  return value
}

/** An output field about the rules that apply: the one of a rank, or several of them as a list. */
export const compileRuleValue = (element: XmlElement, selection: RuleSelection): Expression => {
  const feature = wordAttribute(element, 'ruleFeature', ['consequent', 'antecedent', 'rule', 'ruleId', ...measures])
  const algorithm = wordAttribute(element, 'algorithm', algorithms)
  const basis = wordAttribute(element, 'rankBasis', measures)
  const isAscending = wordAttribute(element, 'rankOrder', ['descending', 'ascending']) === 'ascending'
  const rank = numberAttribute(element, 'rank', 1)
  const ranked = (): AssociationRule[] => {
    const rules = [...selection(algorithm)]
    if (rules.length < 2) return rules
    const direction = isAscending ? 1 : -1
    return rules.sort((a, b) => direction * (measured(a, basis) - measured(b, basis)))
  }
  if (booleanAttribute(element, 'isMultiValued', false)) {
    return objectExpression('collection', () => {
      const rules = ranked()
      return (rank > 0 ? rules.slice(0, rank) : rules).map((rule) => featureOf(rule, feature))
    })
  }
  const one = (): unknown => {
    const rule = ranked()[rank - 1]
    return rule === undefined ? undefined : featureOf(rule, feature)
  }
  if ((measures as readonly string[]).includes(feature)) return numberExpression('double', () => one() as number | undefined ?? NaN)
  return objectExpression(feature === 'antecedent' || feature === 'consequent' ? 'collection' : 'string', one)
}
