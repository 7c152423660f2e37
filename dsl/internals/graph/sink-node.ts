import type { TopicNameExtractor } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { Produced } from '../../options.ts'
import { GraphNode } from './graph-node.ts'

/** The end of a branch: a topic, fixed or chosen for each record. */
export class StreamSinkNode extends GraphNode {
  readonly #topic: string | TopicNameExtractor<never, never>
  readonly #produced: Produced<unknown, unknown>

  constructor(name: string, topic: string | TopicNameExtractor<never, never>, produced: Produced<unknown, unknown>) {
    super(name)
    this.#topic = topic
    this.#produced = produced
  }

  writeTo(topology: InternalTopologyBuilder): void {
    topology.addSink({
      name: this.name,
      topic: this.#topic,
      keySerializer: this.#produced.key?.serializer,
      valueSerializer: this.#produced.value?.serializer,
      partitioner: this.#produced.partitioner,
      parents: this.parentNames,
    })
  }
}
