import { MockTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import { Sensors } from '../../lib/metrics/sensors.ts'

const make = () => {
  const time = new MockTime(1_000_000)
  const registry = new MetricsRegistry()
  const sensors = new Sensors(registry, 'thread-1', time)
  const read = (name: string): number | undefined => registry.read().find((metric) => metric.name === name)?.value
  return { time, registry, sensors, read }
}

describe('sensors of processors', () => {
  test('should show how often something happens, under Kafka Streams\' group and tags', () => {
    const { sensors, registry, read, time } = make()
    const lookups = sensors.addRateTotalSensor('cache', 'users', 'lookup', { kind: 'lru' })
    for (let i = 0; i < 60; i++) lookups.record()
    expect(read('lookup-total')).toBe(60)
    expect(read('lookup-rate')).toBe(2)
    time.advance(30_000)
    expect(read('lookup-rate')).toBe(2)
    time.advance(30_000)
    expect([read('lookup-rate'), read('lookup-total')]).toEqual([0, 60])
    expect(registry.read()[0]).toMatchObject({ group: 'stream-cache-metrics', tags: { 'thread-id': 'thread-1', 'cache-id': 'users', kind: 'lru' } })
  })

  test('should show latencies of the last minute', () => {
    const { sensors, read, time } = make()
    const calls = sensors.addLatencyRateTotalSensor('http', 'geocoder', 'call')
    expect(read('call-latency-avg')).toBeNaN()
    calls.record(10)
    time.advance(40_000)
    calls.record(30)
    expect([read('call-latency-avg'), read('call-latency-max'), read('call-total')]).toEqual([20, 30, 2])
    time.advance(30_000)
    expect([read('call-latency-avg'), read('call-latency-max')]).toEqual([30, 30])
  })

  test('should be the same when asked for again, and gone when removed', () => {
    const { sensors, registry } = make()
    const sensor = sensors.addSensor('sizes')
    sensor.add({ name: 'size-total', group: 'mine' }, 'total')
    sensor.add({ name: 'size-min', group: 'mine', tags: { store: 's' } }, 'min')
    sensor.record(5)
    sensors.addSensor('sizes').record(3)
    expect(registry.read().map(({ name, value }) => [name, value])).toEqual([['size-total', 8], ['size-min', 3]])
    sensors.removeSensor(sensor)
    expect(sensors.metrics()).toEqual([])
    expect(sensors.addSensor('sizes')).not.toBe(sensor)
  })
})
