import { ScoringError } from '../../errors.ts'
import { invalid } from '../elements.ts'
import { numberExpression, objectExpression, strings } from '../scope.ts'
import { compilePattern, compileReplacement } from '../regular-expressions.ts'
import { arity, missingArgument, requiredNumbers } from './function.ts'
import { printf } from './printf.ts'
import type { BuiltIn, Call } from './function.ts'

/** The text of an argument that the function cannot do without. */
const requiredText = ({ name, args, environment }: Call, position: number): (() => string | undefined) => {
  const get = strings(args[position]!)
  if (environment.semantics === 'specification') return get
  return () => {
    const value = get()
    if (value === undefined) throw missingArgument(name, position)
    return value
  }
}

const textFunction = (compute: (text: string) => string): BuiltIn => (call) => {
  arity(call, 1)
  const get = requiredText(call, 0)
  return objectExpression('string', () => { const text = get(); return text === undefined ? undefined : compute(text) })
}

/** A regular expression argument, compiled anew only when its text changes (it is a constant nearly always). */
const patterns = (call: Call, position: number, flags: string): (() => RegExp | undefined) => {
  const get = requiredText(call, position)
  let source: string | undefined
  let compiled: RegExp | undefined
  return () => {
    const text = get()
    if (text !== source) {
      source = text
      try {
        compiled = text === undefined ? undefined : compilePattern(text, flags)
      } catch (cause) {
        throw invalid(call.element, `'${text}' is not a regular expression: ${String(cause)}`, 'evaluation')
      }
    }
    return compiled
  }
}

const concat: BuiltIn = (call) => {
  arity(call, 2, Infinity)
  const parts = call.args.map(strings)
  return objectExpression('string', () => {
    let text = ''
    for (let i = 0; i < parts.length; i++) text += parts[i]!() ?? ''
    return text
  })
}

const substring: BuiltIn = (call) => {
  arity(call, 2, 3)
  const text = requiredText(call, 0)
  const position = requiredNumbers(call, 1)
  const length = call.args.length === 3 ? requiredNumbers(call, 2) : () => Infinity
  return objectExpression('string', () => {
    const [whole, start, count] = [text(), position(), length()]
    if (whole === undefined || start !== start || count !== count) return undefined
    if (start < 1 || count < 0) throw new ScoringError('invalid-argument', `function 'substring' cannot take ${count} characters at ${start}`)
    return whole.slice(start - 1, start - 1 + count)
  })
}

const replace: BuiltIn = (call) => {
  arity(call, 3)
  const text = requiredText(call, 0)
  const pattern = patterns(call, 1, 'g')
  const replacement = requiredText(call, 2)
  return objectExpression('string', () => {
    const [whole, regex, by] = [text(), pattern(), replacement()]
    return whole === undefined || regex === undefined || by === undefined ? undefined : whole.replace(regex, compileReplacement(by))
  })
}

const matches: BuiltIn = (call) => {
  arity(call, 2)
  const text = requiredText(call, 0)
  const pattern = patterns(call, 1, '')
  return numberExpression('boolean', () => {
    const [whole, regex] = [text(), pattern()]
    return whole === undefined || regex === undefined ? NaN : regex.test(whole) ? 1 : 0
  })
}

const stringLength: BuiltIn = (call) => {
  arity(call, 1)
  const get = requiredText(call, 0)
  return numberExpression('integer', () => get()?.length ?? NaN)
}

const formatNumber: BuiltIn = (call) => {
  arity(call, 2)
  const get = requiredNumbers(call, 0)
  const { type } = call.args[0]!
  const format = requiredText(call, 1)
  return objectExpression('string', () => {
    const [value, pattern] = [get(), format()]
    return value !== value || pattern === undefined ? undefined : printf(pattern, value, type)
  })
}

export const textFunctions: Readonly<Record<string, BuiltIn>> = {
  uppercase: textFunction((text) => text.toUpperCase()),
  lowercase: textFunction((text) => text.toLowerCase()),
  trimBlanks: textFunction((text) => text.trim()),
  stringLength,
  substring,
  concat,
  replace,
  matches,
  formatNumber,
}
