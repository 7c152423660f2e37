import { MockTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import type { RecordingLevel } from '../../lib/metrics/metrics-registry.ts'

const valuesOf = (registry: MetricsRegistry): Record<string, number | string> => Object.fromEntries(registry.read().map(({ name, value }) => [name, value]))

test('MetricsRegistry should ask a gauge when it is read', () => {
  const registry = new MetricsRegistry()
  let size = 1
  registry.scope({ a: '1' }).gauge('g', 'size', 'How many', () => size, { b: '2' })
  size = 7
  expect(registry.read()).toEqual([{ group: 'g', name: 'size', tags: { a: '1', b: '2' }, description: 'How many', value: 7 }])
})

test('MetricsRegistry should forget what is in a scope when the scope is closed', () => {
  const registry = new MetricsRegistry()
  const first = registry.scope({ task: '0_0' })
  first.gauge('g', 'n', '', () => 1)
  registry.scope({ task: '0_1' }).gauge('g', 'n', '', () => 2)
  expect(registry.total('n')).toBe(3)
  first.close()
  expect(registry.read().map(({ tags }) => tags.task)).toEqual(['0_1'])
})

test.each<[RecordingLevel, string[]]>([
  ['INFO', ['info']],
  ['DEBUG', ['info', 'debug']],
  ['TRACE', ['info', 'debug', 'trace']],
])('MetricsRegistry should record at level %s what is of it or below', (level, recorded) => {
  const registry = new MetricsRegistry({ level })
  const scope = registry.scope()
  for (const each of ['INFO', 'DEBUG', 'TRACE'] as const) scope.sensor('g', each, [[each.toLowerCase(), 'total', '']]).record(5)
  const values = valuesOf(registry)
  expect(Object.keys(values)).toEqual(['info', 'debug', 'trace'])
  expect(Object.keys(values).filter((name) => values[name] === 5)).toEqual(recorded)
})

test('MetricsRegistry should look at the windows that it was told to', () => {
  const time = new MockTime(1000)
  const registry = new MetricsRegistry({ sampleWindowMs: 1000, numSamples: 3, time })
  const sensor = registry.scope().sensor('g', 'INFO', [['n-rate', 'rate', ''], ['n-max', 'max', ''], ['n-avg', 'avg', ''], ['n-ratio', 'ratio', '']])
  sensor.record(600)
  expect(valuesOf(registry)).toEqual({ 'n-rate': 300, 'n-max': 600, 'n-avg': 600, 'n-ratio': 1 })
  time.advance(2000)
  sensor.record(200)
  expect(valuesOf(registry)).toEqual({ 'n-rate': 400, 'n-max': 600, 'n-avg': 400, 'n-ratio': 0.4 })
  time.advance(1000)
  expect(valuesOf(registry)['n-max']).toBe(200)
  time.advance(5000)
  expect(valuesOf(registry)).toEqual({ 'n-rate': 0, 'n-max': NaN, 'n-avg': NaN, 'n-ratio': 0 })
})

test('MetricsRegistry should take many values at once when they are summed up already', () => {
  const registry = new MetricsRegistry()
  const sensor = registry.scope().sensor('g', 'INFO', [['sum', 'total', ''], ['n', 'count', ''], ['avg', 'avg', ''], ['min', 'min', ''], ['max', 'max', '']])
  sensor.recordMany(4, 20, 1, 9, 1)
  sensor.recordMany(1, 0, 0, 0, 1)
  expect(valuesOf(registry)).toMatchObject({ sum: 20, n: 5 })
})
