import { childOf, invalid, requiredAttribute, unsupportedElement } from './elements.ts'
import { compileMiningSchema, compileNumberInput, compileStringInput } from './mining-schema.ts'
import { declareDerivedFields } from './expressions.ts'
import { modelCompilers } from './models/index.ts'
import { boxed, numberExpression, objectExpression, once, Scope } from './scope.ts'
import { compileOutputs } from './outputs.ts'
import { castNumber } from './values.ts'
import { compileTarget } from './targets.ts'
import type { Body, CompiledModel, TargetInfo } from './outcome.ts'
import type { MiningField } from './mining-schema.ts'
import type { Field } from './scope.ts'
import type { XmlElement } from './xml.ts'

export const isModel = (element: XmlElement): boolean => modelCompilers.has(element.name) || /(Model|Network|Scorecard)$/.test(element.name)

const isTarget = ({ usage }: MiningField): boolean => usage === 'target' || usage === 'predicted'

const targetOf = (schema: readonly MiningField[], { environment }: Scope): TargetInfo => {
  const mining = schema.find(isTarget)
  const field = mining === undefined ? undefined : environment.dictionary.get(mining.name)
  return { name: mining?.name, field, optype: mining?.optype ?? field?.optype }
}

/** A field of an outer model, treated once more as an inner model's mining schema says. */
const treatAgain = (field: Field, mining: MiningField, scope: Scope): Field => {
  const { environment } = scope
  const declared = environment.dictionary.get(mining.name) ?? {
    name: field.name, type: field.type, optype: field.optype ?? 'continuous', values: [], displayValues: new Map(),
    valid: new Set(), missing: new Set(), invalid: new Set(), intervals: [],
  }
  const get = boxed(field.expression)
  if (field.expression.kind === 'number') {
    const treat = compileNumberInput({ ...declared, type: field.type }, mining)
    return { ...field, expression: once(numberExpression(field.type, () => treat(get())), environment) }
  }
  const treat = compileStringInput(declared, mining)
  return { ...field, expression: once(objectExpression(field.type, () => treat(get())), environment) }
}

/** The scope of an inner model: the outer one, with the fields that its own mining schema treats differently. */
const innerScope = (schema: readonly MiningField[], outer: Scope): Scope => {
  const scope = new Scope(outer.environment, outer)
  for (const mining of schema) {
    if (!mining.treated || isTarget(mining)) continue
    scope.declare(mining.name, () => {
      const field = outer.find(mining.name)
      if (field === undefined) throw invalid(mining.element, `field '${mining.name}' is not defined`, 'missing-field')
      return treatAgain(field, mining, outer)
    })
  }
  return scope
}

export interface TopLevel {
  readonly schema: readonly MiningField[]
}

/** Compiles a model element: the top one (whose scope has the inputs already) or one inside of it. */
export const compileModel = (element: XmlElement, outer: Scope, top?: TopLevel): CompiledModel => {
  const compile = modelCompilers.get(element.name)
  if (compile === undefined) throw unsupportedElement(element)
  const schema = top?.schema ?? compileMiningSchema(element)
  const scope = top === undefined ? innerScope(schema, outer) : new Scope(outer.environment, outer)
  declareDerivedFields(childOf(element, 'LocalTransformations'), scope)
  const target = targetOf(schema, scope)
  const functionName = requiredAttribute(element, 'functionName')
  const body: Body = compile({ element, scope, target, functionName, compileModel: (child, inner) => compileModel(child, inner) })
  const processing = compileTarget(element, target, functionName)
  const { outcome } = body
  const { outputs, declare, dependent } = compileOutputs(element, { scope: body.scope ?? scope, outcome, target, processing, functionName, segments: body.segments })
  const targetType = functionName === 'regression' && !outcome.isList ? target.field?.type ?? 'double' : 'double'
  const evaluate = processing === undefined && targetType === 'double' ? body.evaluate : (): void => {
    body.evaluate()
    processing?.process(outcome)
    if (targetType !== 'double') outcome.number = castNumber('double', targetType, outcome.number)
  }
  const passedOn = (body.outputs ?? []).filter(({ isFinal }) => isFinal)
  return { outcome, evaluate, functionName, target, outputs: [...outputs, ...passedOn], declareOutputs: declare, dependentOutputs: dependent }
}
