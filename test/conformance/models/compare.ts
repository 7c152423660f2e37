export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

const number = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const parsed = Number(value)
  return Number.isNaN(parsed) && value !== 'NaN' ? undefined : parsed
}

export const isClose = (actual: number, expected: number, { relative, absolute }: Tolerance): boolean =>
  Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= absolute + relative * Math.abs(expected)

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '' || (typeof value === 'number' && Number.isNaN(value))

/** Whether a value is what the oracle's table says in a cell: nothing, a number, a text, `true`, or a JSON list. */
export const equalsCell = (actual: unknown, cell: unknown, tolerance: Tolerance): boolean => {
  if (isAbsent(cell)) return isAbsent(actual)
  if (isAbsent(actual)) return false
  if (actual === cell) return true
  if (typeof cell === 'string' && cell.startsWith('[') && typeof actual === 'object') return equalsCell(actual, JSON.parse(cell), tolerance)
  if (Array.isArray(cell)) {
    const list = Array.isArray(actual) ? actual : undefined
    return list !== undefined && list.length === cell.length && cell.every((part, i) => equalsCell(list[i], part, tolerance))
  }
  if (typeof actual === 'boolean') return String(actual) === String(cell)
  const [left, right] = [number(actual), number(cell)]
  return left !== undefined && right !== undefined && isClose(left, right, tolerance)
}
