import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { Stores } from '../../stores/stores.ts'
import type { StreamPartitioner } from '../../topology/api.ts'
import { described, run, text } from './helpers.ts'

const foreignKey = (value: string): string | undefined => value.split('|')[0]

/** A serde that notes under which topic names it is called. */
const noting = (topics: Set<string>): Serde<string> => ({
  serializer: {
    serialize(topic, data) {
      if (data !== undefined) topics.add(topic)
      return Serdes.string.serializer.serialize(topic, data)
    },
  },
  deserializer: {
    deserialize(topic, data) {
      topics.add(topic)
      return Serdes.string.deserializer.deserialize(topic, data)
    },
  },
})

describe('a join by a foreign key', () => {
  test('should give the joiner both values and the left key', () => {
    const out = run((builder) => {
      builder.table('left', text).join(builder.table('right', text), foreignKey, (a, b, key) => `${key}: ${a}, ${b}`).toStream().to('out', text)
    }, [['right', 'a', 'x', 1], ['left', '1', 'a|1', 2]])
    expect(out).toEqual([['1', '1: a|1, x', 2]])
  })

  test('should give the extractor the left key too', () => {
    const out = run((builder) => {
      builder.table('left', text).join(builder.table('right', text), (_value, key) => key, (a, b) => a + b).toStream().to('out', text)
    }, [['right', '1', 'x', 1], ['left', '1', 'v', 2]])
    expect(out).toEqual([['1', 'vx', 2]])
  })

  test('should compare foreign keys that are objects by their bytes', () => {
    const objects = Serdes.json<{ id: string }>()
    const builder = new StreamsBuilder()
    const right = builder.table('right', { key: objects, value: Serdes.string })
    builder.table('left', text).join(right, (value) => ({ id: value.slice(0, 1) }), (a, b) => a + b).toStream().to('out', text)
    const driver = new TopologyTestDriver(builder.build())
    driver.createInputTopic('right', { key: objects, value: Serdes.string }).pipeInput({ id: 'a' }, 'x')
    const left = driver.createInputTopic('left', text)
    left.pipeInput('1', 'a1')
    left.pipeInput('1', 'a2')
    expect(driver.createOutputTopic('out', text).readValuesToList()).toEqual(['a1x', 'a2x'])
    driver.close()
  })

  test('should call serdes for parts of records under topic names of their own, as Kafka Streams does', () => {
    const [keys, values, otherKeys, otherValues] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
    run((builder) => {
      const left = builder.table('left', { key: noting(keys), value: noting(values) }, { store: 'l', logging: false })
      const right = builder.table('right', { key: noting(otherKeys), value: noting(otherValues) }, { store: 'r', logging: false })
      left.join(right, foreignKey, (a, b) => a + b, { name: 'j' }).toStream().to('out', text)
    }, [['right', 'a', 'x', 1], ['left', '1', 'a|1', 2], ['right', 'a', 'y', 3]], { 'application.id': 'app' })
    const ofJoin = (topics: ReadonlySet<string>): string[] => [...topics].filter((topic) => topic.includes('-j-')).sort()
    expect(ofJoin(keys)).toEqual(['app-j-subscription-registration-topic-pk', 'app-j-subscription-response-topic'])
    expect(ofJoin(values)).toEqual(['app-j-subscription-registration-topic-vh'])
    expect(ofJoin(otherKeys)).toEqual(['app-j-subscription-registration-topic', 'app-j-subscription-registration-topic-fk'])
    expect(ofJoin(otherValues)).toEqual(['app-j-subscription-response-topic'])
  })

  test('should ask the partitioners about keys only', () => {
    const asked: unknown[] = []
    const partitioner: StreamPartitioner<string, undefined> = (topic, key, value, numPartitions) => {
      asked.push([topic, key, value, numPartitions])
      return 0
    }
    run((builder) => {
      const joined = { name: 'j', partitioner, otherPartitioner: partitioner }
      builder.table('left', text).join(builder.table('right', text), foreignKey, (a, b) => a + b, joined).toStream().to('out', text)
    }, [['right', 'a', 'x', 1], ['left', '1', 'a|1', 2]], { 'application.id': 'app' })
    expect(asked).toEqual([
      ['app-j-subscription-registration-topic', 'a', undefined, 1],
      ['app-j-subscription-response-topic', '1', undefined, 1],
    ])
  })

  test('should refuse a partitioner that chooses several partitions', () => {
    const joining = (): unknown => run((builder) => {
      const joined = { name: 'j', otherPartitioner: () => [0, 0] }
      builder.table('left', text).join(builder.table('right', text), foreignKey, (a, b) => a + b, joined).toStream().to('out', text)
    }, [['left', '1', 'a|1', 2]])
    expect(joining).toThrow('should be a singleton set, but the partitioner of j-subscription-registration-sink chose 2')
  })

  test('should say which serde is missing when the application starts', () => {
    const joining = (): unknown => run((builder) => {
      const left = builder.table('left', text).mapValues((value) => value)
      left.join(builder.table('right', text), foreignKey, (a, b) => a + b).toStream().to('out', text)
    }, [])
    expect(joining).toThrow('Please specify a value serde')
  })

  test('should name all of its nodes, topics and stores after its own name', () => {
    const shown = described((builder) => {
      builder.table('left', text).leftJoin(builder.table('right', text), foreignKey, (a, b) => `${a}${b}`, { name: 'orders' })
    })
    expect(shown.match(/FK-JOIN/)).toBeNull()
    expect(shown).toContain('orders-subscription-store')
  })

  test.each([['rocksDB', 'lmdb'], ['in_memory', 'memory']] as const)('should keep subscriptions where they can be scanned: %s', (type, engine) => {
    const builder = new StreamsBuilder({ 'default.dsl.store': type })
    builder.table('left', text).join(builder.table('right', text), foreignKey, (a, b) => a + b, { name: 'j' })
    const store = builder.build().internals.setApplicationId('app').storeBuilder('j-subscription-store')
    expect(store).toMatchObject({ supplier: { engine } })
  })

  test('should keep subscriptions in memory when its results are', () => {
    const builder = new StreamsBuilder()
    const store = Stores.inMemoryKeyValueStore('joined')
    builder.table('left', text).join(builder.table('right', text), foreignKey, (a, b) => a + b, { name: 'j' }, { store, ...text })
    const subscriptions = builder.build().internals.setApplicationId('app').storeBuilder('j-subscription-store')
    expect(subscriptions).toMatchObject({ supplier: { engine: 'memory' } })
  })
})
