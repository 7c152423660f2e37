import { MetricsRegistry } from '../../../lib/metrics/metrics-registry.ts'
import { metricsAfter, MetricsReporter } from '../../../lib/runtime/workers/worker-metrics.ts'

test('reports of metrics should hold no names again unless there are other metrics than before', () => {
  const registry = new MetricsRegistry()
  const reporter = new MetricsReporter(() => registry.read())
  const first = registry.scope().sensor('g', 'INFO', [['a-total', 'total', 'of a']])
  let known = metricsAfter([], reporter.next())
  first.record(3)
  const second = reporter.next()
  expect(second).toEqual({ values: [3] })
  known = metricsAfter(known, second)
  expect(known).toEqual(registry.read())
  const task = registry.scope({ 'task-id': '0_0' })
  task.sensor('g', 'INFO', [['b-total', 'total', 'of b']]).record(5)
  known = metricsAfter(known, structuredClone(reporter.next()))
  expect(known).toEqual(registry.read())
  task.close()
  expect(metricsAfter(known, reporter.next())).toEqual(registry.read())
})
