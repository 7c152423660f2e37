import { ScoringError } from '../errors.ts'
import { attribute, childrenOf, expectChildren, invalid, numberAttribute, requiredAttribute, wordAttribute } from './elements.ts'
import { castNumber, castText, isNumberKind, parseText } from './values.ts'
import type { DataField } from './data-dictionary.ts'
import type { XmlElement } from './xml.ts'

export type Usage = 'active' | 'target' | 'predicted' | 'supplementary' | 'group' | 'order' | 'frequencyWeight' | 'analysisWeight'

/** What a model's mining schema says about one field. */
export interface MiningField {
  readonly name: string
  readonly usage: Usage
  readonly optype: string | undefined
  /** Whether any treatment deviates from the defaults; only then is a value from an outer model treated again. */
  readonly treated: boolean
  readonly element: XmlElement
}

export const compileMiningSchema = (model: XmlElement): MiningField[] => {
  const schema = childrenOf(model, 'MiningSchema')[0]
  if (schema === undefined) throw invalid(model, `${model.name} has no MiningSchema`, 'missing-element')
  expectChildren(schema, 'MiningField')
  return childrenOf(schema, 'MiningField').map((element) => ({
    name: requiredAttribute(element, 'name'),
    usage: wordAttribute(element, 'usageType',
      ['active', 'target', 'predicted', 'supplementary', 'group', 'order', 'frequencyWeight', 'analysisWeight']),
    optype: attribute(element, 'optype'),
    treated: ['outliers', 'missingValueReplacement', 'missingValueTreatment', 'invalidValueTreatment', 'invalidValueReplacement']
      .some((name) => element.attributes.has(name)),
    element,
  }))
}

interface Treatment<Value> {
  /** What to use for a missing value. */
  readonly missing: () => Value
  /** What to use for an invalid one; `parsed` is absent when the text could not be read at all. */
  readonly invalid: (raw: unknown, parsed: Value | undefined) => Value
}

const show = (raw: unknown): string => typeof raw === 'string' ? `'${raw.slice(0, 100)}'` : String(raw)

const compileTreatment = <Value>(field: DataField, { element, name }: MiningField, none: Value, replacementOf: (text: string) => Value): Treatment<Value> => {
  const missingTreatment = wordAttribute(element, 'missingValueTreatment', ['asIs', 'asMean', 'asMode', 'asMedian', 'asValue', 'returnInvalid'])
  const invalidTreatment = wordAttribute(element, 'invalidValueTreatment', ['returnInvalid', 'asIs', 'asMissing', 'asValue'])
  const replacementText = attribute(element, 'missingValueReplacement')
  const replacement = replacementText === undefined ? none : replacementOf(replacementText)
  const missing = missingTreatment === 'returnInvalid'
    ? (): Value => { throw new ScoringError('value-check', `field '${name}' cannot accept a missing value`) }
    : (): Value => replacement
  const refuse = (raw: unknown): Value => { throw new ScoringError('value-check', `field '${name}' cannot accept ${show(raw)}`) }
  switch (invalidTreatment) {
    case 'asMissing': return { missing, invalid: missing }
    case 'asIs': case 'asValue': {
      const text = attribute(element, 'invalidValueReplacement')
      if (text !== undefined) {
        const value = replacementOf(text)
        return { missing, invalid: () => value }
      }
      if (invalidTreatment === 'asValue') throw invalid(element, `field '${name}' has no invalidValueReplacement`, 'missing-attribute')
      return {
        missing,
        invalid: (raw, parsed) => {
          if (parsed === undefined) throw new ScoringError('number-format', `field '${name}': ${show(raw)} is not of type ${field.type}`)
          return parsed
        },
      }
    }
    default: return { missing, invalid: refuse }
  }
}

/** Whether the dictionary restricts the field's values at all. */
const restricted = (field: DataField): boolean => field.valid.size > 0 || field.invalid.size > 0 || field.intervals.length > 0

const parseRaw = (field: DataField, raw: unknown): number | undefined => {
  if (typeof raw === 'number') {
    if (raw !== raw) return NaN
    switch (field.type) {
      case 'double': return raw
      case 'float': return Math.fround(raw)
      case 'integer': return Number.isInteger(raw) ? raw : undefined
      case 'boolean': return raw === 0 || raw === 1 ? raw : undefined
      default: return raw
    }
  }
  if (typeof raw === 'boolean') return field.type === 'boolean' || field.type === 'double' || field.type === 'integer' ? Number(raw) : undefined
  if (typeof raw === 'bigint') return Number(raw)
  return typeof raw === 'string' ? parseText(field.type, raw) : undefined
}

/** Raw value of a record → value of a number-kind field, treated as dictionary and mining schema say. */
export const compileNumberInput = (field: DataField, mining: MiningField): (raw: unknown) => number => {
  const treatment = compileTreatment(field, mining, NaN, (text) => castText(field.type, text))
  const { missing, invalid: refuse } = treatment
  const limited = restricted(field)
  const hasMissingMarkers = field.missing.size > 0
  const outliers = wordAttribute(mining.element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues'])
  const low = numberAttribute(mining.element, 'lowValue', -Infinity)
  const high = numberAttribute(mining.element, 'highValue', Infinity)
  const continuous = (mining.optype ?? field.optype) === 'continuous'
  const isValid = (value: number): boolean => {
    if (field.invalid.has(value)) return false
    if (field.intervals.length > 0 && continuous) {
      for (const test of field.intervals) if (test(value)) return true
      return field.valid.has(value)
    }
    return field.valid.size === 0 || field.valid.has(value)
  }
  const afterOutliers = (value: number): number => {
    if (value < low) return outliers === 'asExtremeValues' ? low : outliers === 'asMissingValues' ? missing() : value
    if (value > high) return outliers === 'asExtremeValues' ? high : outliers === 'asMissingValues' ? missing() : value
    return value
  }
  const general = (raw: unknown): number => {
    if (raw === undefined || raw === null) return missing()
    if (hasMissingMarkers && field.missing.has(raw)) return missing()
    const value = parseRaw(field, raw)
    if (value === undefined) return refuse(raw, undefined)
    if (value !== value) return missing()
    if (hasMissingMarkers && field.missing.has(value)) return missing()
    if (limited && !isValid(value)) return refuse(raw, value)
    return outliers === 'asIs' ? value : afterOutliers(value)
  }
  if (limited || hasMissingMarkers || outliers !== 'asIs' || field.type !== 'double') return general
  return (raw) => typeof raw === 'number' && raw === raw ? raw : general(raw)
}

/** Raw value of a record → value of a string field. */
export const compileStringInput = (field: DataField, mining: MiningField): (raw: unknown) => unknown => {
  const { missing, invalid: refuse } = compileTreatment<unknown>(field, mining, undefined, (text) => text)
  return (raw) => {
    if (raw === undefined || raw === null) return missing()
    const value = typeof raw === 'string' ? raw : String(raw)
    if (field.missing.has(value)) return missing()
    if (field.invalid.has(value) || (field.valid.size > 0 && !field.valid.has(value))) return refuse(raw, value)
    return value
  }
}

/** A list of a record → its members, each made to be of the field's type; missing members are left out. */
export const compileCollectionInput = (field: DataField): (raw: unknown) => unknown => (raw) => {
  if (raw === undefined || raw === null) return undefined
  const members: unknown[] = Array.isArray(raw) ? raw : [raw]
  return members.filter((member) => member !== undefined && member !== null)
    .map((member) => isNumberKind(field.type)
      ? typeof member === 'number' ? castNumber('double', field.type, member) : castText(field.type, String(member))
      : String(member))
}
