import type { StoreBuilder } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { AnyProcessorSupplier } from '../../../topology/internals/node-spec.ts'
import { GraphNode } from './graph-node.ts'

export interface TableJoinNodeSide {
  readonly name: string
  /** The node of the table whose updates this side processes. */
  readonly parentName: string
  readonly supplier: AnyProcessorSupplier
  /** The stores in which the other table's rows are looked up. */
  readonly storeNames: readonly string[]
}

export interface TableJoinNodeParts {
  readonly sides: readonly [TableJoinNodeSide, TableJoinNodeSide]
  readonly merge: AnyProcessorSupplier
  readonly store: () => StoreBuilder | undefined
}

/** A join of two tables: a processor for each side, and one where the results come together. */
export class TableJoinNode extends GraphNode {
  readonly #parts: TableJoinNodeParts

  constructor(mergeName: string, parts: TableJoinNodeParts) {
    super(mergeName)
    this.#parts = parts
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const { sides, merge, store } = this.#parts
    for (const { name, supplier, parentName } of sides) topology.addProcessor({ name, supplier, parents: [parentName] })
    topology.addProcessor({ name: this.name, supplier: merge, parents: sides.map((side) => side.name) })
    for (const { name, storeNames } of sides) topology.connectProcessorAndStateStores(name, storeNames)
    const builder = store()
    if (builder !== undefined) topology.addStateStore(builder, [this.name])
  }
}
