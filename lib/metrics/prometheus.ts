import type { Metric } from './metrics-registry.ts'

/** One metric as a registry of prom-client takes it from `get`. */
interface PrometheusMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly aggregator: 'sum'
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

/** What is needed of a `Registry` of prom-client: any version from 14 on fits, and it is no dependency of this package. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}

export interface PrometheusOptions {
  /** Default `kafka_`. */
  readonly prefix?: string | undefined
}

const DEFAULT_PREFIX = 'kafka_'

/** The part of a group's name before its own, as Java's JMX domains are. */
const domainOf = (group: string): string => {
  if (group.startsWith('stream-')) return 'streams'
  if (group.startsWith('consumer-')) return 'consumer'
  if (group.startsWith('producer-')) return 'producer'
  return 'client'
}

const clean = (text: string): string => text.replace(/[^a-zA-Z0-9_]/g, '_')

/** `stream-task-metrics` and `process-total` become `kafka_streams_stream_task_metrics_process_total`, as exporters of Java's JMX name it. */
export const prometheusName = (group: string, name: string, prefix: string = DEFAULT_PREFIX): string => clean(`${prefix}${domainOf(group)}_${group}_${name}`)

/** Text has no place in Prometheus but in labels, and long texts have none at all. */
const LONG_TEXT = 200

const asPrometheus = (metrics: readonly Metric[], prefix: string): Map<string, PrometheusMetric> => {
  const byName = new Map<string, PrometheusMetric & { readonly values: PrometheusMetric['values'][number][] }>()
  for (const { group, name, tags, description, value } of metrics) {
    if (typeof value === 'number' ? Number.isNaN(value) : value.length > LONG_TEXT) continue
    const prometheus = prometheusName(group, name, prefix)
    let metric = byName.get(prometheus)
    if (metric === undefined) {
      metric = { name: prometheus, help: description, type: name.endsWith('-total') ? 'counter' : 'gauge', aggregator: 'sum', values: [] }
      byName.set(prometheus, metric)
    }
    const labels = Object.fromEntries(Object.entries(tags).map(([tag, text]) => [clean(tag), text]))
    metric.values.push(typeof value === 'number' ? { labels, value } : { labels: { ...labels, [clean(name)]: value }, value: 1 })
  }
  return byName
}

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
const numberOf = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))

/** The metrics as Prometheus reads them over HTTP (text format 0.0.4). Text values are labels of a 1; what was not recorded lately is left out. */
export const prometheusText = (metrics: readonly Metric[], { prefix = DEFAULT_PREFIX }: PrometheusOptions = {}): string => {
  const lines: string[] = []
  for (const { name, help, type, values } of asPrometheus(metrics, prefix).values()) {
    lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${type}`)
    for (const { labels, value } of values) {
      const shown = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`).join(',')
      lines.push(`${name}${shown === '' ? '' : `{${shown}}`} ${numberOf(value)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** How long one look at the metrics serves all that a registry asks for, ms. */
const SNAPSHOT_MS = 50

/**
 * Shows metrics in a registry of prom-client, which asks for the values when it is read. Metrics that come later, such as those
 * of tasks, are registered by {@link PrometheusExport.refresh}, and whenever the registry is read.
 */
export class PrometheusExport {
  readonly #read: () => readonly Metric[]
  readonly #registry: PrometheusRegistry
  readonly #prefix: string
  readonly #names = new Set<string>()
  #snapshot: ReadonlyMap<string, PrometheusMetric> = new Map()
  #takenAt = -Infinity

  constructor(read: () => readonly Metric[], registry: PrometheusRegistry, { prefix = DEFAULT_PREFIX }: PrometheusOptions = {}) {
    this.#read = read
    this.#registry = registry
    this.#prefix = prefix
    this.refresh()
  }

  /** Registers what is new. */
  refresh(): void {
    // also what has no value yet, so that it is there when it has one
    const names = this.#read().map((metric) => ({ metric, name: prometheusName(metric.group, metric.name, this.#prefix) }))
    for (const { metric, name } of names) this.#register(name, metric)
  }

  #register(name: string, { name: kafkaName, description }: Metric): void {
    if (this.#names.has(name) || this.#registry.getSingleMetric(name) !== undefined) return
    this.#names.add(name)
    const type = kafkaName.endsWith('-total') ? 'counter' : 'gauge'
    const empty: PrometheusMetric = { name, help: description, type, aggregator: 'sum', values: [] }
    const get = async (): Promise<PrometheusMetric> => this.#now().get(name) ?? empty
    this.#registry.registerMetric({ ...empty, get, reset: () => {} } as never)
  }

  #now(): ReadonlyMap<string, PrometheusMetric> {
    if (performance.now() - this.#takenAt < SNAPSHOT_MS) return this.#snapshot
    this.#snapshot = asPrometheus(this.#read(), this.#prefix)
    this.#takenAt = performance.now()
    this.refresh()
    return this.#snapshot
  }

  /** Takes the metrics out of the registry. */
  close(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
    this.#names.clear()
  }
}
