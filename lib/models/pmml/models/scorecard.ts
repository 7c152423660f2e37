import { attribute, booleanAttribute, childOf, childrenOf, invalid, numberAttribute, requiredChild, requiredNumber, unsupportedAttribute, wordAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { compileExpression, requiredExpression } from '../expressions.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { compilePredicate, predicateOf } from '../predicates.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { Predicate } from '../predicates.ts'
import type { Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

interface Attribute {
  readonly predicate: Predicate
  readonly score: () => number
  readonly reasonCode: string | undefined
}

interface Characteristic {
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly baseline: number
}

const compileAttribute = (element: XmlElement, scope: Scope, inheritedCode: string | undefined): Attribute => {
  const complex = childOf(element, 'ComplexPartialScore')
  const constant = numberAttribute(element, 'partialScore')
  if (complex === undefined && constant === undefined) throw invalid(element, 'an Attribute has neither partialScore nor ComplexPartialScore', 'missing-attribute')
  return {
    predicate: compilePredicate(predicateOf(element), scope),
    score: complex === undefined ? () => constant! : numbers(compileExpression(requiredExpression(complex), scope)),
    reasonCode: attribute(element, 'reasonCode') ?? inheritedCode,
  }
}

/** The sum of the partial scores of the first attribute that applies of each characteristic. */
export const compileScorecard: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'regression') throw unsupportedAttribute(element, 'functionName')
  const initial = numberAttribute(element, 'initialScore', 0)
  const usesReasons = booleanAttribute(element, 'useReasonCodes', true)
  const isAbove = wordAttribute(element, 'reasonCodeAlgorithm', ['pointsBelow', 'pointsAbove']) === 'pointsAbove'
  const characteristics = childrenOf(requiredChild(element, 'Characteristics'), 'Characteristic').map((child): Characteristic => ({
    name: attribute(child, 'name') ?? '',
    attributes: childrenOf(child, 'Attribute').map((each) => compileAttribute(each, scope, attribute(child, 'reasonCode'))),
    baseline: !usesReasons ? 0 : child.attributes.has('baselineScore') ? requiredNumber(child, 'baselineScore') : requiredNumber(element, 'baselineScore'),
  }))
  const outcome = new Outcome()

  return {
    outcome,
    evaluate: () => {
      let sum = initial
      const reasons = new Map<string, number>()
      for (const { name, attributes, baseline } of characteristics) {
        const hit = attributes.find(({ predicate }) => predicate() === 1)
        if (hit === undefined) throw new ScoringError('undefined-result', `no attribute of characteristic '${name}' applies`)
        const score = hit.score()
        if (score !== score) {
          outcome.clear()
          outcome.reasonCodes = []
          return
        }
        sum += score
        if (!usesReasons) continue
        if (hit.reasonCode === undefined) throw new ScoringError('missing-attribute', `characteristic '${name}' has no reason code`)
        const difference = isAbove ? score - baseline : baseline - score
        reasons.set(hit.reasonCode, (reasons.get(hit.reasonCode) ?? 0) + difference)
      }
      outcome.setNumber(sum)
      if (usesReasons) {
        outcome.reasonCodes = [...reasons].filter(([, difference]) => difference >= 0).sort(([, a], [, b]) => b - a).map(([code]) => code)
      }
    },
  }
}
