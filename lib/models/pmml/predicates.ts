import { arrayStrings, attribute, invalid, requiredAttribute, requiredChild, unsupportedAttribute, unsupportedElement } from './elements.ts'
import { boxed, isMissing } from './scope.ts'
import { parseText } from './values.ts'
import type { Expression, Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** Three-valued truth: a predicate on a missing value is neither true nor false. */
export type Truth = 0 | 1 | -1
export const UNKNOWN = -1

export type Predicate = () => Truth

const predicateNames = new Set(['True', 'False', 'SimplePredicate', 'SimpleSetPredicate', 'CompoundPredicate'])

export const isPredicate = (element: XmlElement): boolean => predicateNames.has(element.name)

/** The predicate of a node, segment or rule. */
export const predicateOf = (element: XmlElement): XmlElement => {
  const found = element.children.find(isPredicate)
  if (found === undefined) throw invalid(element, `${element.name} has no predicate`, 'missing-element')
  return found
}

/** A value of the document as the field keeps its values. */
const operandOf = (element: XmlElement, expression: Expression, text: string): unknown => {
  if (expression.kind === 'object') return text
  const value = parseText(expression.type, text) ?? parseText('double', text)
  if (value === undefined) throw invalid(element, `'${text}' is not of type ${expression.type}`, 'type-check')
  return value
}

const compareNumbers = (get: () => number, operator: string, operand: number): Predicate | undefined => {
  switch (operator) {
    case 'equal': return () => { const v = get(); return v === operand ? 1 : v === v ? 0 : UNKNOWN }
    case 'notEqual': return () => { const v = get(); return v === operand ? 0 : v === v ? 1 : UNKNOWN }
    case 'lessThan': return () => { const v = get(); return v < operand ? 1 : v === v ? 0 : UNKNOWN }
    case 'lessOrEqual': return () => { const v = get(); return v <= operand ? 1 : v === v ? 0 : UNKNOWN }
    case 'greaterThan': return () => { const v = get(); return v > operand ? 1 : v === v ? 0 : UNKNOWN }
    case 'greaterOrEqual': return () => { const v = get(); return v >= operand ? 1 : v === v ? 0 : UNKNOWN }
    default: return undefined
  }
}

const compareObjects = (get: () => unknown, operator: string, operand: string): Predicate | undefined => {
  const test = (accept: (value: string) => boolean): Predicate => () => {
    const value = get()
    return value === undefined ? UNKNOWN : accept(typeof value === 'string' ? value : String(value)) ? 1 : 0
  }
  switch (operator) {
    case 'equal': return test((value) => value === operand)
    case 'notEqual': return test((value) => value !== operand)
    case 'lessThan': return test((value) => value < operand)
    case 'lessOrEqual': return test((value) => value <= operand)
    case 'greaterThan': return test((value) => value > operand)
    case 'greaterOrEqual': return test((value) => value >= operand)
    default: return undefined
  }
}

const compileSimple = (element: XmlElement, scope: Scope): Predicate => {
  const { expression } = scope.field(requiredAttribute(element, 'field'))
  const operator = requiredAttribute(element, 'operator')
  if (operator === 'isMissing' || operator === 'isNotMissing') {
    const missing = isMissing(expression)
    return operator === 'isMissing' ? () => missing() ? 1 : 0 : () => missing() ? 0 : 1
  }
  const operand = operandOf(element, expression, requiredAttribute(element, 'value'))
  const compiled = expression.kind === 'number'
    ? compareNumbers(expression.get, operator, operand as number)
    : compareObjects(expression.get, operator, operand as string)
  if (compiled === undefined) throw unsupportedAttribute(element, 'operator')
  return compiled
}

const compileSet = (element: XmlElement, scope: Scope): Predicate => {
  const { expression } = scope.field(requiredAttribute(element, 'field'))
  const members = new Set(arrayStrings(requiredChild(element, 'Array')).map((text) => operandOf(element, expression, text)))
  const operator = requiredAttribute(element, 'booleanOperator')
  if (operator !== 'isIn' && operator !== 'isNotIn') throw unsupportedAttribute(element, 'booleanOperator')
  const get = boxed(expression)
  const wanted = operator === 'isIn'
  return () => {
    const value = get()
    return value === undefined ? UNKNOWN : members.has(value) === wanted ? 1 : 0
  }
}

const compileCompound = (element: XmlElement, scope: Scope): Predicate => {
  const parts = element.children.map((child) => compilePredicate(child, scope))
  if (parts.length === 0) throw invalid(element, 'a compound predicate has no parts', 'missing-element')
  switch (attribute(element, 'booleanOperator')) {
    case 'and': return () => {
      let truth: Truth = 1
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!()
        if (part === 0) return 0
        if (part === UNKNOWN) truth = UNKNOWN
      }
      return truth
    }
    case 'or': return () => {
      let truth: Truth = 0
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!()
        if (part === 1) return 1
        if (part === UNKNOWN) truth = UNKNOWN
      }
      return truth
    }
    case 'xor': return () => {
      let odd = 0
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!()
        if (part === UNKNOWN) return UNKNOWN
        odd ^= part
      }
      return odd as Truth
    }
    case 'surrogate': return () => {
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!()
        if (part !== UNKNOWN) return part
      }
      return UNKNOWN
    }
    default: throw unsupportedAttribute(element, 'booleanOperator')
  }
}

export const compilePredicate = (element: XmlElement, scope: Scope): Predicate => {
  switch (element.name) {
    case 'True': return () => 1
    case 'False': return () => 0
    case 'SimplePredicate': return compileSimple(element, scope)
    case 'SimpleSetPredicate': return compileSet(element, scope)
    case 'CompoundPredicate': return compileCompound(element, scope)
    default: throw unsupportedElement(element)
  }
}
