import type { StoreBuilder } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { AnyProcessorSupplier } from '../../../topology/internals/node-spec.ts'
import { GraphNode } from './graph-node.ts'

export interface ProcessorNodeStores {
  /** The store that the processor owns. Asked when the node is written, since later operators decide whether it exists. */
  readonly own?: (() => StoreBuilder | undefined) | undefined
  /** Stores of other nodes that it reads. Asked when written, likewise. */
  readonly connected?: (() => readonly string[]) | undefined
  /** True for a processor that cannot change keys. */
  readonly isFixedKey?: boolean | undefined
}

/** One processor, with the stores it owns or reads. */
export class ProcessorGraphNode extends GraphNode {
  readonly #supplier: AnyProcessorSupplier
  readonly #stores: ProcessorNodeStores

  constructor(name: string, supplier: AnyProcessorSupplier, stores: ProcessorNodeStores = {}) {
    super(name)
    this.#supplier = supplier
    this.#stores = stores
  }

  writeTo(topology: InternalTopologyBuilder): void {
    const own = this.#stores.own?.()
    const stores = own === undefined ? [] : [own]
    topology.addProcessor({ name: this.name, supplier: this.#supplier, parents: this.parentNames, isFixedKey: this.#stores.isFixedKey, stores })
    const connected = this.#stores.connected?.() ?? []
    if (connected.length > 0) topology.connectProcessorAndStateStores(this.name, connected)
  }
}
