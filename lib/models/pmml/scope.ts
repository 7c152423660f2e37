import { ScoringError } from '../errors.ts'
import { castNumber, castText, castToText, isNumberKind } from './values.ts'
import type { DataType } from './values.ts'
import type { DataField } from './data-dictionary.ts'
import type { XmlElement } from './xml.ts'

/** Where an input field's value of the current record is kept. */
export class NumberCell {
  value = NaN
}

export class ObjectCell {
  value: unknown = undefined
}

/** A compiled expression whose values are numbers; NaN is a missing value. */
export interface NumberExpression {
  readonly kind: 'number'
  readonly type: DataType
  readonly get: () => number
  /** Where the value is kept, if it is a plain input: faster to read than to ask for. */
  readonly cell?: NumberCell
}

/** A compiled expression whose values are strings, collections, or (type `any`) of several kinds; `undefined` is missing. */
export interface ObjectExpression {
  readonly kind: 'object'
  readonly type: DataType
  readonly get: () => unknown
}

export type Expression = NumberExpression | ObjectExpression

/** A field that expressions and models can refer to. */
export interface Field {
  readonly name: string
  readonly type: DataType
  readonly optype: string | undefined
  readonly expression: Expression
}

/** What the whole document shares while it is compiled and while it scores. */
export interface Environment {
  readonly semantics: 'default' | 'specification'
  readonly dictionary: ReadonlyMap<string, DataField>
  readonly functions: ReadonlyMap<string, XmlElement>
  /** The document's TransformationDictionary. */
  readonly transformations: XmlElement | undefined
  /** Fields whose values are lists (read by Aggregate and the like). */
  readonly collections: ReadonlySet<string>
  /** Number of the current record: computed values are kept until it changes. */
  readonly clock: { row: number }
}

/** Names that are visible at one place of the document; looks outwards where it does not know a name. */
export class Scope {
  readonly environment: Environment
  readonly #parent: Scope | undefined
  readonly #fields = new Map<string, Field | (() => Field)>()

  constructor(environment: Environment, parent?: Scope) {
    this.environment = environment
    this.#parent = parent
  }

  /** Declares a field, or how to make it when it is first asked for (fields may refer to later ones). */
  declare(name: string, field: Field | (() => Field)): void {
    this.#fields.set(name, field)
  }

  find(name: string): Field | undefined {
    const field = this.#fields.get(name)
    if (field === undefined) return this.#parent?.find(name)
    if (typeof field !== 'function') return field
    this.#fields.set(name, () => { throw new ScoringError('evaluation', `field '${name}' depends on itself`) })
    const made = field()
    this.#fields.set(name, made)
    return made
  }

  /** The field, or one whose every value is an error: evaluators report an unknown field when a record needs it. */
  field(name: string): Field {
    return this.find(name) ?? unknownField(name)
  }
}

const unknownField = (name: string): Field => {
  const get = (): never => { throw new ScoringError('missing-field', `field '${name}' is not defined`) }
  return { name, type: 'double', optype: undefined, expression: { kind: 'number', type: 'double', get } }
}

export const numberExpression = (type: DataType, get: () => number): NumberExpression => ({ kind: 'number', type, get })

export const objectExpression = (type: DataType, get: () => unknown): ObjectExpression => ({ kind: 'object', type, get })

export const constantNumber = (type: DataType, value: number): NumberExpression => numberExpression(type, () => value)

export const constantString = (value: string): ObjectExpression => objectExpression('string', () => value)

/** The same expression, computed once a record at most. */
export const once = (expression: Expression, { clock }: Environment): Expression => {
  if (expression.kind === 'number') {
    const cell = { row: -1, value: NaN }
    const compute = expression.get
    return numberExpression(expression.type, () => {
      if (cell.row !== clock.row) {
        cell.value = compute()
        cell.row = clock.row
      }
      return cell.value
    })
  }
  const cell: { row: number, value: unknown } = { row: -1, value: undefined }
  const compute = expression.get
  return objectExpression(expression.type, () => {
    if (cell.row !== clock.row) {
      cell.value = compute()
      cell.row = clock.row
    }
    return cell.value
  })
}

/** Any expression as a function that gives `undefined` for missing. */
export const boxed = (expression: Expression): () => unknown => {
  if (expression.kind === 'object') return expression.get
  const { get } = expression
  return () => {
    const value = get()
    return value === value ? value : undefined
  }
}

export const isMissing = (expression: Expression): () => boolean => {
  if (expression.kind === 'object') return () => expression.get() === undefined
  const { get } = expression
  return () => { const value = get(); return value !== value }
}

const castUnknown = (type: DataType, value: unknown): number => {
  if (value === undefined) return NaN
  return typeof value === 'number' ? castNumber('double', type, value) : castText(type, String(value))
}

/** The expression with its values made to be of another type; values that cannot be are a `type-check` error. */
export const cast = (expression: Expression, type: DataType): Expression => {
  if (expression.type === type || type === 'any') return expression
  if (isNumberKind(type)) {
    if (expression.kind === 'object') {
      const { get } = expression
      return numberExpression(type, () => castUnknown(type, get()))
    }
    const { get, type: from } = expression
    if (type === 'double' && (from === 'integer' || from === 'float' || from === 'boolean')) return numberExpression(type, get)
    return numberExpression(type, () => castNumber(from, type, get()))
  }
  if (expression.kind === 'object') {
    const { get } = expression
    if (type === 'collection' || expression.type === 'string') return objectExpression(type, get)
    return objectExpression(type, () => {
      const value = get()
      return value === undefined || typeof value === 'string' ? value : String(value)
    })
  }
  const { get, type: from } = expression
  return objectExpression(type, () => {
    const value = get()
    return value === value ? castToText(from, value) : undefined
  })
}

/** Numbers of an expression, whatever it is; text that is no number is a `type-check` error. */
export const numbers = (expression: Expression): () => number =>
  expression.kind === 'number' ? expression.get : (cast(expression, 'double') as NumberExpression).get

/** Text of an expression, whatever it is. */
export const strings = (expression: Expression): () => string | undefined =>
  (cast(expression, 'string') as ObjectExpression).get as () => string | undefined
