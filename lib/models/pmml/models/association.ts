import { attribute, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, requiredNumber, unsupportedAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { boxed } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

/** "Who has these also has those." */
export interface AssociationRule {
  readonly id: string
  readonly antecedent: readonly string[]
  readonly consequent: readonly string[]
  readonly element: XmlElement
  readonly numbers: Readonly<Record<'confidence' | 'support' | 'lift' | 'leverage' | 'affinity', number>>
}

export type RuleAlgorithm = 'recommendation' | 'exclusiveRecommendation' | 'ruleAssociation'

/** The rules that apply to the current record, in the document's order. */
export type RuleSelection = (algorithm: RuleAlgorithm) => readonly AssociationRule[]

const readItemsets = (model: XmlElement): Map<string, string[]> => {
  const items = new Map(childrenOf(model, 'Item').map((item) => [requiredAttribute(item, 'id'), requiredAttribute(item, 'value')]))
  return new Map(childrenOf(model, 'Itemset').map((itemset) => [
    requiredAttribute(itemset, 'id'),
    childrenOf(itemset, 'ItemRef').map((reference) => {
      const value = items.get(requiredAttribute(reference, 'itemRef'))
      if (value === undefined) throw invalid(reference, `there is no item '${attribute(reference, 'itemRef')}'`)
      return value
    }),
  ]))
}

const readRules = (model: XmlElement): AssociationRule[] => {
  const itemsets = readItemsets(model)
  const items = (rule: XmlElement, name: string): string[] => {
    const found = itemsets.get(requiredAttribute(rule, name))
    if (found === undefined) throw invalid(rule, `there is no itemset '${attribute(rule, name)}'`)
    return found
  }
  return childrenOf(model, 'AssociationRule').map((rule, i) => ({
    id: attribute(rule, 'id') ?? String(i + 1),
    antecedent: items(rule, 'antecedent'),
    consequent: items(rule, 'consequent'),
    element: rule,
    numbers: {
      confidence: requiredNumber(rule, 'confidence'), support: requiredNumber(rule, 'support'),
      lift: numberAttribute(rule, 'lift', NaN), leverage: numberAttribute(rule, 'leverage', NaN), affinity: numberAttribute(rule, 'affinity', NaN),
    },
  }))
}

/** Rules about sets of items; what applies to a record's set is asked for by output fields. */
export const compileAssociationModel: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'associationRules') throw unsupportedAttribute(element, 'functionName')
  const [schema] = childrenOf(element, 'MiningSchema')
  const active = childrenOf(schema!, 'MiningField').filter((field) => (attribute(field, 'usageType') ?? 'active') === 'active')
  if (active.length !== 1) throw invalid(element, `an AssociationModel has one active field, not ${active.length}`, 'invalid-element')
  expectChildren(element, 'MiningSchema', 'Output', 'ModelStats', 'LocalTransformations', 'Item', 'Itemset', 'AssociationRule', 'ModelVerification')
  const name = requiredAttribute(active[0]!, 'name')
  const get = boxed(scope.field(name).expression)
  const rules = readRules(element)
  const outcome = new Outcome()
  let basket = new Set<unknown>()
  const isIn = (item: string): boolean => basket.has(item)
  outcome.rules = (algorithm) => rules.filter(({ antecedent, consequent }) => {
    if (!antecedent.every(isIn)) return false
    return algorithm === 'recommendation' || consequent.every(isIn) === (algorithm === 'ruleAssociation')
  })
  return {
    outcome,
    evaluate: () => {
      const items = get()
      if (items === undefined) throw new ScoringError('missing-value', `the value of field '${name}' is missing`)
      basket = new Set(Array.isArray(items) ? items : [items])
      outcome.isPresent = true
    },
  }
}
