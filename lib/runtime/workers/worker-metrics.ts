import type { Metric } from '../../metrics/metrics-registry.ts'
import type { MetricsReport } from './messages.ts'

/** Which metrics there are changes seldom: mostly a report needs no more than the values. */
export class MetricsReporter {
  readonly #read: () => readonly Metric[]
  #sent: readonly Metric[] = []

  constructor(read: () => readonly Metric[]) {
    this.#read = read
  }

  next(): MetricsReport {
    const metrics = this.#read()
    const known = this.#sent
    this.#sent = metrics
    const isSame = metrics.length === known.length && metrics.every(({ group, name, tags }, i) => {
      const before = known[i]!
      return before.tags === tags && before.name === name && before.group === group
    })
    return isSame ? { values: metrics.map(({ value }) => value) } : { metrics }
  }
}

/** The metrics after a report. */
export const metricsAfter = (known: readonly Metric[], report: MetricsReport): readonly Metric[] =>
  'metrics' in report ? report.metrics : known.map((metric, i) => ({ ...metric, value: report.values[i] ?? NaN }))
