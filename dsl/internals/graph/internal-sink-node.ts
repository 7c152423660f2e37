import type { Serde } from '../../../lib/serdes/serde.ts'
import type { StreamPartitioner } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import { GraphNode } from './graph-node.ts'

export interface InternalSinkParts {
  readonly topic: string
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown>
  readonly partitioner: StreamPartitioner<never, never> | undefined
}

/** Where an operator writes a topic of the application's own, which a source of the same operator reads. */
export class InternalSinkNode extends GraphNode {
  readonly #parts: InternalSinkParts

  constructor(name: string, parts: InternalSinkParts) {
    super(name)
    this.#parts = parts
  }

  override get topic(): string {
    return this.#parts.topic
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { topic, key, value, partitioner } = this.#parts
    topology.addInternalTopic(topic)
    topology.addSink({
      name: this.name,
      topic,
      keySerializer: key?.serializer,
      valueSerializer: value.serializer,
      partitioner,
      parents: this.parentNames,
    })
  }
}
