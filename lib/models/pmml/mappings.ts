import { attribute, childOf, childrenOf, expectChildren, invalid, requiredAttribute, requiredChild, requiredNumber, unsupportedElement, wordAttribute } from './elements.ts'
import { compileInterval } from './data-dictionary.ts'
import { boxed, numberExpression, numbers, objectExpression } from './scope.ts'
import { castText, isNumberKind, parseText } from './values.ts'
import type { Expression, NumberExpression, Scope } from './scope.ts'
import type { DataType } from './values.ts'
import type { XmlElement } from './xml.ts'

export type OutlierTreatment = 'asIs' | 'asMissingValues' | 'asExtremeValues'

/** The points of a NormContinuous, in order. */
export const linearNorms = (element: XmlElement): { orig: number[], norm: number[] } => {
  const points = childrenOf(element, 'LinearNorm')
  if (points.length < 2) throw invalid(element, `${element.name} needs two LinearNorm at least`, 'missing-element')
  const orig = points.map((point) => requiredNumber(point, 'orig'))
  const norm = points.map((point) => requiredNumber(point, 'norm'))
  for (let i = 1; i < orig.length; i++) if (!(orig[i]! >= orig[i - 1]!)) throw invalid(points[i]!, 'LinearNorm elements are not in order of orig')
  return { orig, norm }
}

/** Piecewise linear interpolation through the points; outside of them as `outliers` says. */
export const interpolate = (orig: readonly number[], norm: readonly number[], outliers: OutlierTreatment): ((value: number) => number) => {
  const last = orig.length - 1
  const line = (i: number, value: number): number =>
    norm[i]! + (value - orig[i]!) / (orig[i + 1]! - orig[i]!) * (norm[i + 1]! - norm[i]!)
  return (value) => {
    if (value !== value) return NaN
    if (value < orig[0]!) return outliers === 'asMissingValues' ? NaN : outliers === 'asExtremeValues' ? norm[0]! : line(0, value)
    if (value > orig[last]!) return outliers === 'asMissingValues' ? NaN : outliers === 'asExtremeValues' ? norm[last]! : line(last - 1, value)
    let i = 0
    while (i < last - 1 && value > orig[i + 1]!) i++
    return line(i, value)
  }
}

export const compileNormContinuous = (element: XmlElement, scope: Scope): NumberExpression => {
  expectChildren(element, 'LinearNorm')
  const { orig, norm } = linearNorms(element)
  const map = interpolate(orig, norm, wordAttribute(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues']))
  const get = numbers(scope.field(requiredAttribute(element, 'field')).expression)
  const missing = attribute(element, 'mapMissingTo')
  if (missing === undefined) return numberExpression('double', () => map(get()))
  const fallback = castText('double', missing)
  return numberExpression('double', () => { const value = get(); return value === value ? map(value) : fallback })
}

export const compileNormDiscrete = (element: XmlElement, scope: Scope): NumberExpression => {
  const { expression } = scope.field(requiredAttribute(element, 'field'))
  const text = requiredAttribute(element, 'value')
  const missing = attribute(element, 'mapMissingTo')
  const fallback = missing === undefined ? NaN : castText('double', missing)
  if (expression.kind === 'number') {
    const { get } = expression
    const wanted = parseText(expression.type, text) ?? parseText('double', text)
    return numberExpression('double', () => { const value = get(); return value === wanted ? 1 : value === value ? 0 : fallback })
  }
  const { get } = expression
  return numberExpression('double', () => { const value = get(); return value === undefined ? fallback : value === text ? 1 : 0 })
}

/** Texts of the document → an expression that gives one of them by its index; -1 is missing. */
const chosen = (type: DataType, texts: readonly string[], index: () => number): Expression => {
  if (!isNumberKind(type)) return objectExpression(type, () => texts[index()])
  const values = Float64Array.from(texts, (text) => castText(type, text))
  return numberExpression(type, () => { const i = index(); return i < 0 ? NaN : values[i]! })
}

export const compileDiscretize = (element: XmlElement, scope: Scope): Expression => {
  expectChildren(element, 'DiscretizeBin')
  const bins = childrenOf(element, 'DiscretizeBin')
  const tests = bins.map((bin) => compileInterval(requiredChild(bin, 'Interval')))
  const texts = bins.map((bin) => requiredAttribute(bin, 'binValue'))
  const optional = (name: string): number => {
    const text = attribute(element, name)
    return text === undefined ? -1 : texts.push(text) - 1
  }
  const missing = optional('mapMissingTo')
  const other = optional('defaultValue')
  const get = numbers(scope.field(requiredAttribute(element, 'field')).expression)
  return chosen(attribute(element, 'dataType') ?? 'string', texts, () => {
    const value = get()
    if (value !== value) return missing
    for (let i = 0; i < tests.length; i++) if (tests[i]!(value)) return i
    return other
  })
}

/** A column's name without the prefix of its namespace, which tables often have one of their own for. */
export const columnName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Rows of an InlineTable: cell texts by column name. */
export const inlineRows = (table: XmlElement): Map<string, string>[] => {
  if (childOf(table, 'TableLocator') !== undefined) throw unsupportedElement(childOf(table, 'TableLocator')!, table)
  return childrenOf(table, 'row').map((row) => new Map(row.children.map((cell) => [cell.name, cell.text])))
}

export const compileMapValues = (element: XmlElement, scope: Scope): Expression => {
  expectChildren(element, 'FieldColumnPair', 'InlineTable')
  const pairs = childrenOf(element, 'FieldColumnPair')
  const outputColumn = columnName(requiredAttribute(element, 'outputColumn'))
  const inputs = pairs.map((pair) => {
    const { expression } = scope.field(requiredAttribute(pair, 'field'))
    return { column: columnName(requiredAttribute(pair, 'column')), expression, get: boxed(expression) }
  })
  const texts: string[] = []
  const indexes = new Map<string, number>()
  const separator = '\u0000'
  for (const row of inlineRows(requiredChild(element, 'InlineTable'))) {
    const output = row.get(outputColumn)
    if (output === undefined) continue
    const key = inputs.map(({ column, expression }) => {
      const text = row.get(column)
      return text === undefined || expression.kind === 'object' ? text : parseText(expression.type, text)
    }).join(separator)
    if (!indexes.has(key)) indexes.set(key, texts.push(output) - 1)
  }
  const optional = (name: string): number => {
    const text = attribute(element, name)
    return text === undefined ? -1 : texts.push(text) - 1
  }
  const missing = optional('mapMissingTo')
  const other = optional('defaultValue')
  return chosen(attribute(element, 'dataType') ?? 'string', texts, () => {
    let key = ''
    for (let i = 0; i < inputs.length; i++) {
      const value = inputs[i]!.get()
      if (value === undefined) return missing
      key = i === 0 ? String(value) : key + separator + String(value)
    }
    return indexes.get(key) ?? other
  })
}

