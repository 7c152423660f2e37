/** One workload's result: rates in records/s, medians over the rounds. */
export interface Result {
  readonly workload: string
  readonly guarantee: string
  readonly records: number
  readonly millrace: number
  readonly java: number | undefined
  /** Millrace / Java. */
  readonly ratio: number | undefined
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

const rate = (value: number | undefined): string => (value === undefined ? '-' : Math.round(value).toLocaleString('en-US'))

/** The results as a table a person reads. */
export const table = (results: readonly Result[]): string => {
  const head = ['workload', 'records', 'Millrace records/s', 'Java records/s', 'ratio']
  const rows = results.map((result) => [
    result.workload,
    rate(result.records),
    rate(result.millrace),
    rate(result.java),
    result.ratio === undefined ? '-' : `${result.ratio.toFixed(2)} x`,
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')
  return [head, ...rows].map(line).join('\n')
}

/** One JSON line, rates rounded. */
export const jsonLine = ({ workload, guarantee, records, millrace, java, ratio }: Result): string =>
  JSON.stringify({
    workload,
    guarantee,
    records,
    millrace: Math.round(millrace),
    java: java === undefined ? null : Math.round(java),
    ratio: ratio === undefined ? null : Number(ratio.toFixed(3)),
  })
