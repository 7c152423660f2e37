import { ModelError } from '../errors.ts'
import type { ScoringReason } from '../errors.ts'
import type { XmlElement } from './xml.ts'

/** A document that is well-formed but cannot become a model. `reason` is set where evaluators report it per record. */
export class PmmlError extends ModelError {
  readonly line: number
  readonly reason: ScoringReason | undefined

  constructor(code: 'MILLRACE_MODEL_INVALID' | 'MILLRACE_MODEL_UNSUPPORTED', line: number, message: string, reason?: ScoringReason) {
    super(code, `line ${line}: ${message}`)
    this.line = line
    this.reason = reason
  }
}

export const invalid = (element: XmlElement, message: string, reason?: ScoringReason): PmmlError =>
  new PmmlError('MILLRACE_MODEL_INVALID', element.line, message, reason)

export const unsupportedElement = (element: XmlElement, where?: XmlElement): PmmlError =>
  new PmmlError('MILLRACE_MODEL_UNSUPPORTED', element.line, `element ${element.name}${where ? ` in ${where.name}` : ''} is not supported`, 'unsupported-element')

export const unsupportedAttribute = (element: XmlElement, name: string): PmmlError =>
  new PmmlError('MILLRACE_MODEL_UNSUPPORTED', element.line,
    `attribute ${element.name}@${name}=${element.attributes.get(name) ?? ''} is not supported`, 'unsupported-attribute')

export const invalidAttribute = (element: XmlElement, name: string): PmmlError =>
  invalid(element, `attribute ${element.name}@${name} cannot be '${element.attributes.get(name) ?? ''}'`, 'invalid-attribute')

export const childrenOf = (element: XmlElement, name: string): XmlElement[] => element.children.filter((child) => child.name === name)

export const childOf = (element: XmlElement, name: string): XmlElement | undefined => element.children.find((child) => child.name === name)

export const requiredChild = (element: XmlElement, name: string): XmlElement => {
  const child = childOf(element, name)
  if (child === undefined) throw invalid(element, `element ${element.name} has no ${name}`, 'missing-element')
  return child
}

export const attribute = (element: XmlElement, name: string): string | undefined => element.attributes.get(name)

export const requiredAttribute = (element: XmlElement, name: string): string => {
  const value = element.attributes.get(name)
  if (value === undefined) throw invalid(element, `element ${element.name} has no attribute ${name}`, 'missing-attribute')
  return value
}

const numberPattern = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?\s*$/

/** A number as XML Schema and Java write doubles, or `undefined`. */
export const parseNumber = (text: string): number | undefined => {
  const match = numberPattern.exec(text)
  if (match !== null) return Number(match[1])
  switch (text.trim()) {
    case 'INF': case 'Infinity': case '+INF': case '+Infinity': return Infinity
    case '-INF': case '-Infinity': return -Infinity
    case 'NaN': return NaN
    default: return undefined
  }
}

export function numberAttribute(element: XmlElement, name: string): number | undefined
export function numberAttribute(element: XmlElement, name: string, fallback: number): number
export function numberAttribute(element: XmlElement, name: string, fallback?: number): number | undefined {
  const text = element.attributes.get(name)
  if (text === undefined) return fallback
  const value = parseNumber(text)
  if (value === undefined) throw invalid(element, `attribute ${element.name}@${name} is '${text}', not a number`, 'invalid-attribute')
  return value
}

export const requiredNumber = (element: XmlElement, name: string): number => {
  requiredAttribute(element, name)
  return numberAttribute(element, name)!
}

/** One of the given words, or the first of them when the attribute is absent. */
export const wordAttribute = <const Word extends string>(element: XmlElement, name: string, words: readonly [Word, ...Word[]]): Word => {
  const text = element.attributes.get(name)
  if (text === undefined) return words[0]
  if (!words.includes(text as Word)) throw unsupportedAttribute(element, name)
  return text as Word
}

export const booleanAttribute = (element: XmlElement, name: string, fallback: boolean): boolean => {
  const text = element.attributes.get(name)
  if (text === undefined) return fallback
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw invalidAttribute(element, name)
}

/** Refuses children that the compiler of this element does not know. */
export const expectChildren = (element: XmlElement, ...names: readonly string[]): void => {
  for (const child of element.children) if (!names.includes(child.name)) throw unsupportedElement(child, element)
}

/** The strings of an `Array`: separated by blanks, quoted where they contain some. */
export const arrayStrings = (element: XmlElement): string[] => {
  const found: string[] = []
  for (const match of element.text.matchAll(/"((?:[^"\\]|\\[^])*)"|[^\s"]+/g)) {
    found.push(match[1] === undefined ? match[0] : match[1].replace(/\\(["\\])/g, '$1'))
  }
  const n = numberAttribute(element, 'n')
  if (n !== undefined && n !== found.length) throw invalid(element, `array says n=${n} but holds ${found.length} values`, 'invalid-element')
  return found
}

/** The numbers of an `Array` or of `Indices`, `INT-Entries` and the like. */
export const arrayNumbers = (element: XmlElement): number[] => arrayStrings(element).map((text) => {
  const value = parseNumber(text)
  if (value === undefined) throw invalid(element, `'${text}' in ${element.name} is not a number`, 'invalid-element')
  return value
})

/** A dense vector from `Array` or `REAL-SparseArray`/`INT-SparseArray`. */
export const vectorNumbers = (element: XmlElement): number[] => {
  if (element.name === 'Array') return arrayNumbers(element)
  if (element.name !== 'REAL-SparseArray' && element.name !== 'INT-SparseArray') throw unsupportedElement(element)
  const indices = childOf(element, 'Indices')
  const entries = childOf(element, 'REAL-Entries') ?? childOf(element, 'INT-Entries')
  const at = indices === undefined ? [] : arrayNumbers(indices)
  const values = entries === undefined ? [] : arrayNumbers(entries)
  if (at.length !== values.length) throw invalid(element, `${at.length} indices for ${values.length} entries`, 'invalid-element')
  const length = numberAttribute(element, 'n') ?? Math.max(0, ...at)
  if (!(length <= 1e7)) throw invalid(element, `a sparse array of ${length} values is too long`, 'invalid-element')
  const dense = new Array<number>(length).fill(numberAttribute(element, 'defaultValue', 0))
  at.forEach((index, i) => {
    if (!(index >= 1 && index <= length)) throw invalid(element, `index ${index} is outside of 1 to ${length}`, 'invalid-element')
    dense[index - 1] = values[i]!
  })
  return dense
}
