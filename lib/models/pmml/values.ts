import { ScoringError } from '../errors.ts'
import { parseNumber } from './elements.ts'
import { formatDate, formatDateTime, formatTime, parseDate, parseDateTime, parseTime, yearStart } from './calendar.ts'

/**
 * PMML's data types. At run time all but strings and collections are numbers: booleans 0 and 1, dates days and times
 * seconds since 1970 or since midnight. A missing number is NaN, a missing string `undefined`.
 */
export type DataType = string

export const isNumeric = (type: DataType): boolean => type === 'double' || type === 'integer' || type === 'float'

/** Whether values of the type are kept as numbers. */
export const isNumberKind = (type: DataType): boolean => type !== 'string' && type !== 'collection' && type !== 'any'

const since = /^(dateDaysSince|dateTimeSecondsSince)\[(\d{4}|0)\]$/

export const isDataType = (type: string): boolean =>
  ['string', 'integer', 'float', 'double', 'boolean', 'date', 'time', 'dateTime', 'timeSeconds'].includes(type) || since.test(type)

const integerText = (text: string): number | undefined => {
  const value = parseNumber(text)
  return value !== undefined && Number.isInteger(value) ? value : undefined
}

const booleanText = (text: string): number | undefined => {
  const lower = text.toLowerCase()
  if (lower === 'true') return 1
  if (lower === 'false') return 0
  const value = parseNumber(text)
  return value === 0 || value === 1 ? value : undefined
}

/** Text → value of a number kind; `undefined` when the text is no such value. */
export const parseText = (type: DataType, text: string): number | undefined => {
  switch (type) {
    case 'double': return parseNumber(text)
    case 'float': { const value = parseNumber(text); return value === undefined ? undefined : Math.fround(value) }
    case 'integer': return integerText(text)
    case 'boolean': return booleanText(text)
    case 'date': return parseDate(text)
    case 'time': case 'timeSeconds': return type === 'timeSeconds' ? parseTime(text) ?? integerText(text) : parseTime(text)
    case 'dateTime': return parseDateTime(text)
    default: {
      const match = since.exec(type)
      if (match === null) throw new ScoringError('type-check', `data type ${type} is not known`)
      const year = Number(match[2] === '0' ? '0000' : match[2])
      const parsed = match[1] === 'dateDaysSince' ? parseDate(text) : parseDateTime(text)
      if (parsed === undefined) return integerText(text)
      return match[1] === 'dateDaysSince' ? parsed - yearStart(year) : parsed - yearStart(year) * 86400
    }
  }
}

/** A number-kind value as JPMML writes it in text: doubles always with a fraction. */
export const formatNumber = (type: DataType, value: number): string => {
  switch (type) {
    case 'boolean': return value !== 0 ? 'true' : 'false'
    case 'date': return formatDate(value)
    case 'time': return formatTime(value)
    case 'dateTime': return formatDateTime(value)
    case 'double': case 'float': return formatDouble(value)
    default: return String(value)
  }
}

const formatDouble = (value: number): string => {
  if (!Number.isFinite(value)) return String(value)
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string]
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** A value as users see it. */
export const publicValue = (type: DataType, value: number): number | boolean | string | undefined => {
  if (value !== value) return undefined
  switch (type) {
    case 'boolean': return value !== 0
    case 'date': return formatDate(value)
    case 'time': return formatTime(value)
    case 'dateTime': return formatDateTime(value)
    default: return value
  }
}

const typeCheck = (from: string, to: DataType): ScoringError => new ScoringError('type-check', `${from} cannot become a value of type ${to}`)

/** Number-kind value of one type as another number kind. */
export const castNumber = (from: DataType, to: DataType, value: number): number => {
  if (value !== value || from === to) return value
  switch (to) {
    case 'double': if (isNumeric(from) || from === 'boolean' || since.test(from) || from === 'timeSeconds') return value; break
    case 'float': if (isNumeric(from) || from === 'boolean' || since.test(from) || from === 'timeSeconds') return Math.fround(value); break
    case 'integer':
      if (from === 'boolean' || since.test(from) || from === 'timeSeconds') return value
      if (isNumeric(from)) {
        if (Number.isInteger(value)) return value
        throw typeCheck(`${from} ${value}`, to)
      }
      break
    case 'boolean':
      if (isNumeric(from) && (value === 0 || value === 1)) return value
      break
    case 'date': if (from === 'dateTime') return Math.floor(value / 86400); break
    case 'time': if (from === 'dateTime') return value - Math.floor(value / 86400) * 86400; break
    case 'timeSeconds': if (from === 'integer') return value; break
    default: {
      if (since.test(to) && from === 'integer') return value
    }
  }
  throw typeCheck(`${from} ${formatNumber(from, value)}`, to)
}

/** Text as a number-kind value. @throws {ScoringError} `number-format` or `type-check` */
export const castText = (to: DataType, text: string): number => {
  const value = parseText(to, text)
  if (value !== undefined) return value
  throw isNumeric(to) ? new ScoringError('number-format', `'${text}' is not a value of type ${to}`) : typeCheck(`'${text}'`, to)
}

/** Number-kind value as text; dates and times have none but through formatDatetime. */
export const castToText = (from: DataType, value: number): string => {
  if (from === 'date' || from === 'time' || from === 'dateTime') throw typeCheck(`${from} ${formatNumber(from, value)}`, 'string')
  return formatNumber(from, value)
}
