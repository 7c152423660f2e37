import { Serdes, StreamsBuilder, Stores } from '../../lib/index.ts'
import { StreamsMetadataState } from '../../lib/query/streams-metadata.ts'

const builder = (() => {
  const dsl = new StreamsBuilder()
  dsl
    .stream<string, string>('events', { key: Serdes.string, value: Serdes.string })
    .groupByKey()
    .count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine: 'memory' }))
  dsl.globalTable('countries', { key: Serdes.string, value: Serdes.string }, { store: 'names' } as never)
  return dsl.build().internals.setApplicationId('app')
})()

const hosts = [
  { host: 'a:1', active: [{ topic: 'events', partitions: [0, 1] }], standby: [{ topic: 'events', partitions: [2] }] },
  { host: 'b:2', active: [{ topic: 'events', partitions: [2, 3] }], standby: [] },
]

describe('streams metadata', () => {
  const metadata = new StreamsMetadataState(builder, { host: 'a', port: 1 })
  metadata.update(hosts, new Map([['events', 4]]))

  test('should say which instances have a store', () => {
    expect(metadata.all().map(({ host }) => host.port)).toEqual([1, 2])
    expect(metadata.forStore('counts').map(({ host, topicPartitions }) => [host.port, topicPartitions.length])).toEqual([[1, 2], [2, 2]])
    expect(metadata.forStore('no-such-store')).toEqual([])
  })

  test("should find the owner of a key by Kafka's partitioner", () => {
    // murmur2 puts `abc` on partition 3 of 4
    expect(metadata.forKey('counts', 'abc', Serdes.string.serializer)).toEqual({ activeHost: { host: 'b', port: 2 }, standbyHosts: [], partition: 3 })
  })

  test('should find the owner of a key by a partitioner of its own, with its replicas', () => {
    expect(metadata.forKey('counts', 'abc', () => 2)).toEqual({
      activeHost: { host: 'b', port: 2 },
      standbyHosts: [{ host: 'a', port: 1 }],
      partition: 2,
    })
  })

  test('should answer for global stores itself', () => {
    expect(metadata.forKey([...builder.buildTopology().globalStores][0] ?? '', 'at', Serdes.string.serializer)).toEqual({
      activeHost: { host: 'a', port: 1 },
      standbyHosts: [],
      partition: -1,
    })
  })

  test('should know nobody before the first assignment', () => {
    expect(new StreamsMetadataState(builder, undefined).forKey('counts', 'abc', Serdes.string.serializer)).toBeUndefined()
  })
})
