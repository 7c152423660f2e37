import type { KeyValueStore, Processor, ProcessorContext, ProcessorSupplier, Record } from '../../lib/index.ts'
import { Serdes, Stores } from '../../lib/index.ts'
import type { ModelCatalog } from './model-catalog.ts'
import type { Arrival } from './statistics.ts'

/**
 * Where arrivals are noted: a global store, so that every instance reads all partitions of the models topic and a model
 * reaches every task, however many partitions and instances there are. It is filled anew from the topic at each start.
 */
export const arrivalsStore = Stores.keyValueStoreBuilder(
  Stores.inMemoryKeyValueStore('model-arrivals'),
  Serdes.string,
  Serdes.json<Arrival>(),
).withLoggingDisabled()

class NoteArrival implements Processor<Uint8Array, Uint8Array> {
  readonly #catalog: ModelCatalog
  #context!: ProcessorContext
  #arrivals!: KeyValueStore<string, Arrival>

  constructor(catalog: ModelCatalog) {
    this.#catalog = catalog
  }

  init(context: ProcessorContext): void {
    this.#context = context
    this.#arrivals = context.getStateStore(arrivalsStore)
  }

  process(record: Record<Uint8Array, Uint8Array>): void {
    const { partition = -1, offset = -1 } = this.#context.recordMetadata ?? {}
    // What comes later in a partition is newer, whatever the clock of its sender: time never goes back in a partition.
    const before = this.#arrivals.get(`${partition}`)
    const arrival = { timestamp: Math.max(record.timestamp, before?.timestamp ?? 0), partition, offset }
    this.#arrivals.put(`${partition}`, arrival)
    this.#catalog.arrive(record.value, arrival)
  }
}

/** The processor of the models topic: hands each arrival to the instance's catalog. */
export const noteArrivals = (catalog: ModelCatalog): ProcessorSupplier<Uint8Array, Uint8Array> => ({
  get: () => new NoteArrival(catalog),
})
