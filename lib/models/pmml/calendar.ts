/** Dates without time zones, as PMML has them: days and seconds since 1970, proleptic Gregorian calendar. */

const datePattern = /^(-?\d{4,})-(\d\d)-(\d\d)$/
const timePattern = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/
const dayMs = 86_400_000

const daysOf = (year: number, month: number, day: number): number | undefined => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return Math.round(date.getTime() / dayMs)
}

/** Days from 1970-01-01 to the first day of a year. */
export const yearStart = (year: number): number => daysOf(year, 1, 1) ?? NaN

/** `YYYY-MM-DD` → days since 1970-01-01. */
export const parseDate = (text: string): number | undefined => {
  const match = datePattern.exec(text.trim())
  return match === null ? undefined : daysOf(Number(match[1]), Number(match[2]), Number(match[3]))
}

/** `HH:MM[:SS[.fraction]]` → seconds since midnight. */
export const parseTime = (text: string): number | undefined => {
  const match = timePattern.exec(text.trim())
  if (match === null) return undefined
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  return hours * 3600 + minutes * 60 + seconds + (match[4] === undefined ? 0 : Number(`0.${match[4]}`))
}

/** `YYYY-MM-DDTHH:MM[:SS]` → seconds since 1970-01-01T00:00. */
export const parseDateTime = (text: string): number | undefined => {
  const [date, time] = text.trim().split('T')
  if (time === undefined) return undefined
  const days = parseDate(date!)
  const seconds = parseTime(time)
  return days === undefined || seconds === undefined ? undefined : days * 86400 + seconds
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Year, month (1–12), day of the month and of the year, weekday (0 = Sunday) of a day. */
export const calendarOf = (days: number): { year: number, month: number, day: number, dayOfYear: number, weekday: number } => {
  const date = new Date(days * dayMs)
  const year = date.getUTCFullYear()
  return { year, month: date.getUTCMonth() + 1, day: date.getUTCDate(), dayOfYear: days - yearStart(year) + 1, weekday: date.getUTCDay() }
}

export const formatDate = (days: number): string => {
  const { year, month, day } = calendarOf(days)
  const text = String(Math.abs(year)).padStart(4, '0')
  return `${year < 0 ? `-${text}` : text}-${two(month)}-${two(day)}`
}

export const formatTime = (seconds: number): string => {
  const whole = Math.floor(seconds)
  const fraction = seconds === whole ? '' : String(Math.round((seconds - whole) * 1e9) / 1e9).slice(1)
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${fraction}`
}

export const formatDateTime = (seconds: number): string => {
  const days = Math.floor(seconds / 86400)
  return `${formatDate(days)}T${formatTime(seconds - days * 86400)}`
}
