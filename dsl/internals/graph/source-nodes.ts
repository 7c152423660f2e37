import type { StoreBuilder } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { AnyProcessorSupplier } from '../../../topology/internals/node-spec.ts'
import { invalid } from '../../../topology/internals/invalid.ts'
import { javaHashOrder } from '../../../topology/internals/java-hash.ts'
import type { Consumed } from '../../options.ts'
import { GraphNode } from './graph-node.ts'

type AnyConsumed = Consumed<unknown, unknown>

const sourceOptions = (consumed: AnyConsumed) => ({
  keyDeserializer: consumed.key?.deserializer,
  valueDeserializer: consumed.value?.deserializer,
  timestampExtractor: consumed.timestampExtractor,
  offsetReset: consumed.offsetReset,
})

/** A stream from topics, or from all topics whose name matches a pattern. */
export class StreamSourceNode extends GraphNode {
  readonly topics: readonly string[] | RegExp
  readonly #consumed: AnyConsumed

  constructor(name: string, topics: readonly string[] | RegExp, consumed: AnyConsumed) {
    super(name)
    this.topics = topics
    this.#consumed = consumed
  }

  /** Takes the children of another source of the same topics. @throws {TopologyError} when the two start at different offsets */
  absorb(other: StreamSourceNode): void {
    const same = JSON.stringify(this.#consumed.offsetReset) === JSON.stringify(other.#consumed.offsetReset)
    if (!same) throw invalid("Can't configure different offset reset policies on the same input topic(s)")
    for (const child of [...other.children]) {
      other.removeChild(child)
      this.addChild(child)
    }
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { topics } = this
    // a set in Java, which shows in messages about topics that are read twice
    const what = topics instanceof RegExp ? { pattern: topics } : { topics: javaHashOrder(topics) }
    topology.addSource({ name: this.name, ...what, ...sourceOptions(this.#consumed) })
  }
}

export interface TableSourceParts {
  readonly sourceName: string
  readonly topic: string
  readonly consumed: AnyConsumed
  readonly supplier: AnyProcessorSupplier
  /** The table's store, when it is needed; without logging if asked. */
  readonly store: (logging: boolean) => StoreBuilder | undefined
}

/** A table from a topic: a source and the processor that keeps the last values. */
export class TableSourceNode extends GraphNode {
  readonly #parts: TableSourceParts
  /** Restore from the source topic itself in place of a changelog of its own. */
  reuseSourceTopic = false

  constructor(name: string, parts: TableSourceParts) {
    super(name)
    this.#parts = parts
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { sourceName, topic, consumed, supplier, store } = this.#parts
    topology.addSource({ name: sourceName, topics: [topic], ...sourceOptions(consumed) })
    const builder = store(!this.reuseSourceTopic)
    topology.addProcessor({ name: this.name, supplier, parents: [sourceName], stores: builder === undefined ? [] : [builder] })
    if (builder !== undefined && this.reuseSourceTopic) topology.connectSourceStoreAndTopic(builder.name, topic)
  }
}

/** A store that every instance fills with all partitions of a topic: a global table, or a global store of the user's. */
export class GlobalStoreNode extends GraphNode {
  readonly #parts: Omit<TableSourceParts, 'store'> & { readonly store: () => StoreBuilder }

  constructor(name: string, parts: Omit<TableSourceParts, 'store'> & { readonly store: () => StoreBuilder }) {
    super(name)
    this.#parts = parts
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { sourceName, topic, consumed, supplier, store } = this.#parts
    const { keyDeserializer, valueDeserializer, timestampExtractor } = sourceOptions(consumed)
    const builder = store().withLoggingDisabled()
    const processorName = this.name
    topology.addGlobalStore({ builder, sourceName, topic, keyDeserializer, valueDeserializer, timestampExtractor, processorName, supplier })
  }
}

/** A store for processors that name it. */
export class StateStoreNode extends GraphNode {
  readonly #builder: StoreBuilder

  constructor(builder: StoreBuilder) {
    super(builder.name)
    this.#builder = builder
  }

  writeTo(topology: InternalTopologyBuilder): void {
    topology.addStateStore(this.#builder)
  }
}

/** @throws {TopologyError} when there is none */
export const topicsOf = (topics: string | readonly string[] | RegExp): readonly string[] | RegExp => {
  if (topics instanceof RegExp) return topics
  const list = typeof topics === 'string' ? [topics] : [...topics]
  if (list.length === 0) throw invalid('topics cannot be empty: stream() needs at least one topic name, or a regular expression')
  return list
}
