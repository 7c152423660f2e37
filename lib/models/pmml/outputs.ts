import { attribute, booleanAttribute, childOf, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, unsupportedAttribute, wordAttribute } from './elements.ts'
import { ScoringError } from '../errors.ts'
import { compileExpression, expressionChild, requiredExpression } from './expressions.ts'
import { boxed, cast, numberExpression, objectExpression, once, Scope } from './scope.ts'
import { publicValue } from './values.ts'
import type { CompiledOutput, Outcome, TargetInfo } from './outcome.ts'
import type { CompiledTarget } from './targets.ts'
import type { Expression } from './scope.ts'
import type { XmlElement } from './xml.ts'

interface OutputContext {
  readonly scope: Scope
  readonly outcome: Outcome
  readonly target: TargetInfo
  readonly processing: CompiledTarget | undefined
  readonly functionName: string
  /** Outcomes of segments by their identifier, for output fields that ask for one. */
  readonly segments: ReadonlyMap<string, Outcome> | undefined
}

const features = ['predictedValue', 'predictedDisplayValue', 'transformedValue', 'decision', 'probability', 'confidence', 'affinity', 'clusterId',
  'clusterAffinity', 'entityId', 'entityAffinity', 'reasonCode', 'standardDeviation'] as const

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
  const rank = numberAttribute(element, 'rank', 1)
  return numberExpression('double', () => {
    if (!outcome.isPresent) return NaN
    const predicted = outcome.label ?? (outcome.number === outcome.number ? String(outcome.number) : undefined)
    const wanted = id ?? (isStandard || rank > 1 ? outcome.rankedIds[rank - 1] : predicted)
    return wanted === undefined ? NaN : outcome.affinityOf(wanted)
  })
}

/** What lists of predictions do not have. */
const listOnly = (feature: Feature): Expression => numberExpression('double', () => {
  throw new ScoringError('type-check', `a list of predictions has no ${feature}`)
})

const compileFeature = (element: XmlElement, feature: Feature, context: OutputContext): Expression => {
  const { outcome, functionName } = context
  const category = attribute(element, 'value')
  const rank = numberAttribute(element, 'rank', 1)
  switch (feature) {
    case 'predictedValue': return predictedValue(outcome, functionName)
    case 'predictedDisplayValue': return displayValue(context)
    case 'transformedValue': case 'decision': return compileExpression(requiredExpression(element), context.scope)
    case 'probability': return outcome.isList ? listOnly(feature) : numberExpression('double', category === undefined
      ? () => outcome.label === undefined ? NaN : outcome.probabilityOf(outcome.label)
      : () => outcome.isPresent ? outcome.probabilityOf(category) : NaN)
    case 'confidence': return numberExpression('double', () => {
      const wanted = category ?? outcome.label
      return wanted === undefined || !outcome.hasConfidences ? NaN : outcome.confidenceOf(wanted)
    })
    case 'affinity': case 'clusterAffinity': case 'entityAffinity': return affinity(element, outcome, context.scope.environment.semantics === 'specification')
    case 'clusterId': case 'entityId':
      return objectExpression('string', () => outcome.rankedIds.length > 0 ? outcome.rankedIds[rank - 1] : rank === 1 ? outcome.entityId : undefined)
    case 'reasonCode': return objectExpression('string', () => outcome.reasonCodes[rank - 1])
    case 'standardDeviation': return numberExpression('double', () => outcome.standardDeviation)
  }
}

/** The expression, or an error where the model had no answer at all: such output fields have no value, not even a missing one. */
const guarded = (name: string, expression: Expression, outcome: Outcome, reason: 'missing-field' | 'missing-value'): Expression => {
  const check = (): void => {
    if (!outcome.isPresent) throw new ScoringError(reason, `output field '${name}' has no value: the model has no answer for this record`)
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
  readonly declare: (scope: Scope) => void
}

/** Compiles the `Output` of a model. Fields may refer to earlier ones. */
export const compileOutputs = (model: XmlElement, context: OutputContext): CompiledOutputs => {
  const element = childOf(model, 'Output')
  const { environment } = context.scope
  const scope = new Scope(environment, context.scope)
  const outputs: CompiledOutput[] = []
  const declarations: ((scope: Scope) => void)[] = []
  for (const child of element === undefined ? [] : childrenOf(element, 'OutputField')) {
    const name = requiredAttribute(child, 'name')
    const hasExpression = expressionChild(child) !== undefined
    const feature = wordAttribute(child, 'feature', features)
    if (!hasExpression) expectChildren(child, 'Decisions', 'Value')
    const segmentId = attribute(child, 'segmentId')
    const outcome = segmentId === undefined ? context.outcome : context.segments?.get(segmentId)
    if (outcome === undefined) throw segmentId === undefined ? unsupportedAttribute(child, 'segmentId') : invalid(child, `there is no segment '${segmentId}'`)
    const computed = compileFeature(child, feature, { ...context, scope, outcome })
    const type = attribute(child, 'dataType')
    const expression = once(type === undefined || computed.type === 'collection' ? computed : cast(computed, type), environment)
    const optype = attribute(child, 'optype')
    const isComputed = feature === 'transformedValue' || feature === 'decision'
    const visible = (reason: 'missing-field' | 'missing-value') => ({
      name, type: expression.type, optype, expression: isComputed ? expression : guarded(name, expression, outcome, reason),
    })
    scope.declare(name, visible('missing-field'))
    declarations.push((outer) => { outer.declare(name, visible('missing-value')) })
    outputs.push({ name, isFinal: booleanAttribute(child, 'isFinalResult', true), get: publicGetter(expression) })
  }
  return { outputs, declare: (outer) => { for (const declare of declarations) declare(outer) } }
}
