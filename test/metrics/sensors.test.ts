import { MockTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import type { RecordingLevel } from '../../lib/metrics/metrics-registry.ts'
import { Sensors } from '../../lib/metrics/sensors.ts'

const make = (level: RecordingLevel = 'INFO') => {
  const time = new MockTime(1_000_000)
  const registry = new MetricsRegistry({ time, level })
  const sensors = new Sensors(registry, 'thread-1')
  const read = (name: string): number | string | undefined => registry.read().find((metric) => metric.name === name)?.value
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

  test('should record nothing when their level is finer than that of the instance', () => {
    const { sensors, read } = make()
    const details = sensors.addRateTotalSensor('cache', 'users', 'probe', {}, 'DEBUG')
    expect(details.isRecording).toBe(false)
    details.record()
    expect(read('probe-total')).toBe(0)
    const detailed = make('DEBUG')
    detailed.sensors.addLatencyRateTotalSensor('cache', 'users', 'probe', {}, 'DEBUG').record(3)
    expect([detailed.read('probe-total'), detailed.read('probe-latency-max')]).toEqual([1, 3])
  })

  test('should record for their parents too', () => {
    const { sensors, read } = make()
    const all = sensors.addSensor('all')
    all.add({ name: 'all-total', group: 'mine', description: 'of both' }, 'total')
    sensors.addSensor('one', 'INFO', all).record(2)
    sensors.addSensor('other', 'INFO', all).record(3)
    expect(read('all-total')).toBe(5)
  })
})
