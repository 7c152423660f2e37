import { ScoringError } from '../../errors.ts'
import { formatNumber } from '../values.ts'
import type { DataType } from '../values.ts'

const conversion = /%(%|n|([-+ 0,(#]*)(\d+)?(?:\.(\d+))?([dfeEgGsx]))/g

const digits = (kind: string, value: number, precision: number | undefined): string => {
  switch (kind) {
    case 'd': return String(value)
    case 'x': return value.toString(16)
    case 'f': return value.toFixed(precision ?? 6)
    case 'e': case 'E': return value.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2')
    default: return value.toPrecision(precision ?? 6)
  }
}

/** One number in a format as C's and Java's `printf` have it. */
export const printf = (format: string, value: number, type: DataType): string =>
  format.replace(conversion, (_all, body: string, flags = '', width?: string, precision?: string, kind = '') => {
    if (body === '%') return '%'
    if (body === 'n') return '\n'
    if ((kind === 'd' || kind === 'x') && type !== 'integer') throw new ScoringError('invalid-argument', `'${format}' cannot format a ${type}`)
    let text = kind === 's' ? formatNumber(type, Math.abs(value)) : digits(kind, Math.abs(value), precision === undefined ? undefined : Number(precision))
    if (flags.includes(',')) text = text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','))
    // Hexadecimal shows the bits, in 32 of them where they suffice.
    if (kind === 'x' && value < 0) text = BigInt.asUintN(value < -0x80000000 ? 64 : 32, BigInt(value)).toString(16)
    const negative = kind !== 'x' && (value < 0 || Object.is(value, -0))
    const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
    if (kind === 'E' || kind === 'G') text = text.toUpperCase()
    const size = Number(width ?? 0)
    if (flags.includes('-')) return (sign + text).padEnd(size)
    return flags.includes('0') ? sign + text.padStart(size - sign.length, '0') : (sign + text).padStart(size)
  })
