import { ScoringError } from '../../errors.ts'
import { invalid } from '../elements.ts'
import { isMissing, numberExpression, numbers } from '../scope.ts'
import { isNumeric } from '../values.ts'
import type { Environment, Expression, NumberExpression } from '../scope.ts'
import type { DataType } from '../values.ts'
import type { XmlElement } from '../xml.ts'

/** A call of a built-in function: its arguments are compiled already. */
export interface Call {
  readonly name: string
  readonly element: XmlElement
  readonly args: readonly Expression[]
  readonly environment: Environment
}

/** A result that is none; what becomes of it the call's `invalidValueTreatment` says. */
export class InvalidResultError extends ScoringError {}

/** Compiles a call of a built-in function. */
export type BuiltIn = (call: Call) => Expression

/** The number of arguments must be from `least` to `most`. */
export const arity = ({ name, element, args }: Call, least: number, most = least): void => {
  if (args.length < least || args.length > most) {
    const wanted = least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`
    throw invalid(element, `function '${name}' takes ${wanted} arguments, not ${args.length}`, 'invalid-argument-list')
  }
}

export const missingArgument = (name: string, position: number): ScoringError =>
  new ScoringError('missing-argument', `function '${name}' cannot accept a missing value at position ${position}`)

/**
 * The numbers of an argument that the function cannot do without. A missing one is an error by default, as with the usual
 * evaluator; by the specification the result is missing, which NaN becomes by itself.
 */
export const requiredNumbers = ({ name, args, environment }: Call, position: number): (() => number) => {
  const get = numbers(args[position]!)
  if (environment.semantics === 'specification') return get
  return () => {
    const value = get()
    if (value !== value) throw missingArgument(name, position)
    return value
  }
}

/** The wider of the arguments' numeric types. */
export const resultType = (args: readonly Expression[]): DataType => {
  let type: DataType = 'integer'
  for (const { type: next } of args) {
    if (next === 'float' && type === 'integer') type = 'float'
    else if (next !== 'integer' && next !== 'float') type = 'double'
  }
  return type
}

/** Rounds to single precision where the type asks for it. */
export const ofType = (type: DataType, get: () => number): NumberExpression =>
  numberExpression(type, type === 'float' ? () => Math.fround(get()) : get)

/** A function of one number whose result has the argument's type (`float` or `double`). */
export const realFunction = (compute: (value: number) => number): BuiltIn => (call) => {
  arity(call, 1)
  const get = requiredNumbers(call, 0)
  const type = call.args[0]!.type === 'float' ? 'float' : 'double'
  return ofType(type, () => {
    const value = get()
    if (value !== value) return NaN
    const result = compute(value)
    return result === result ? result : undefinedResult(call.name)
  })
}

/** Not a number although the arguments were numbers: 0/0, ln(-1) and the like. */
export const undefinedResult = (name: string): number => {
  throw new InvalidResultError('evaluation', `function '${name}' has no result for this value`)
}

/** Whether all arguments are numeric at compile time. */
export const allNumeric = (args: readonly Expression[]): boolean => args.every(({ type }) => isNumeric(type))

export const anyMissing = (args: readonly Expression[]): (() => boolean) => {
  const tests = args.map(isMissing)
  return () => tests.some((test) => test())
}
