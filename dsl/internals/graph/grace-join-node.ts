import { TopologyError } from '../../../lib/core/errors.ts'
import type { StoreBuilder } from '../../../topology/api.ts'
import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'
import type { AnyProcessorSupplier } from '../../../topology/internals/node-spec.ts'
import { ProcessorGraphNode } from './processor-node.ts'

export interface GraceJoinStores {
  /** Where the stream's records wait. */
  readonly buffer: StoreBuilder
  /** Where the table's rows are looked up. Asked when the node is written. */
  readonly tableStores: () => readonly string[]
  readonly gracePeriodMs: number
}

export const notVersioned = (): TopologyError =>
  new TopologyError('KTable must be versioned to use a grace period in a stream table join. Keep it in Stores.persistentVersionedKeyValueStore(…).')

/** A stream-table join with grace: refused where the table cannot tell what its rows were when the records were made. */
export class GraceJoinNode extends ProcessorGraphNode {
  readonly #stores: GraceJoinStores

  constructor(name: string, supplier: AnyProcessorSupplier, stores: GraceJoinStores) {
    super(name, supplier, { own: () => stores.buffer, connected: stores.tableStores })
    this.#stores = stores
  }

  override writeTo(topology: InternalTopologyBuilder): void {
    const { tableStores, gracePeriodMs } = this.#stores
    for (const name of tableStores()) {
      const history = topology.storeBuilder(name)?.historyRetentionMs
      if (history === undefined) throw notVersioned()
      if (gracePeriodMs > history) {
        throw new TopologyError(`History retention must be at least grace period. Store ${name} keeps ${history} ms, ${this.name} waits ${gracePeriodMs} ms.`)
      }
    }
    super.writeTo(topology)
  }
}
