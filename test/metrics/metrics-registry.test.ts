import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'

test('MetricsRegistry should give the same counter when group, name and tags are the same', () => {
  const registry = new MetricsRegistry()
  registry.counter('g', 'n', { task: '0_0' }).add()
  registry.counter('g', 'n', { task: '0_0' }).add(2)
  registry.counter('g', 'n', { task: '0_1' }).add(5)
  expect(registry.read()).toEqual([
    { group: 'g', name: 'n', tags: { task: '0_0' }, value: 3 },
    { group: 'g', name: 'n', tags: { task: '0_1' }, value: 5 },
  ])
  expect(registry.total('n')).toBe(8)
})

test('MetricsRegistry should ask a gauge when it is read', () => {
  const registry = new MetricsRegistry()
  let size = 1
  registry.gauge('g', 'size', {}, () => size)
  size = 7
  expect(registry.total('size')).toBe(7)
})

test('MetricsRegistry should forget what carries the tags when it is told to', () => {
  const registry = new MetricsRegistry()
  registry.counter('g', 'n', { task: '0_0', thread: 't' }).add()
  registry.counter('g', 'n', { task: '0_1', thread: 't' }).add()
  registry.removeAll({ task: '0_0' })
  expect(registry.read().map(({ tags }) => tags.task)).toEqual(['0_1'])
  expect(registry.counter('g', 'n', { task: '0_0', thread: 't' }).value).toBe(0)
})
