import type { Serde } from '../../../lib/serdes/serde.ts'
import { failOnInvalidTimestamp } from '../../../topology/timestamp-extractors.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import { GraphNode } from './graph-node.ts'

export interface GroupedTableRepartitionParts {
  readonly sinkName: string
  readonly topic: string
  readonly key: Serde<unknown> | undefined
  /** Of changes, not of values: each record says what leaves and what enters its group. */
  readonly change: Serde<unknown>
}

/** The repartition of a grouped table. It cannot be merged with others: its records are changes. */
export class GroupedTableRepartitionNode extends GraphNode {
  readonly #parts: GroupedTableRepartitionParts

  constructor(sourceName: string, parts: GroupedTableRepartitionParts) {
    super(sourceName)
    this.#parts = parts
  }

  override get topic(): string {
    return this.#parts.topic
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { sinkName, topic, key, change } = this.#parts
    topology.addInternalTopic(topic)
    topology.addSink({
      name: sinkName,
      topic,
      keySerializer: key?.serializer,
      valueSerializer: change.serializer,
      parents: this.parentNames,
    })
    topology.addSource({
      name: this.name,
      topics: [topic],
      keyDeserializer: key?.deserializer,
      valueDeserializer: change.deserializer,
      timestampExtractor: failOnInvalidTimestamp,
    })
  }
}
