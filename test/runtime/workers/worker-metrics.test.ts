import { MetricsRegistry } from '../../../lib/metrics/metrics-registry.ts'
import { metricsAfter, MetricsReporter } from '../../../lib/runtime/workers/worker-metrics.ts'

test('reports of metrics should hold no names again unless there are other metrics than before', () => {
  const registry = new MetricsRegistry()
  const reporter = new MetricsReporter(() => registry.read())
  const [first, tags] = [registry.counter('g', 'a-total'), { 'task-id': '0_0' }]
  let known = metricsAfter([], reporter.next())
  first.add(3)
  const second = reporter.next()
  expect(second).toEqual({ values: [3] })
  known = metricsAfter(known, second)
  expect(known).toEqual(registry.read())
  registry.counter('g', 'b-total', tags).add(5)
  known = metricsAfter(known, structuredClone(reporter.next()))
  expect(known).toEqual(registry.read())
  registry.removeAll(tags)
  expect(metricsAfter(known, reporter.next())).toEqual(registry.read())
})
