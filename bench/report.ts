/** What was run. */
export interface Run {
  readonly workload: string
  readonly guarantee: string
  readonly records: number
}

/** One round: records/s of each side. */
export interface Round {
  /** From the first to the last input record seen, as on the Java side. */
  readonly millrace: number
  /** The harder clock: until every output is acknowledged and everything is closed. */
  readonly acked: number
  /** Undefined where Java did not run. */
  readonly java: number | undefined
}

/** One workload's result: medians over the rounds, records/s. */
export interface Result extends Run, Round {
  /** Millrace / Java. */
  readonly ratio: number | undefined
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

export const resultOf = (run: Run, rounds: readonly Round[]): Result => {
  const millrace = median(rounds.map((round) => round.millrace))
  const acked = median(rounds.map((round) => round.acked))
  const rates = rounds.map(({ java }) => java).filter((rate) => rate !== undefined)
  const java = rates.length === 0 ? undefined : median(rates)
  return { ...run, millrace, acked, java, ratio: java === undefined ? undefined : millrace / java }
}

export const rate = (value: number | undefined): string => (value === undefined ? '-' : Math.round(value).toLocaleString('en-US'))

/** Rows below their head, the first column to the left. */
export const columns = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')
  return [head, ...rows].map(line).join('\n')
}

/** The results as a table a person reads. */
export const table = (results: readonly Result[]): string => {
  const head = ['workload', 'records', 'Millrace records/s', 'until acked', 'Java records/s', 'ratio']
  const rows = results.map((result) => [
    result.workload,
    rate(result.records),
    rate(result.millrace),
    rate(result.acked),
    rate(result.java),
    result.ratio === undefined ? '-' : `${result.ratio.toFixed(2)} x`,
  ])
  return columns(head, rows)
}

/** One JSON line, rates rounded; null where Java did not run. */
export const jsonLine = ({ workload, guarantee, records, millrace, java, ratio }: Result): string =>
  JSON.stringify({
    workload,
    guarantee,
    records,
    millrace: Math.round(millrace),
    java: java === undefined ? null : Math.round(java),
    ratio: ratio === undefined ? null : Number(ratio.toFixed(3)),
  })
