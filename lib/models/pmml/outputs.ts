import { attribute, booleanAttribute, childOf, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, unsupportedAttribute, wordAttribute } from './elements.ts'
import { ScoringError } from '../errors.ts'
import { compileExpression, expressionChild, requiredExpression } from './expressions.ts'
import { boxed, cast, numberExpression, objectExpression, once, Scope } from './scope.ts'
import { publicValue } from './values.ts'
import { compileRuleValue } from './rule-outputs.ts'
import type { CompiledModel, CompiledOutput, Outcome, TargetInfo } from './outcome.ts'
import type { CompiledTarget } from './targets.ts'
import type { Expression } from './scope.ts'
import type { XmlElement } from './xml.ts'

interface OutputContext {
  readonly scope: Scope
  readonly outcome: Outcome
  readonly target: TargetInfo
  readonly processing: CompiledTarget | undefined
  readonly functionName: string
  /** Segments by their identifier, for output fields that ask for one. */
  readonly segments: ReadonlyMap<string, CompiledModel> | undefined
}

const features = ['predictedValue', 'predictedDisplayValue', 'transformedValue', 'decision', 'probability', 'confidence', 'affinity', 'clusterId',
  'clusterAffinity', 'entityId', 'entityAffinity', 'reasonCode', 'standardDeviation', 'ruleValue', 'warning'] as const

type Feature = typeof features[number]

const predictedValue = (outcome: Outcome, functionName: string): Expression => {
  if (outcome.isList) return objectExpression('collection', () => outcome.isPresent ? outcome.other : undefined)
  if (functionName === 'regression') return numberExpression('double', () => outcome.isPresent ? outcome.number : NaN)
  return objectExpression('any', () => outcome.isPresent ? outcome.label ?? outcome.other : undefined)
}

const displayValue = ({ outcome, target, processing, functionName }: OutputContext): Expression => {
  const displayed = (text: string): string => processing?.displayValues.get(text) ?? target.field?.displayValues.get(text) ?? outcome.displayValues?.get(text) ?? text
  if (functionName === 'regression') return predictedValue(outcome, functionName)
  return objectExpression('string', () => outcome.label === undefined ? undefined : displayed(outcome.label))
}

/**
 * The affinity of a given entity, or of the one that was predicted. The usual evaluator looks for the prediction even where
 * entities are something else (neighbours); by the specification it is the entity of the given rank.
 */
const affinity = (element: XmlElement, outcome: Outcome, isStandard: boolean): Expression => {
  const id = attribute(element, 'value')
  // Only `affinity` goes by rank; the older names mean the winner.
  const rank = attribute(element, 'feature') === 'affinity' ? numberAttribute(element, 'rank', 1) : 1
  return numberExpression('double', () => {
    if (!outcome.isPresent) return NaN
    const predicted = outcome.label ?? (outcome.number === outcome.number ? String(outcome.number) : undefined)
    const wanted = id ?? (isStandard || rank > 1 ? outcome.rankedIds[rank - 1] : predicted)
    return wanted === undefined ? NaN : outcome.affinityOf(wanted)
  })
}

/** What this kind of prediction does not have. */
const without = (feature: Feature): Expression => numberExpression('double', () => {
  throw new ScoringError('type-check', `this prediction has no ${feature}`)
})

const compileFeature = (element: XmlElement, feature: Feature, context: OutputContext): Expression => {
  const { outcome, functionName } = context
  const category = attribute(element, 'value')
  const rank = numberAttribute(element, 'rank', 1)
  switch (feature) {
    case 'predictedValue': return predictedValue(outcome, functionName)
    case 'predictedDisplayValue': return displayValue(context)
    case 'transformedValue': case 'decision': return compileExpression(requiredExpression(element), context.scope)
    case 'probability': return outcome.isList || !outcome.canHaveProbabilities ? without(feature) : numberExpression('double', category === undefined
      ? () => outcome.label === undefined ? NaN : outcome.probabilityOf(outcome.label)
      : () => outcome.isPresent ? outcome.probabilityOf(category) : NaN)
    case 'confidence': return numberExpression('double', () => {
      const wanted = category ?? outcome.label
      return wanted === undefined ? NaN : outcome.confidenceOf(wanted)
    })
    case 'affinity': case 'clusterAffinity': case 'entityAffinity': return affinity(element, outcome, context.scope.environment.semantics === 'specification')
    case 'clusterId': case 'entityId':
      return objectExpression('string', () => outcome.segmentId ?? (outcome.rankedIds.length > 0 ? outcome.rankedIds[rank - 1] : rank === 1 ? outcome.entityId : undefined))
    case 'reasonCode': return objectExpression('string', () => outcome.reasonCodes[rank - 1])
    case 'ruleValue':
      if (outcome.rules === undefined) throw unsupportedAttribute(element, 'feature')
      return compileRuleValue(element, outcome.rules)
    case 'warning': return objectExpression('collection', () => [])
    case 'standardDeviation': return numberExpression('double', () => outcome.standardDeviation)
  }
}

/** The expression, or an error where it has no value, not even a missing one. */
const guarded = (name: string, expression: Expression, hasValue: () => boolean): Expression => {
  const check = (): void => {
    if (!hasValue()) throw new ScoringError('missing-field', `output field '${name}' has no value: its model has no answer for this record`)
  }
  if (expression.kind === 'number') return numberExpression(expression.type, () => { check(); return expression.get() })
  return objectExpression(expression.type, () => { check(); return expression.get() })
}

const publicGetter = (expression: Expression): (() => unknown) => {
  if (expression.kind === 'object') return expression.get
  const { get, type } = expression
  if (type === 'double' || type === 'integer' || type === 'float') return boxed(expression)
  return () => publicValue(type, get())
}

export interface CompiledOutputs {
  readonly outputs: readonly CompiledOutput[]
  readonly declare: CompiledModel['declareOutputs']
  readonly dependent: readonly string[]
}

/** Compiles the `Output` of a model. Fields may refer to earlier ones. */
export const compileOutputs = (model: XmlElement, context: OutputContext): CompiledOutputs => {
  const element = childOf(model, 'Output')
  const { environment } = context.scope
  const scope = new Scope(environment, context.scope)
  const outputs: CompiledOutput[] = []
  const dependent: string[] = []
  const declarations: CompiledModel['declareOutputs'][] = []
  for (const child of element === undefined ? [] : childrenOf(element, 'OutputField')) {
    const name = requiredAttribute(child, 'name')
    const hasExpression = expressionChild(child) !== undefined
    const feature = wordAttribute(child, 'feature', features)
    if (!hasExpression) expectChildren(child, 'Decisions', 'Value')
    const segmentId = attribute(child, 'segmentId')
    const source = segmentId === undefined ? context : context.segments?.get(segmentId)
    if (source === undefined) throw segmentId === undefined ? unsupportedAttribute(child, 'segmentId') : invalid(child, `there is no segment '${segmentId}'`)
    const { outcome, functionName } = source
    const computed = compileFeature(child, feature, { ...context, scope, outcome, functionName })
    const type = attribute(child, 'dataType')
    const expression = once(type === undefined || computed.type === 'collection' ? computed : cast(computed, type), environment)
    const optype = attribute(child, 'optype')
    const isComputed = feature === 'transformedValue' || feature === 'decision'
    const visible = (hasValue: () => boolean) => ({ name, type: expression.type, optype, expression: guarded(name, expression, hasValue) })
    scope.declare(name, isComputed ? { name, type: expression.type, optype, expression } : visible(() => outcome.isPresent))
    declarations.push((outer, hasRun) => { outer.declare(name, visible(hasRun)) })
    if (!isComputed) dependent.push(name)
    outputs.push({ name, isFinal: booleanAttribute(child, 'isFinalResult', true), get: publicGetter(expression) })
  }
  return { outputs, dependent, declare: (outer, hasRun) => { for (const declare of declarations) declare(outer, hasRun) } }
}
