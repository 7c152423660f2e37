import { ScoringError } from '../../errors.ts'
import { boxed, cast, isMissing, numberExpression, objectExpression } from '../scope.ts'
import { allNumeric, arity, missingArgument } from './function.ts'
import { isNumberKind, parseText } from '../values.ts'
import type { BuiltIn, Call } from './function.ts'
import type { Expression, NumberExpression } from '../scope.ts'

/** What makes two values comparable: a pair of getters that give numbers or strings of one kind. */
const comparable = (left: Expression, right: Expression): [() => unknown, () => unknown] => {
  if (left.kind === right.kind && (left.kind === 'object' || left.type === right.type || allNumeric([left, right]))) return [boxed(left), boxed(right)]
  // The right side is read as what the left side is.
  if (left.kind === 'number' && right.kind === 'object') return [boxed(left), textAs(left.type, boxed(right))]
  if (left.kind === 'object' && right.kind === 'number') return [boxed(left), left.type === 'any' ? boxed(right) : boxed(cast(right, 'string'))]
  const type = left.type === 'boolean' || isNumberKind(left.type) ? left.type : right.type
  return [boxed(cast(left, type)), boxed(cast(right, type))]
}

/** Text read as the other side's type; text that cannot be stays text, which then equals nothing. */
const textAs = (type: string, get: () => unknown) => (): unknown => {
  const value = get()
  return typeof value === 'string' ? parseText(type, value) ?? value : value
}

const comparison = (accept: (left: never, right: never) => boolean): BuiltIn => (call) => {
  arity(call, 2)
  const [left, right] = comparable(call.args[0]!, call.args[1]!)
  const lenient = call.environment.semantics === 'specification'
  return numberExpression('boolean', () => {
    const [a, b] = [left(), right()]
    if (a === undefined || b === undefined) {
      if (lenient) return NaN
      throw missingArgument(call.name, a === undefined ? 0 : 1)
    }
    return accept(a as never, b as never) ? 1 : 0
  })
}

/** `lessThan` and the like: categories have no order. */
const ordering = (accept: (left: never, right: never) => boolean): BuiltIn => (call) => {
  const compared = comparison(accept)(call) as NumberExpression
  if (call.environment.semantics === 'specification' || call.args.every(({ kind }) => kind === 'number')) return compared
  return numberExpression('boolean', () => {
    compared.get()
    throw new ScoringError('evaluation', `function '${call.name}' cannot compare categories`)
  })
}

const truths = (call: Call): (() => number)[] => call.args.map((argument) => (cast(argument, 'boolean') as NumberExpression).get)

/**
 * `and` (neutral 1) and `or` (neutral 0). By the specification three-valued, and nothing is computed after the argument that
 * decides; by default all arguments must be there.
 */
const junction = (neutral: 0 | 1): BuiltIn => (call) => {
  arity(call, 2, Infinity)
  const parts = truths(call)
  if (call.environment.semantics === 'default') {
    return numberExpression('boolean', () => {
      let result: number = neutral
      for (let i = 0; i < parts.length; i++) {
        const value = parts[i]!()
        if (value !== value) throw missingArgument(call.name, i)
        if (value !== neutral) result = value
      }
      return result
    })
  }
  return numberExpression('boolean', () => {
    let unknown = false
    for (let i = 0; i < parts.length; i++) {
      const value = parts[i]!()
      if (value === 1 - neutral) return value
      if (value !== value) unknown = true
    }
    return unknown ? NaN : neutral
  })
}

const not: BuiltIn = (call) => {
  arity(call, 1)
  const get = truths(call)[0]!
  const lenient = call.environment.semantics === 'specification'
  return numberExpression('boolean', () => {
    const value = get()
    if (value !== value && !lenient) throw missingArgument(call.name, 0)
    return 1 - value
  })
}

const membership = (wanted: boolean): BuiltIn => (call) => {
  arity(call, 2, Infinity)
  const pairs = call.args.slice(1).map((member) => comparable(call.args[0]!, member))
  const missing = isMissing(call.args[0]!)
  const lenient = call.environment.semantics === 'specification'
  return numberExpression('boolean', () => {
    if (lenient && missing()) return NaN
    // A missing value is among missing members, as far as the usual evaluator is concerned.
    for (let i = 0; i < pairs.length; i++) if (pairs[i]![0]() === pairs[i]![1]()) return wanted ? 1 : 0
    return wanted ? 0 : 1
  })
}

const presence = (test: (missing: boolean) => boolean): BuiltIn => (call) => {
  arity(call, 1)
  const missing = isMissing(call.args[0]!)
  return numberExpression('boolean', () => test(missing()) ? 1 : 0)
}

/** Only the branch that is taken is computed. */
const choose: BuiltIn = (call) => {
  arity(call, 2, 3)
  const truth = (cast(call.args[0]!, 'boolean') as NumberExpression).get
  const condition = call.environment.semantics === 'specification' ? truth : (): number => {
    const value = truth()
    if (value !== value) throw missingArgument(call.name, 0)
    return value
  }
  const [then, otherwise] = [call.args[1]!, call.args[2]]
  if (then.kind === 'number' && (otherwise === undefined || otherwise.kind === 'number')) {
    const type = otherwise === undefined || otherwise.type === then.type ? then.type : 'double'
    const yes = then.get
    const no = otherwise?.get ?? (() => NaN)
    return numberExpression(type, () => { const truth = condition(); return truth === 1 ? yes() : truth === 0 ? no() : NaN })
  }
  const [yes, no] = [boxed(then), otherwise === undefined ? () => undefined : boxed(otherwise)]
  const type = then.type === 'string' && (otherwise === undefined || otherwise.type === 'string') ? 'string' : 'any'
  return objectExpression(type, () => { const truth = condition(); return truth === 1 ? yes() : truth === 0 ? no() : undefined })
}

export const logicFunctions: Readonly<Record<string, BuiltIn>> = {
  equal: comparison((left, right) => left === right),
  notEqual: comparison((left, right) => left !== right),
  lessThan: ordering((left, right) => left < right),
  lessOrEqual: ordering((left, right) => left <= right),
  greaterThan: ordering((left, right) => left > right),
  greaterOrEqual: ordering((left, right) => left >= right),
  and: junction(1),
  or: junction(0),
  not,
  isIn: membership(true),
  isNotIn: membership(false),
  isMissing: presence((missing) => missing),
  isNotMissing: presence((missing) => !missing),
  isValid: presence((missing) => !missing),
  // Invalid values never get this far: the mining schema deals with them.
  isNotValid: presence(() => false),
  if: choose,
}
