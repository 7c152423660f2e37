import { compileAggregate } from './aggregate.ts'
import { compileDiscretize, compileMapValues, compileNormContinuous, compileNormDiscrete } from './mappings.ts'
import { attribute, childrenOf, invalid, parseNumber, requiredAttribute, unsupportedElement, wordAttribute } from './elements.ts'
import { InvalidResultError } from './functions/function.ts'
import { builtInFunctions } from './functions/index.ts'
import { boxed, cast, constantNumber, constantString, isMissing, numberExpression, objectExpression, once, Scope } from './scope.ts'
import { compileTextIndex } from './text-index.ts'
import { castText, isNumberKind } from './values.ts'
import type { Expression, Field } from './scope.ts'
import type { DataType } from './values.ts'
import type { XmlElement } from './xml.ts'

const expressionNames = new Set(['Constant', 'FieldRef', 'NormContinuous', 'NormDiscrete', 'Discretize', 'MapValues', 'TextIndex', 'Apply', 'Aggregate', 'Lag'])

/** The one expression among an element's children, if there is one. */
export const expressionChild = (element: XmlElement): XmlElement | undefined => element.children.find(({ name }) => expressionNames.has(name))

export const requiredExpression = (element: XmlElement): XmlElement => {
  const found = expressionChild(element)
  if (found === undefined) throw invalid(element, `${element.name} has no expression`, 'missing-element')
  return found
}

/** A text of the document as a constant of a type. */
export const constantOf = (type: DataType, text: string): Expression =>
  isNumberKind(type) ? constantNumber(type, castText(type, text)) : constantString(text)

const inferredType = (text: string): DataType => {
  if (/^[+-]?\d+$/.test(text)) return 'integer'
  return parseNumber(text) === undefined ? 'string' : 'double'
}

const compileConstant = (element: XmlElement): Expression => {
  const { text } = element
  const type = attribute(element, 'dataType')
  if (attribute(element, 'missing') === 'true') {
    return type === undefined || type === 'string' ? objectExpression('string', () => undefined) : constantNumber(type, NaN)
  }
  if (type === 'NaN') return constantNumber('double', NaN)
  return constantOf(type ?? inferredType(text.trim()), type === undefined || type === 'string' ? text : text.trim())
}

/** Uses `fallback` where the expression is missing. */
export const orElse = (expression: Expression, text: string | undefined): Expression => {
  if (text === undefined) return expression
  const fallback = constantOf(expression.type === 'any' ? inferredType(text) : expression.type, text)
  if (expression.kind === 'number' && fallback.kind === 'number') {
    const { get } = expression
    const value = fallback.get()
    return numberExpression(expression.type, () => { const v = get(); return v === v ? v : value })
  }
  const get = boxed(expression)
  const value = boxed(fallback)()
  return objectExpression(expression.type, () => get() ?? value)
}

const compileFieldRef = (element: XmlElement, scope: Scope): Expression =>
  orElse(scope.field(requiredAttribute(element, 'field')).expression, attribute(element, 'mapMissingTo'))

/** Lets a call whose result is invalid be a missing value. */
const invalidAsMissing = (expression: Expression): Expression => {
  if (expression.kind !== 'number') return expression
  const { get } = expression
  return numberExpression(expression.type, () => {
    try {
      return get()
    } catch (error) {
      if (error instanceof InvalidResultError) return NaN
      throw error
    }
  })
}

/** When any argument is missing the result is `text`, and the function is not called. */
const mapMissing = (args: readonly Expression[], result: Expression, text: string | undefined): Expression => {
  if (text === undefined) return result
  const tests = args.map(isMissing)
  const anyMissing = (): boolean => tests.some((test) => test())
  const fallback = constantOf(result.type === 'any' ? inferredType(text) : result.type, text)
  if (result.kind === 'number' && fallback.kind === 'number') {
    const { get } = result
    const value = fallback.get()
    return numberExpression(result.type, () => anyMissing() ? value : get())
  }
  const get = boxed(result)
  const value = boxed(fallback)()
  return objectExpression(result.type, () => anyMissing() ? value : get())
}

const maxCallDepth = 50

/** A function of the document: its body compiled for the types of these arguments. */
const callDefined = (element: XmlElement, definition: XmlElement, args: readonly Expression[], scope: Scope, depth: number): Expression => {
  if (depth > maxCallDepth) throw invalid(element, `function '${requiredAttribute(definition, 'name')}' calls itself`)
  const parameters = childrenOf(definition, 'ParameterField')
  if (parameters.length !== args.length) {
    throw invalid(element, `function '${requiredAttribute(definition, 'name')}' takes ${parameters.length} arguments, not ${args.length}`)
  }
  const inner = new Scope(scope.environment)
  parameters.forEach((parameter, i) => {
    const name = requiredAttribute(parameter, 'name')
    const type = attribute(parameter, 'dataType')
    const expression = once(type === undefined ? args[i]! : cast(args[i]!, type), scope.environment)
    inner.declare(name, { name, type: expression.type, optype: attribute(parameter, 'optype'), expression })
  })
  const body = compileExpression(requiredExpression(definition), inner, depth + 1)
  const type = attribute(definition, 'dataType')
  return type === undefined ? body : cast(body, type)
}

const compileApply = (element: XmlElement, scope: Scope, depth: number): Expression => {
  const name = requiredAttribute(element, 'function')
  const args = element.children.map((child) => compileExpression(child, scope, depth))
  const treatment = wordAttribute(element, 'invalidValueTreatment', ['returnInvalid', 'asIs', 'asMissing'])
  const definition = scope.environment.functions.get(name)
  const builtIn = builtInFunctions.get(name)
  let result: Expression
  if (definition !== undefined) result = callDefined(element, definition, args, scope, depth)
  else if (builtIn === undefined) {
    throw invalid(element, `function '${name}' is not defined`, 'undefined-function')
  } else {
    const computed = builtIn({ name, element, args, environment: scope.environment })
    result = treatment === 'asMissing' ? invalidAsMissing(computed) : computed
  }
  return orElse(mapMissing(args, result, attribute(element, 'mapMissingTo')), attribute(element, 'defaultValue'))
}

export const compileExpression = (element: XmlElement, scope: Scope, depth = 0): Expression => {
  switch (element.name) {
    case 'Constant': return compileConstant(element)
    case 'FieldRef': return compileFieldRef(element, scope)
    case 'Apply': return compileApply(element, scope, depth)
    case 'NormContinuous': return compileNormContinuous(element, scope)
    case 'NormDiscrete': return compileNormDiscrete(element, scope)
    case 'Discretize': return compileDiscretize(element, scope)
    case 'MapValues': return compileMapValues(element, scope)
    case 'TextIndex': return compileTextIndex(element, scope, (child) => compileExpression(child, scope, depth))
    case 'Aggregate': return compileAggregate(element, scope)
    default: throw unsupportedElement(element)
  }
}

/** Declares the derived fields of a transformation dictionary or of local transformations. */
export const declareDerivedFields = (element: XmlElement | undefined, scope: Scope): void => {
  for (const child of element === undefined ? [] : childrenOf(element, 'DerivedField')) {
    const name = requiredAttribute(child, 'name')
    scope.declare(name, (): Field => {
      const type = requiredAttribute(child, 'dataType')
      const expression = once(cast(compileExpression(requiredExpression(child), scope), type), scope.environment)
      return { name, type, optype: attribute(child, 'optype'), expression }
    })
  }
}
