import { attribute, childOf, childrenOf, invalid, numberAttribute, requiredAttribute, requiredChild, requiredNumber, unsupportedAttribute, unsupportedElement } from '../elements.ts'
import { numbers } from '../scope.ts'
import { normalCdf } from '../../math/special-functions.ts'
import { Outcome } from '../outcome.ts'
import { parseText } from '../values.ts'
import { compileCoxHazard } from './cox-hazard.ts'
import { fromCumulative, inverseLinks, softmax } from './links.ts'
import type { Body, BodyCompiler, BodyContext } from '../outcome.ts'
import type { Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

/** A factor of a parameter: NaN when its field is missing. */
type Factor = () => number

const namesIn = (element: XmlElement | undefined): Set<string> =>
  new Set(element === undefined ? [] : childrenOf(element, 'Predictor').map((predictor) => requiredAttribute(predictor, 'name')))

const compileCovariate = (cell: XmlElement, scope: Scope): Factor => {
  const get = numbers(scope.field(requiredAttribute(cell, 'predictorName')).expression)
  const exponent = requiredNumber(cell, 'value')
  if (exponent === 1) return get
  return () => { const value = get(); return value === value ? Math.pow(value, exponent) : NaN }
}

/** 1 where the field has the cell's category, 0 elsewhere. */
const compileFactor = (cell: XmlElement, scope: Scope): Factor => {
  const { expression } = scope.field(requiredAttribute(cell, 'predictorName'))
  const text = requiredAttribute(cell, 'value')
  if (expression.kind === 'number') {
    const wanted = parseText(expression.type, text) ?? parseText('double', text)
    const { get } = expression
    return () => { const value = get(); return value === wanted ? 1 : value === value ? 0 : NaN }
  }
  const { get } = expression
  return () => { const value = get(); return value === text ? 1 : value === undefined ? NaN : 0 }
}

type Row = () => number

/** Sum over a category's parameters of beta × the product of the parameter's factors. */
const compileRow = (cells: readonly XmlElement[], factorsOf: ReadonlyMap<string, readonly Factor[]>): Row => {
  const betas = Float64Array.from(cells, (cell) => requiredNumber(cell, 'beta'))
  const factors = cells.map((cell) => factorsOf.get(requiredAttribute(cell, 'parameterName')) ?? [])
  return () => {
    let sum = 0
    for (let i = 0; i < betas.length; i++) {
      let product = betas[i]!
      const row = factors[i]!
      for (let j = 0; j < row.length; j++) product *= row[j]!()
      sum += product
    }
    return sum
  }
}

interface Parts {
  /** Linear predictors by target category; the key `undefined` is that of parameters without one. */
  readonly rows: ReadonlyMap<string | undefined, Row>
  readonly offset: () => number
  readonly trials: () => number
}

const compileParts = ({ element, scope }: BodyContext): Parts => {
  const covariates = namesIn(childOf(element, 'CovariateList'))
  const factorList = childOf(element, 'FactorList')
  const factors = namesIn(factorList)
  if (factorList !== undefined) {
    for (const predictor of factorList.children) {
      const contrast = childOf(predictor, 'Categories') === undefined ? childOf(predictor, 'Matrix') : undefined
      if (contrast !== undefined) throw unsupportedElement(contrast, predictor)
    }
  }
  const matrices = (name: string, cellName: string, fallback?: () => XmlElement[]): XmlElement[] => {
    const matrix = childOf(element, name)
    return matrix === undefined ? fallback?.() ?? [] : childrenOf(matrix, cellName)
  }
  const factorsOf = new Map<string, Factor[]>()
  // Cells may be given for one category only; the usual documents give them for all at once.
  for (const cell of matrices('PPMatrix', 'PPCell')) {
    if (attribute(cell, 'targetCategory') !== undefined) throw unsupportedAttribute(cell, 'targetCategory')
    const parameter = requiredAttribute(cell, 'parameterName')
    const predictor = requiredAttribute(cell, 'predictorName')
    const list = factorsOf.get(parameter) ?? []
    factorsOf.set(parameter, list)
    if (factors.has(predictor)) list.push(compileFactor(cell, scope))
    else if (covariates.has(predictor)) list.push(compileCovariate(cell, scope))
    else throw invalid(cell, `predictor '${predictor}' is in neither FactorList nor CovariateList`)
  }
  const cellsOf = new Map<string | undefined, XmlElement[]>()
  for (const cell of childrenOf(requiredChild(element, 'ParamMatrix'), 'PCell')) {
    const category = attribute(cell, 'targetCategory')
    const list = cellsOf.get(category)
    if (list === undefined) cellsOf.set(category, [cell])
    else list.push(cell)
  }
  const given = (variable: string, value: string, fallback: number): (() => number) => {
    const name = attribute(element, variable)
    if (name !== undefined) return numbers(scope.field(name).expression)
    const constant = numberAttribute(element, value, fallback)
    return () => constant
  }
  return {
    rows: new Map([...cellsOf].map(([category, cells]) => [category, compileRow(cells, factorsOf)])),
    offset: given('offsetVariable', 'offsetValue', 0),
    trials: given('trialsVariable', 'trialsValue', 1),
  }
}

/** Inverse of the link function, with the parameter that some of them have. */
const compileLink = (element: XmlElement, name: string): ((eta: number) => number) => {
  const parameter = name === 'negbin' ? requiredNumber(element, 'distParameter')
    : name === 'oddspower' || name === 'power' ? requiredNumber(element, 'linkParameter') : NaN
  switch (name) {
    case 'negbin': return (eta) => 1 / (parameter * (Math.exp(-eta) - 1))
    case 'oddspower': return parameter === 0 ? inverseLinks.logit! : (eta) => 1 / (1 + Math.pow(1 + parameter * eta, -1 / parameter))
    case 'power': return parameter === 0 ? Math.exp : (eta) => Math.pow(eta, 1 / parameter)
    default: {
      const inverse = inverseLinks[name]
      if (inverse === undefined) throw unsupportedAttribute(element, 'linkFunction')
      return inverse
    }
  }
}

const compileRegression = (context: BodyContext, parts: Parts, modelType: string): Body => {
  const { element } = context
  const row = parts.rows.get(undefined) ?? [...parts.rows.values()][0]
  if (row === undefined) throw invalid(element, 'ParamMatrix is empty', 'missing-element')
  const outcome = new Outcome()
  if (modelType === 'CoxRegression') {
    const hazard = compileCoxHazard(context, row)
    return { outcome, evaluate: () => { outcome.setNumber(hazard()) } }
  }
  if (modelType !== 'generalizedLinear') return { outcome, evaluate: () => { outcome.setNumber(row() + parts.offset()) } }
  const mean = compileLink(element, attribute(element, 'linkFunction') ?? 'identity')
  const { offset, trials } = parts
  return { outcome, evaluate: () => { outcome.setNumber(mean(row() + offset()) * trials()) } }
}

/** Probabilities of the categories from their linear predictors, which are in `values`. */
const compileShares = (element: XmlElement, modelType: string, size: number): ((values: Float64Array) => void) => {
  switch (modelType) {
    case 'generalizedLinear': {
      const mean = compileLink(element, attribute(element, 'linkFunction') ?? 'identity')
      return (values) => {
        values[0] = mean(values[0]!)
        values[1] = 1 - values[0]!
      }
    }
    case 'ordinalMultinomial': {
      const name = attribute(element, 'cumulativeLink') ?? 'logit'
      const inverse = name === 'probit' ? (eta: number) => normalCdf(eta, 0, 1) : inverseLinks[name]
      if (inverse === undefined) throw unsupportedAttribute(element, 'cumulativeLink')
      return (values) => {
        for (let i = 0; i < size - 1; i++) values[i] = inverse(values[i]!)
        values[size - 1] = 1
        fromCumulative(values)
      }
    }
    default: return softmax
  }
}

const compileClassification = (context: BodyContext, parts: Parts, modelType: string): Body => {
  const { element, target } = context
  const reference = attribute(element, 'targetReferenceCategory')
  const named = [...parts.rows.keys()].filter((category) => category !== undefined)
  const declared = target.field?.values ?? []
  const isOrdinal = modelType === 'ordinalMultinomial'
  let categories: string[]
  if (isOrdinal) {
    categories = declared.length > 0 ? [...declared] : [...named, ...(reference === undefined ? [] : [reference])]
  } else {
    const rest = reference === undefined ? declared.filter((category) => !named.includes(category)) : [reference]
    categories = [...named, ...rest.filter((category) => !named.includes(category))]
  }
  if (categories.length < 2) throw invalid(element, 'the categories of the target are not known')
  if (modelType === 'generalizedLinear' && categories.length !== 2) throw invalid(element, 'generalizedLinear classifies two categories only')
  // Parameters without a category belong to all of them; a category without parameters is the reference.
  const shared = parts.rows.get(undefined)
  const rows = categories.map((category) => parts.rows.get(category))
  const outcome = new Outcome(categories)
  const { probabilities } = outcome
  const share = compileShares(element, modelType, categories.length)
  return {
    outcome,
    evaluate: () => {
      const offset = parts.offset()
      const common = shared?.() ?? 0
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]
        const isReference = row === undefined && !isOrdinal && (shared === undefined || categories[i] === reference)
        const value = isReference ? 0 : (row?.() ?? 0) + common + offset
        if (value !== value) {
          outcome.clear()
          return
        }
        probabilities[i] = value
      }
      share(probabilities)
      outcome.setMostProbable()
    },
  }
}

export const compileGeneralRegressionModel: BodyCompiler = (context) => {
  const { element, functionName } = context
  const modelType = requiredAttribute(element, 'modelType')
  if (!['regression', 'generalLinear', 'multinomialLogistic', 'ordinalMultinomial', 'generalizedLinear', 'CoxRegression'].includes(modelType)) {
    throw unsupportedAttribute(element, 'modelType')
  }
  const parts = compileParts(context)
  if (functionName === 'regression') return compileRegression(context, parts, modelType)
  if (functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  return compileClassification(context, parts, modelType)
}
