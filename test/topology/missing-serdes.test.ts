import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { KafkaStreams } from '../../lib/kafka-streams.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const running = { applicationId: 'app', bootstrapServers: 'localhost:1' }
const defaults = { defaultKeySerde: Serdes.string, defaultValueSerde: Serdes.string }

const withoutSerdes = (): StreamsBuilder => {
  const builder = new StreamsBuilder()
  builder.stream('in').to('out', { name: 'result' })
  return builder
}

describe('a topology without serdes', () => {
  it('should be refused by KafkaStreams when no default is configured, naming node, setting and remedy', () => {
    const topology = withoutSerdes().build()
    const make = (): KafkaStreams => new KafkaStreams(topology, running)
    expect(make).toThrow(expect.objectContaining({ code: 'MILLRACE_TOPOLOGY_NO_SERDE' }))
    expect(make).toThrow(
      'Failed to initialize key serdes for source node KSTREAM-SOURCE-0000000000: Please specify a key serde or set one through ' +
        'StreamsConfig#DEFAULT_KEY_SERDE_CLASS_CONFIG (default.key.serde): name a key serde where the topic is read ({ key, value }). ' +
        'Serdes are missing too for: source node KSTREAM-SOURCE-0000000000 (value), sink node result (key), sink node result (value).',
    )
  })

  it('should be refused by build() when that gets the whole configuration', () => {
    expect(() => withoutSerdes().build(running)).toThrow('Failed to initialize key serdes for source node')
    expect(() => withoutSerdes().build({ ...running, defaultKeySerde: Serdes.string })).toThrow('Failed to initialize value serdes for source node')
  })

  it('should be taken when defaults are configured, or may still be', () => {
    expect(() => withoutSerdes().build()).not.toThrow()
    expect(() => withoutSerdes().build({ applicationId: 'app' })).not.toThrow()
    expect(() => new KafkaStreams(withoutSerdes().build({ ...running, ...defaults }), { ...running, ...defaults })).not.toThrow()
    new TopologyTestDriver(withoutSerdes().build(), { config: defaults }).close()
  })

  it('should be refused for a store before the nodes, as a task would find it', () => {
    const builder = new StreamsBuilder()
    builder.stream('in', strings).groupByKey().aggregate(() => '', (_key, value, all) => all + value, { store: 'all' }).toStream().to('out')
    expect(() => new TopologyTestDriver(builder.build())).toThrow('Failed to initialize value serdes for store all')
  })

  it('should be refused for the repartition topic of a grouped table', () => {
    const builder = new StreamsBuilder()
    builder.table('in', strings).groupBy((key, value) => [value, key], { key: Serdes.string }).count()
    expect(() => new TopologyTestDriver(builder.build())).toThrow('Failed to initialize value serdes for sink node KSTREAM-SINK-')
  })
})
