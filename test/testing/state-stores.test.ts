import { TimeWindows } from '../../dsl/windows.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'
import { Stores } from '../../stores/stores.ts'
import { Topology } from '../../topology/topology.ts'

const TEXT = { key: Serdes.string, value: Serdes.string }

test('TopologyTestDriver should show a table by name as plain values, and with timestamps when asked for those', () => {
  const builder = new StreamsBuilder()
  builder.table('in', TEXT, { store: 'table' })
  const driver = new TopologyTestDriver(builder.build())
  driver.createInputTopic('in', TEXT).pipeInput('k', 'v', { timestamp: 7 })
  expect(driver.getKeyValueStore('table')?.get('k')).toBe('v')
  expect(driver.getTimestampedKeyValueStore('table')?.get('k')).toEqual({ value: 'v', timestamp: 7 })
  expect(driver.getKeyValueStore('nothing')).toBeUndefined()
  driver.close()
})

test('TopologyTestDriver should show windows by name as plain values, and with timestamps when asked for those', () => {
  const builder = new StreamsBuilder()
  builder.stream('in', TEXT).groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).count({ store: 'windows' })
  const driver = new TopologyTestDriver(builder.build())
  const input = driver.createInputTopic('in', TEXT)
  input.pipeRecordList([{ key: 'a', value: 'x', timestamp: 1 }, { key: 'a', value: 'y', timestamp: 4 }, { key: 'b', value: 'z', timestamp: 12 }])
  const plain = driver.getWindowStore<string, number>('windows')
  expect(plain?.fetch('a', 0)).toBe(2)
  expect([...(plain?.fetch('a', 0, 20) ?? [])]).toEqual([[0, 2]])
  expect([...(plain?.all() ?? [])].map(([{ key, window }, count]) => [key, window.start, count])).toEqual([['a', 0, 2], ['b', 10, 1]])
  expect(driver.getTimestampedWindowStore('windows')?.fetch('a', 0)).toEqual({ value: 2, timestamp: 4 })
  driver.close()
})

test('TopologyTestDriver should refuse a store of another kind when one is asked for by kind', () => {
  const topology = new Topology()
    .addSource('s', 'in', TEXT)
    .addProcessor('p', () => ({ process: () => {} }), 's')
    .addStateStore(Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' }), 'p')
  const driver = new TopologyTestDriver(topology)
  expect(() => driver.getWindowStore('kv')).toThrow('Store kv is not a window store')
  expect(() => driver.getSessionStore('kv')).toThrow('Store kv is not a session store')
  expect(() => driver.getVersionedKeyValueStore('kv')).toThrow('Store kv is not a versioned store')
  expect(driver.getTimestampedKeyValueStore('kv')).toBeUndefined()
  driver.close()
})

test('TopologyTestDriver should refuse a record with a negative timestamp, as Java does', () => {
  const driver = new TopologyTestDriver(new Topology().addSource('s', 'in', TEXT))
  const pipe = (): void => driver.createInputTopic('in', TEXT).pipeInput('k', 'v', { timestamp: -1 })
  expect(pipe).toThrow('Invalid timestamp: -1. Timestamp should always be non-negative or null.')
  driver.close()
})

test('TestInputTopic should advance the time of values when start and step are given', () => {
  const builder = new StreamsBuilder()
  builder.stream('in', TEXT).to('out')
  const driver = new TopologyTestDriver(builder.build())
  driver.createInputTopic('in', TEXT).pipeValueList(['a', 'b'], { startTimestampMs: 5, advanceMs: 10 })
  expect(driver.createOutputTopic('out', TEXT).readRecordsToList().map(({ value, timestamp }) => [value, timestamp])).toEqual([['a', 5], ['b', 15]])
  driver.close()
})
