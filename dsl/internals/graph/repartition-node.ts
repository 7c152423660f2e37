import type { Serde } from '../../../lib/serdes/serde.ts'
import { failOnInvalidTimestamp } from '../../../topology/timestamp-extractors.ts'
import type { StreamPartitioner } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { InternalTopicProperties } from '../../../topology/internals/internal-topics.ts'
import { FilterProcessor } from '../processors/stateless.ts'
import { REPARTITION_SUFFIX, prefixes } from '../names.ts'
import type { NameProvider } from '../names.ts'
import { GraphNode } from './graph-node.ts'

export interface RepartitionParts {
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
  /** What the topic is named after; the suffix is added unless it is there. */
  readonly topicPrefix: string
  /** Set for a repartition the user asked for: it stays as it is. */
  readonly explicit?: { readonly properties: InternalTopicProperties; readonly partitioner?: StreamPartitioner<unknown, unknown> | undefined }
}

interface NodeNames {
  readonly sink: string
  readonly filter: string
  readonly source: string
}

/** Nodes get generated names when what the topic is named after is a generated node name. */
const GENERATED = /^KSTREAM.*-[0-9]{10}$/

const nodeNames = (names: NameProvider, topicPrefix: string, topic: string): NodeNames => {
  const sink = names.newProcessorName(prefixes.streamSink)
  const filter = names.newProcessorName(prefixes.streamFilter)
  const source = names.newProcessorName(prefixes.streamSource)
  if (GENERATED.test(topicPrefix)) return { sink, filter, source }
  return { sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` }
}

const hasKey = (key: unknown): boolean => key !== undefined
const everyRecord = (): boolean => true

/** Through a topic of the application's own, so that equal keys meet: filter of null keys, sink, topic, source. */
export class RepartitionNode extends GraphNode {
  readonly #topic: string
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
  readonly isOptimizable: boolean
  readonly #names: NodeNames
  readonly #explicit: RepartitionParts['explicit']
  /** Set when a left join reads it: that join answers for records without a key. */
  keepsNullKeys = false

  constructor(names: NameProvider, parts: RepartitionParts) {
    const { topicPrefix } = parts
    const topic = topicPrefix.endsWith(REPARTITION_SUFFIX) ? topicPrefix : topicPrefix + REPARTITION_SUFFIX
    const own = nodeNames(names, topicPrefix, topic)
    super(own.source)
    this.#topic = topic
    this.key = parts.key
    this.value = parts.value
    this.isOptimizable = parts.explicit === undefined
    this.#names = own
    this.#explicit = parts.explicit
  }

  override get topic(): string {
    return this.#topic
  }

  /** As the user asked; undefined where it follows from other topics. */
  get partitions(): number | undefined {
    return this.#explicit?.properties.partitions
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { sink, filter, source } = this.#names
    const predicate = this.keepsNullKeys ? everyRecord : hasKey
    topology.addInternalTopic(this.topic, this.#explicit?.properties)
    topology.addProcessor({ name: filter, supplier: { get: () => new FilterProcessor(predicate, false) }, parents: this.parentNames, isFixedKey: true })
    topology.addSink({
      name: sink,
      topic: this.topic,
      keySerializer: this.key?.serializer,
      valueSerializer: this.value?.serializer,
      partitioner: this.#explicit?.partitioner,
      parents: [filter],
    })
    topology.addSource({
      name: source,
      topics: [this.topic],
      keyDeserializer: this.key?.deserializer,
      valueDeserializer: this.value?.deserializer,
      timestampExtractor: failOnInvalidTimestamp,
    })
  }
}
