import type { StoreBuilder } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { AnyProcessorSupplier } from '../../../topology/internals/node-spec.ts'
import { GraphNode } from './graph-node.ts'

export interface StreamJoinNodeSide {
  readonly name: string
  readonly supplier: AnyProcessorSupplier
  /** The node that keeps this side's records. */
  readonly windowedName: string
  readonly store: StoreBuilder['name']
}

export interface StreamJoinNodeParts {
  readonly left: StreamJoinNodeSide
  readonly right: StreamJoinNodeSide
  readonly merge: AnyProcessorSupplier
  /** Does the work of all of these for a stream joined with itself. */
  readonly selfJoin: AnyProcessorSupplier
  /** The store of records without a partner. Asked when the node is written. */
  readonly unmatchedStore: (() => StoreBuilder) | undefined
}

/** A join of two streams: a processor for each side, and one where the results come together. */
export class StreamJoinNode extends GraphNode {
  readonly #parts: StreamJoinNodeParts
  #isSelfJoin = false

  constructor(mergeName: string, parts: StreamJoinNodeParts) {
    super(mergeName)
    this.#parts = parts
  }

  get leftWindowedName(): string {
    return this.#parts.left.windowedName
  }

  get rightWindowedName(): string {
    return this.#parts.right.windowedName
  }

  /** Both sides are the same stream: one store and one processor will do. */
  becomeSelfJoin(): void {
    this.#isSelfJoin = true
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { left, right, merge, selfJoin, unmatchedStore } = this.#parts
    if (this.#isSelfJoin) {
      topology.addProcessor({ name: this.name, supplier: selfJoin, parents: [left.windowedName] })
      topology.connectProcessorAndStateStores(this.name, [left.store])
      return
    }
    topology.addProcessor({ name: left.name, supplier: left.supplier, parents: [left.windowedName] })
    topology.addProcessor({ name: right.name, supplier: right.supplier, parents: [right.windowedName] })
    topology.addProcessor({ name: this.name, supplier: merge, parents: [left.name, right.name] })
    topology.connectProcessorAndStateStores(left.name, [right.store])
    topology.connectProcessorAndStateStores(right.name, [left.store])
    if (unmatchedStore !== undefined) topology.addStateStore(unmatchedStore(), [left.name, right.name])
  }
}
