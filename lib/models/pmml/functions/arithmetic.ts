import { ScoringError } from '../../errors.ts'
import { cast, isMissing, numberExpression, numbers } from '../scope.ts'
import { arity, ofType, realFunction, requiredNumbers, resultType, undefinedResult } from './function.ts'
import type { BuiltIn, Call } from './function.ts'
import { erf, normalCdf, normalIdf, normalPdf } from '../../math/special-functions.ts'

/** An argument of arithmetic: truth values and text have none, unless they are missing. */
const operand = ({ name, args }: Call, position: number): (() => number) => {
  const argument = args[position]!
  if (argument.kind === 'number' && argument.type !== 'boolean') return argument.get
  const missing = isMissing(argument)
  return () => {
    if (missing()) return NaN
    throw new ScoringError('evaluation', `function '${name}' cannot calculate with a value of type ${argument.type}`)
  }
}

/** Missing when either side is. */
const binary = (compute: (left: number, right: number) => number): BuiltIn => (call) => {
  arity(call, 2)
  const [left, right] = [operand(call, 0), operand(call, 1)]
  return ofType(resultType(call.args), () => compute(left(), right()))
}

/** Integers by integers give integers, and then a zero is an error; `real` is for all other types. */
const quotient = (whole: (a: number, b: number) => number, real: (a: number, b: number) => number, widens: boolean): BuiltIn => (call) => {
  arity(call, 2)
  const [left, right] = [operand(call, 0), operand(call, 1)]
  const type = resultType(call.args)
  if (type !== 'integer' || (widens && call.environment.semantics === 'specification')) {
    return ofType(type === 'integer' ? 'double' : type, () => {
      const [a, b] = [left(), right()]
      if (a !== a || b !== b) return NaN
      const result = real(a, b)
      return result === result ? result : undefinedResult(call.name)
    })
  }
  return numberExpression(type, () => {
    const [a, b] = [left(), right()]
    if (b === 0 && a === a) throw new ScoringError('arithmetic', `function '${call.name}' divides an integer by zero`)
    return whole(a, b)
  })
}

/** Over the arguments that are there; missing when none is. */
const variadic = (double: boolean, finish: (sum: number, count: number) => number, step: (left: number, right: number) => number): BuiltIn => (call) => {
  arity(call, 1, Infinity)
  const parts = call.args.map(numbers)
  return ofType(double && resultType(call.args) !== 'float' ? 'double' : resultType(call.args), () => {
    let result = NaN
    let count = 0
    for (let i = 0; i < parts.length; i++) {
      const value = parts[i]!()
      if (value !== value) continue
      result = count++ === 0 ? value : step(result, value)
    }
    return count === 0 ? NaN : finish(result, count)
  })
}

const keep = (value: number): number => value

/** A function of one number whose result has the argument's own type. */
const sameType = (compute: (value: number) => number): BuiltIn => (call) => {
  arity(call, 1)
  const get = requiredNumbers(call, 0)
  return ofType(resultType(call.args), () => compute(get()))
}

/** A function of two numbers, neither of which may be missing. */
const strictBinary = (compute: (left: number, right: number) => number): BuiltIn => (call) => {
  arity(call, 2)
  const [left, right] = [requiredNumbers(call, 0), requiredNumbers(call, 1)]
  return ofType(resultType(call.args), () => {
    const [a, b] = [left(), right()]
    if (a !== a || b !== b) return NaN
    const result = compute(a, b)
    return result === result ? result : undefinedResult(call.name)
  })
}

/** Whole numbers to whole powers only; the exponent may then not be negative. */
const pow: BuiltIn = (call) => {
  const result = strictBinary(Math.pow)(call)
  if (result.type !== 'integer' || result.kind !== 'number' || call.environment.semantics === 'specification') return result
  const exponent = requiredNumbers(call, 1)
  return numberExpression('integer', () => {
    if (exponent() < 0) throw new ScoringError('invalid-argument', `function 'pow' cannot raise an integer to ${exponent()}`)
    return result.get()
  })
}

const quantile = (p: number, mean: number, deviation: number): number => {
  if (p < 0 || p > 1) throw new ScoringError('out-of-range', `${p} is no probability`)
  return normalIdf(p, mean, deviation)
}

const threeNumbers = (compute: (x: number, mean: number, deviation: number) => number): BuiltIn => (call) => {
  arity(call, 3)
  const [x, mean, deviation] = [requiredNumbers(call, 0), requiredNumbers(call, 1), requiredNumbers(call, 2)]
  return numberExpression('double', () => compute(x(), mean(), deviation()))
}

const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value)
  const fraction = value - floor
  if (fraction < 0.5) return floor
  if (fraction > 0.5) return floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** Remainder with the sign of the divisor. */
const modulo = (left: number, right: number): number => left - Math.floor(left / right) * right

export const arithmeticFunctions: Readonly<Record<string, BuiltIn>> = {
  '+': binary((left, right) => left + right),
  '-': binary((left, right) => left - right),
  '*': binary((left, right) => left * right),
  '/': quotient((a, b) => Math.trunc(a / b), (a, b) => a / b, true),
  min: variadic(false, keep, Math.min),
  max: variadic(false, keep, Math.max),
  sum: variadic(false, keep, (left, right) => left + right),
  product: variadic(false, keep, (left, right) => left * right),
  avg: variadic(true, (sum, count) => sum / count, (left, right) => left + right),
  log10: realFunction(Math.log10),
  ln: realFunction(Math.log),
  sqrt: realFunction(Math.sqrt),
  exp: realFunction(Math.exp),
  ln1p: realFunction(Math.log1p),
  expm1: realFunction(Math.expm1),
  sin: realFunction(Math.sin),
  cos: realFunction(Math.cos),
  tan: realFunction(Math.tan),
  asin: realFunction(Math.asin),
  acos: realFunction(Math.acos),
  atan: realFunction(Math.atan),
  sinh: realFunction(Math.sinh),
  cosh: realFunction(Math.cosh),
  tanh: realFunction(Math.tanh),
  erf: realFunction(erf),
  stdNormalCDF: realFunction((x) => normalCdf(x, 0, 1)),
  stdNormalPDF: realFunction((x) => normalPdf(x, 0, 1)),
  stdNormalIDF: realFunction((p) => quantile(p, 0, 1)),
  normalCDF: threeNumbers(normalCdf),
  normalPDF: threeNumbers(normalPdf),
  normalIDF: threeNumbers(quantile),
  abs: sameType(Math.abs),
  floor: sameType(Math.floor),
  ceil: sameType(Math.ceil),
  round: sameType((value) => Math.floor(value + 0.5)),
  rint: sameType(roundHalfEven),
  pow,
  hypot: (call) => cast(strictBinary(Math.hypot)(call), call.args.some(({ type }) => type === 'float') ? 'float' : 'double'),
  modulo: quotient(modulo, modulo, false),
  threshold: (call) => {
    arity(call, 2)
    const [left, right] = [requiredNumbers(call, 0), requiredNumbers(call, 1)]
    return numberExpression('integer', () => {
      const [a, b] = [left(), right()]
      return a !== a || b !== b ? NaN : a > b ? 1 : 0
    })
  },
}
