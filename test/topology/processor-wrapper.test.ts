import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { KafkaStreams } from '../../lib/kafka-streams.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import type { FixedKeyProcessorSupplier, Processor, ProcessorSupplier } from '../../topology/api.ts'
import type { ProcessorWrapper } from '../../topology/processor-wrapper.ts'
import { Topology } from '../../topology/topology.ts'

const strings = { key: Serdes.string, value: Serdes.string }

/** Remembers what it was asked to wrap, and which processors ran. */
class Recording implements ProcessorWrapper {
  readonly wrapped: string[] = []
  readonly fixedKey: string[] = []
  readonly stores = new Map<string, readonly string[]>()
  readonly ran: string[] = []
  config: Readonly<Record<string, unknown>> | undefined

  configure(config: Readonly<Record<string, unknown>>): void {
    this.config = config
  }

  wrapProcessorSupplier<KIn, VIn, KOut, VOut>(name: string, supplier: ProcessorSupplier<KIn, VIn, KOut, VOut>): ProcessorSupplier<KIn, VIn, KOut, VOut> {
    this.wrapped.push(name)
    this.#remember(name, supplier)
    return { ...supplier, get: () => this.#counted(name, supplier.get()) }
  }

  wrapFixedKeyProcessorSupplier<KIn, VIn, VOut>(name: string, supplier: FixedKeyProcessorSupplier<KIn, VIn, VOut>): FixedKeyProcessorSupplier<KIn, VIn, VOut> {
    this.fixedKey.push(name)
    this.#remember(name, supplier)
    return supplier
  }

  #remember(name: string, { stores }: { readonly stores?: readonly { readonly name: string }[] }): void {
    if (stores !== undefined) this.stores.set(name, stores.map((store) => store.name))
  }

  #counted<KIn, VIn, KOut, VOut>(name: string, inner: Processor<KIn, VIn, KOut, VOut>): Processor<KIn, VIn, KOut, VOut> {
    return {
      init: (context) => inner.init?.(context),
      process: (record) => {
        this.ran.push(name)
        return inner.process(record)
      },
      close: () => inner.close?.(),
    }
  }
}

const wordCount = (builder: StreamsBuilder): void => {
  builder.stream('in', { ...strings, name: 'in' })
    .mapValues((value) => value.toUpperCase(), { name: 'upper' })
    .groupByKey(strings)
    .count({ name: 'count', store: 'counts' })
    .toStream({ name: 'changes' })
    .to('out', { key: Serdes.string, value: Serdes.long, name: 'out' })
}

describe('processor.wrapper.class', () => {
  it('should wrap the processors of the DSL when it is set for the builder', () => {
    const wrapper = new Recording()
    const builder = new StreamsBuilder({ processorWrapperClass: wrapper })
    wordCount(builder)
    const driver = new TopologyTestDriver(builder.build())
    const output = driver.createOutputTopic('out', { key: Serdes.string, value: Serdes.long })

    driver.createInputTopic('in', strings).pipeInput('a', 'x')

    expect(output.readKeyValuesToList()).toEqual([['a', 1]])
    expect(wrapper.wrapped).toEqual(['count', 'changes'])
    expect(wrapper.fixedKey).toEqual(['upper'])
    expect(wrapper.ran).toEqual(['count', 'changes'])
    driver.close()
  })

  it('should show the wrapper the stores of operators and use those it returns', () => {
    const unlogged: ProcessorWrapper = {
      wrapProcessorSupplier: (_name, supplier) =>
        supplier.stores === undefined ? supplier : { ...supplier, stores: supplier.stores.map((store) => store.withLoggingDisabled()) },
      wrapFixedKeyProcessorSupplier: (_name, supplier) => supplier,
    }
    const recording = new Recording()
    const builder = new StreamsBuilder()
    wordCount(builder)
    builder.build({ processorWrapperClass: recording })
    expect(recording.stores).toEqual(new Map([['count', ['counts']]]))

    const other = new StreamsBuilder({ processorWrapperClass: unlogged })
    wordCount(other)
    const driver = new TopologyTestDriver(other.build())
    driver.createInputTopic('in', strings).pipeInput('a', 'x')
    expect([...driver.producedTopicNames()]).toEqual(['out'])
    driver.close()
  })

  it('should wrap the processors of a Topology, those of global stores too', () => {
    const wrapper = new Recording()
    const store = Stores.keyValueStore('global', { ...strings, engine: 'memory' })
    new Topology({ 'processor.wrapper.class': wrapper })
      .addSource('source', 'in', strings)
      .addProcessor('own', () => ({ process: () => {} }), 'source')
      .addGlobalStore(store, { sourceName: 'g-source', topic: 'g', ...strings, processorName: 'g-own', supplier: () => ({ process: () => {} }) })

    expect(wrapper.wrapped).toEqual(['own', 'g-own'])
    expect(wrapper.stores).toEqual(new Map([['g-own', ['global']]]))
    expect(wrapper.config).toEqual({ 'processor.wrapper.class': wrapper })
  })

  it('should refuse a wrapper that returns no supplier, naming the processor', () => {
    const wrapper = { wrapProcessorSupplier: () => undefined, wrapFixedKeyProcessorSupplier: () => undefined }
    const topology = new Topology({ 'processor.wrapper.class': wrapper }).addSource('source', 'in', strings)
    expect(() => topology.addProcessor('own', () => ({ process: () => {} }), 'source')).toThrow(/returned no supplier for own/)
    expect(() => new Topology({ 'processor.wrapper.class': 'com.example.Wrapper' })).toThrow(/processor\.wrapper\.class: it takes an object/)
  })

  it('should be missed with a warning when only KafkaStreams gets it', () => {
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => warnings.push(message) }
    const topology = new Topology().addSource('source', 'in', strings)
    const config = { applicationId: 'app', bootstrapServers: 'localhost:1', processorWrapperClass: new Recording() }
    new KafkaStreams(topology, config, { logger: logger as never })
    expect(warnings).toEqual([expect.stringContaining('processor.wrapper.class has no effect')])
  })
})
