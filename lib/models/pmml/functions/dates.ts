import { ScoringError } from '../../errors.ts'
import { cast, numberExpression, objectExpression, strings } from '../scope.ts'
import { calendarOf, yearStart } from '../calendar.ts'
import { arity, missingArgument, requiredNumbers } from './function.ts'
import type { BuiltIn, Call } from './function.ts'
import type { NumberExpression } from '../scope.ts'

/** Days since 1970 of an argument that is a date or a date with time. */
const daysOf = (call: Call): (() => number) => {
  const type = call.args[0]!.type
  const get = (cast(call.args[0]!, type === 'dateTime' ? 'dateTime' : 'date') as NumberExpression).get
  return required(call, type === 'dateTime' ? () => Math.floor(get() / 86400) : get)
}

/** Seconds since 1970 of an argument that is a date with time. */
const secondsOf = (call: Call): (() => number) => required(call, (cast(call.args[0]!, 'dateTime') as NumberExpression).get)

const required = ({ name, environment }: Call, get: () => number) => (): number => {
  const value = get()
  if (value !== value && environment.semantics === 'default') throw missingArgument(name, 0)
  return value
}

const names = {
  months: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  days: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
}

const two = (value: number): string => String(value).padStart(2, '0')

/** A moment (seconds since 1970) in a format as C's `strftime` has it. */
const strftime = (format: string, seconds: number): string => {
  const days = Math.floor(seconds / 86400)
  const { year, month, day, dayOfYear, weekday } = calendarOf(days)
  const inDay = seconds - days * 86400
  const [hours, minutes, rest] = [Math.floor(inDay / 3600), Math.floor(inDay / 60) % 60, Math.floor(inDay % 60)]
  return format.replace(/%(.)/g, (_all, letter: string) => {
    switch (letter) {
      case 'Y': return String(year)
      case 'y': return two(year % 100)
      case 'C': return two(Math.floor(year / 100))
      case 'm': return two(month)
      case 'd': return two(day)
      case 'e': return String(day)
      case 'j': return String(dayOfYear).padStart(3, '0')
      case 'H': return two(hours)
      case 'I': return two((hours + 11) % 12 + 1)
      case 'M': return two(minutes)
      case 'S': return two(rest)
      case 'p': return hours < 12 ? 'am' : 'pm'
      case 'A': return names.days[weekday]!
      case 'a': return names.days[weekday]!.slice(0, 3)
      case 'B': return names.months[month - 1]!
      case 'b': case 'h': return names.months[month - 1]!.slice(0, 3)
      case 'D': return `${two(month)}/${two(day)}/${two(year % 100)}`
      case 'F': return `${year}-${two(month)}-${two(day)}`
      case 'T': return `${two(hours)}:${two(minutes)}:${two(rest)}`
      case 'R': return `${two(hours)}:${two(minutes)}`
      case '%': return '%'
      default: throw new ScoringError('evaluation', `%${letter} in '${format}' is not supported`)
    }
  })
}

const formatDatetime: BuiltIn = (call) => {
  arity(call, 2)
  const type = call.args[0]!.type
  const get = required(call, (cast(call.args[0]!, type === 'string' ? 'dateTime' : type) as NumberExpression).get)
  const toSeconds = type === 'date' ? (value: number) => value * 86400 : (value: number) => value
  const format = strings(call.args[1]!)
  return objectExpression('string', () => {
    const [value, pattern] = [get(), format()]
    return value !== value || pattern === undefined ? undefined : strftime(pattern, toSeconds(value))
  })
}

export const dateFunctions: Readonly<Record<string, BuiltIn>> = {
  dateDaysSinceYear: (call) => {
    arity(call, 2)
    const [days, year] = [daysOf(call), requiredNumbers(call, 1)]
    return numberExpression('integer', () => days() - yearStart(year()))
  },
  dateSecondsSinceYear: (call) => {
    arity(call, 2)
    const [seconds, year] = [secondsOf(call), requiredNumbers(call, 1)]
    return numberExpression('integer', () => seconds() - yearStart(year()) * 86400)
  },
  dateSecondsSinceMidnight: (call) => {
    arity(call, 1)
    const type = call.args[0]!.type
    if (type === 'time') return numberExpression('integer', required(call, (call.args[0] as NumberExpression).get))
    const seconds = secondsOf(call)
    return numberExpression('integer', () => { const value = seconds(); return value - Math.floor(value / 86400) * 86400 })
  },
  formatDatetime,
}
