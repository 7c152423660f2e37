import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { Stores } from '../../stores/stores.ts'

const text = { key: Serdes.string, value: Serdes.string }
const counts = Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long })

const counted = (...words: string[]): TopologyTestDriver => {
  const builder = new StreamsBuilder()
  builder.stream('words', text).groupBy((_key, word) => word, text).count(counts)
  const driver = new TopologyTestDriver(builder.build())
  const input = driver.createInputTopic('words', text)
  for (const word of words) input.pipeInput('k', word, { timestamp: 5 })
  return driver
}

test("The store of a table should show plain values when a test asks with a plain builder, and its rows by its name", () => {
  using driver = counted('to', 'be', 'to')
  const store = driver.getStateStore(counts)!
  expect(store.get('to')).toBe(2)
  expect(store.get('or')).toBeUndefined()
  expect([...store.all()]).toEqual([['be', 1], ['to', 2]])
  expect([...store.reverseRange('be', undefined)]).toEqual([['to', 2], ['be', 1]])
  expect(driver.getStateStore('counts')).toMatchObject({ name: 'counts', isOpen: true })
  expect(driver.getStateStore(Stores.timestampedKeyValueStore('counts', { key: Serdes.string, value: Serdes.long }))?.get('to')).toEqual({ value: 2, timestamp: 5 })
})

test('The plain view of a table store should write through to the store', () => {
  using driver = counted('to')
  const store = driver.getStateStore(counts)!
  store.put('or', 7)
  expect(store.putIfAbsent('or', 8)).toBe(7)
  store.putAll([['not', 9], ['to', undefined]])
  expect(store.delete('not')).toBe(9)
  expect([...store.prefixScan('o', Serdes.string.serializer)]).toEqual([['or', 7]])
  expect(store.get('to')).toBeUndefined()
})
