import { childrenOf, invalid, invalidAttribute, requiredAttribute, requiredNumber, numberAttribute, unsupportedAttribute, wordAttribute, expectChildren } from '../elements.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { parseText } from '../values.ts'
import { fromCumulative, inverseLinks, simplemax, softmax } from './links.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

/** One summand of a regression table; NaN when a field it needs is missing. */
type Term = () => number

const compileNumeric = (element: XmlElement, scope: Scope): Term => {
  const get = numbers(scope.field(requiredAttribute(element, 'name')).expression)
  const coefficient = requiredNumber(element, 'coefficient')
  const exponent = numberAttribute(element, 'exponent', 1)
  if (exponent === 1) return () => coefficient * get()
  return () => { const value = get(); return value === value ? coefficient * Math.pow(value, exponent) : NaN }
}

/** A missing category counts as none of them. */
const compileCategorical = (element: XmlElement, scope: Scope): Term => {
  const { expression } = scope.field(requiredAttribute(element, 'name'))
  const coefficient = requiredNumber(element, 'coefficient')
  const text = requiredAttribute(element, 'value')
  if (expression.kind === 'number') {
    const wanted = parseText(expression.type, text)
    const { get } = expression
    return () => get() === wanted ? coefficient : 0
  }
  const { get } = expression
  return () => get() === text ? coefficient : 0
}

const compileInteraction = (element: XmlElement, scope: Scope): Term => {
  const coefficient = requiredNumber(element, 'coefficient')
  const parts = childrenOf(element, 'FieldRef').map((ref) => numbers(scope.field(requiredAttribute(ref, 'field')).expression))
  return () => {
    let product = coefficient
    for (let i = 0; i < parts.length; i++) product *= parts[i]!()
    return product
  }
}

const compileTable = (table: XmlElement, scope: Scope): Term => {
  const intercept = requiredNumber(table, 'intercept')
  expectChildren(table, 'NumericPredictor', 'CategoricalPredictor', 'PredictorTerm')
  const terms = table.children.map((child) =>
    child.name === 'NumericPredictor' ? compileNumeric(child, scope)
      : child.name === 'CategoricalPredictor' ? compileCategorical(child, scope) : compileInteraction(child, scope))
  return () => {
    let sum = intercept
    for (let i = 0; i < terms.length; i++) sum += terms[i]!()
    return sum
  }
}

const methods = ['none', 'simplemax', 'softmax', 'logit', 'probit', 'cloglog', 'exp', 'loglog', 'cauchit'] as const

const clamp = (value: number): number => value < 0 ? 0 : value > 1 ? 1 : value

/** Linear predictors of the categories → probabilities. */
const normaliser = (element: XmlElement, method: string, size: number, isOrdinal: boolean): ((values: Float64Array) => void) => {
  const inverse = method === 'none' ? clamp : inverseLinks[method]
  const isShare = method === 'softmax' || method === 'simplemax'
  if (inverse === undefined && !isShare) throw unsupportedAttribute(element, 'normalizationMethod')
  if (method === 'exp' || (isOrdinal && isShare)) throw invalidAttribute(element, 'normalizationMethod')
  if (method === 'softmax') return softmax
  if (method === 'simplemax' || inverse === undefined) return simplemax
  if (isOrdinal) {
    return (values) => {
      for (let i = 0; i < size - 1; i++) values[i] = inverse(values[i]!)
      values[size - 1] = 1
      fromCumulative(values)
    }
  }
  if (size === 2) {
    return (values) => {
      values[0] = inverse(values[0]!)
      values[1] = 1 - values[0]!
    }
  }
  if (method !== 'none') {
    if (method !== 'logit') throw invalidAttribute(element, 'normalizationMethod')
    return (values) => {
      for (let i = 0; i < values.length; i++) values[i] = inverse(values[i]!)
      simplemax(values)
    }
  }
  return (values) => {
    let sum = 0
    for (let i = 0; i < size - 1; i++) sum += values[i]!
    values[size - 1] = 1 - sum
  }
}

export const compileRegressionModel: BodyCompiler = ({ element, scope, target, functionName }) => {
  const tables = childrenOf(element, 'RegressionTable')
  const method = wordAttribute(element, 'normalizationMethod', methods)
  const predictors = tables.map((table) => compileTable(table, scope))
  if (tables.length === 0) throw invalid(element, 'RegressionModel has no RegressionTable', 'missing-element')

  if (functionName === 'regression') {
    const inverse = inverseLinks[method]
    if (inverse === undefined) throw invalidAttribute(element, 'normalizationMethod')
    if (tables.length !== 1) throw invalid(element, `a regression has one RegressionTable, not ${tables.length}`, 'invalid-element')
    const outcome = new Outcome()
    const predict = predictors[0]!
    return { outcome, evaluate: method === 'none' ? () => { outcome.setNumber(predict()) } : () => { outcome.setNumber(inverse(predict())) } }
  }
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  if (tables.length < 2) throw invalid(element, 'a classification has two RegressionTables at least', 'invalid-element')
  const outcome = new Outcome(tables.map((table) => requiredAttribute(table, 'targetCategory')))
  const { probabilities } = outcome
  const normalise = normaliser(element, method, tables.length, target.optype === 'ordinal')
  return {
    outcome,
    evaluate: () => {
      for (let i = 0; i < predictors.length; i++) {
        const value = predictors[i]!()
        if (value !== value) {
          outcome.clear()
          return
        }
        probabilities[i] = value
      }
      normalise(probabilities)
      outcome.setMostProbable()
    },
  }
}
