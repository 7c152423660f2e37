import { attribute, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, requiredChild, unsupportedAttribute } from './elements.ts'
import { isDataType, isNumberKind, parseText } from './values.ts'
import type { DataType } from './values.ts'
import type { XmlElement } from './xml.ts'

/** Whether a number lies in one of a field's intervals. */
export type IntervalTest = (value: number) => boolean

export interface DataField {
  readonly name: string
  readonly type: DataType
  readonly optype: string
  /** Valid values in the document's order, as written. */
  readonly values: readonly string[]
  readonly displayValues: ReadonlyMap<string, string>
  /** Values as kept at run time (numbers, or strings), by what they stand for. */
  readonly valid: ReadonlySet<unknown>
  readonly missing: ReadonlySet<unknown>
  readonly invalid: ReadonlySet<unknown>
  readonly intervals: readonly IntervalTest[]
}

export const compileInterval = (element: XmlElement): IntervalTest => {
  const closure = requiredAttribute(element, 'closure')
  if (!/^(open|closed)(Open|Closed)$/.test(closure)) throw unsupportedAttribute(element, 'closure')
  const left = numberAttribute(element, 'leftMargin', -Infinity)
  const right = numberAttribute(element, 'rightMargin', Infinity)
  // A margin that is not given includes everything on its side, infinity too.
  const leftOpen = closure.startsWith('open') && left !== -Infinity
  const rightOpen = closure.endsWith('Open') && right !== Infinity
  switch (`${leftOpen ? 'open' : 'closed'}${rightOpen ? 'Open' : 'Closed'}`) {
    case 'openOpen': return (value) => value > left && value < right
    case 'openClosed': return (value) => value > left && value <= right
    case 'closedOpen': return (value) => value >= left && value < right
    default: return (value) => value >= left && value <= right
  }
}

/** A text of the document as the field's values are kept; text that is no such value stays text. */
const keptValue = (type: DataType, text: string): unknown => isNumberKind(type) ? parseText(type, text) ?? text : text

const compileField = (element: XmlElement): DataField => {
  expectChildren(element, 'Value', 'Interval')
  const name = requiredAttribute(element, 'name')
  const type = requiredAttribute(element, 'dataType')
  if (!isDataType(type)) throw unsupportedAttribute(element, 'dataType')
  const field = {
    name, type, optype: attribute(element, 'optype') ?? 'continuous',
    values: [] as string[], displayValues: new Map<string, string>(),
    valid: new Set<unknown>(), missing: new Set<unknown>(), invalid: new Set<unknown>(),
    intervals: childrenOf(element, 'Interval').map(compileInterval),
  }
  for (const child of childrenOf(element, 'Value')) {
    const text = requiredAttribute(child, 'value')
    const property = attribute(child, 'property') ?? 'valid'
    if (property !== 'valid' && property !== 'missing' && property !== 'invalid') throw unsupportedAttribute(child, 'property')
    field[property].add(keptValue(type, text))
    if (property !== 'valid') continue
    field.values.push(text)
    const display = attribute(child, 'displayValue')
    if (display !== undefined) field.displayValues.set(text, display)
  }
  return field
}

export const compileDataDictionary = (root: XmlElement): Map<string, DataField> => {
  const element = requiredChild(root, 'DataDictionary')
  expectChildren(element, 'DataField', 'Taxonomy')
  const fields = new Map<string, DataField>()
  for (const child of childrenOf(element, 'DataField')) {
    const field = compileField(child)
    if (fields.has(field.name)) throw invalid(child, `field '${field.name}' is declared twice`, 'duplicate-field')
    fields.set(field.name, field)
  }
  return fields
}
