import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import { PrometheusExport, prometheusName, prometheusText } from '../../lib/metrics/prometheus.ts'
import type { PrometheusRegistry } from '../../lib/metrics/prometheus.ts'

interface Registered {
  readonly name: string
  readonly help: string
  readonly type: string
  get(): Promise<{ readonly values: readonly { readonly labels: object; readonly value: number }[] }>
}

/** As much of prom-client's Registry as is used of it. */
class FakeRegistry implements PrometheusRegistry {
  readonly metrics = new Map<string, Registered>()

  registerMetric(metric: never): void {
    const { name } = metric as Registered
    if (this.metrics.has(name)) throw new Error(`A metric with the name ${name} has already been registered.`)
    this.metrics.set(name, metric)
  }

  getSingleMetric(name: string): unknown {
    return this.metrics.get(name)
  }

  removeSingleMetric(name: string): void {
    this.metrics.delete(name)
  }
}

const TASK = 'stream-task-metrics'
const PROCESSED = 'kafka_streams_stream_task_metrics_process_total'

const make = () => {
  const registry = new MetricsRegistry()
  const task = registry.scope({ 'thread-id': 't', 'task-id': '0_0' })
  const processed = task.sensor(TASK, 'INFO', [['process-total', 'total', 'How many "calls"']])
  return { registry, task, processed }
}

test.each([
  ['stream-thread-metrics', 'commit-rate', 'kafka_streams_stream_thread_metrics_commit_rate'],
  ['consumer-fetch-manager-metrics', 'records-lag-max', 'kafka_consumer_consumer_fetch_manager_metrics_records_lag_max'],
  ['producer-topic-metrics', 'byte-total', 'kafka_producer_producer_topic_metrics_byte_total'],
])('Prometheus should know %s %s by the name that exporters of JMX give it', (group, name, expected) => {
  expect(prometheusName(group, name)).toBe(expected)
})

test('Prometheus should read numbers, with tags as labels, and texts as labels of a 1', () => {
  const { registry, task, processed } = make()
  processed.record(7)
  const other = registry.scope({ 'thread-id': 't', 'task-id': '0_1' })
  other.sensor(TASK, 'INFO', [['process-total', 'total', 'How many "calls"']]).record(2)
  task.gauge(TASK, 'state', 'Where it\nis', () => 'RUN"NING')
  task.gauge(TASK, 'nothing-yet', '', () => NaN)
  task.gauge(TASK, 'endless', '', () => Infinity)
  task.gauge(TASK, 'topology-description', '', () => 'x'.repeat(1000))
  expect(prometheusText(registry.read())).toBe(
    [
      `# HELP ${PROCESSED} How many "calls"`,
      `# TYPE ${PROCESSED} counter`,
      `${PROCESSED}{thread_id="t",task_id="0_0"} 7`,
      `${PROCESSED}{thread_id="t",task_id="0_1"} 2`,
      '# HELP kafka_streams_stream_task_metrics_state Where it\\nis',
      '# TYPE kafka_streams_stream_task_metrics_state gauge',
      'kafka_streams_stream_task_metrics_state{thread_id="t",task_id="0_0",state="RUN\\"NING"} 1',
      '# HELP kafka_streams_stream_task_metrics_endless ',
      '# TYPE kafka_streams_stream_task_metrics_endless gauge',
      'kafka_streams_stream_task_metrics_endless{thread_id="t",task_id="0_0"} +Inf',
      '',
    ].join('\n'),
  )
})

test('A registry of prom-client should show the values that are true when it is read, also of metrics that came later', async () => {
  const { registry, task, processed } = make()
  const prometheus = new FakeRegistry()
  const exported = new PrometheusExport(() => registry.read(), prometheus)
  processed.record(7)
  const metric = prometheus.metrics.get(PROCESSED)!
  expect(metric).toMatchObject({ help: 'How many "calls"', type: 'counter' })
  expect((await metric.get()).values).toEqual([{ labels: { thread_id: 't', task_id: '0_0' }, value: 7 }])
  registry.scope({ 'client-id': 'me' }).gauge('stream-metrics', 'alive-stream-threads', 'How many live', () => 3)
  exported.refresh()
  const later = prometheus.metrics.get('kafka_streams_stream_metrics_alive_stream_threads')
  expect(later).toMatchObject({ type: 'gauge' })
  task.close()
  exported.close()
  expect(prometheus.metrics.size).toBe(0)
})

test('A registry of prom-client should keep what it has under a name already', () => {
  const { registry } = make()
  const prometheus = new FakeRegistry()
  const own = { name: PROCESSED }
  prometheus.registerMetric(own as never)
  const exported = new PrometheusExport(() => registry.read(), prometheus)
  exported.close()
  expect(prometheus.metrics.get(PROCESSED)).toBe(own)
  new PrometheusExport(() => registry.read(), prometheus, { prefix: 'second_' })
  expect([...prometheus.metrics.keys()]).toContain('second_streams_stream_task_metrics_process_total')
})
