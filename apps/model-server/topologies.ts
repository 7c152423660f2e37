import type { KeyValueStore, StateStore, StoreBuilder } from '../../lib/index.ts'
import { Serdes, Stores, StreamsBuilder, Topology } from '../../lib/index.ts'
import type { Topics } from '../shared/topics.ts'
import type { LimitedConsole } from './console.ts'
import { arrivalsStore, noteArrivals } from './model-arrivals.ts'
import type { ModelCatalog } from './model-catalog.ts'
import type { ModelStateStore } from './model-state-store.ts'
import { ModelStateStoreBuilder } from './model-state-store.ts'
import { scoreSerde, wineRecordSerde } from './record-serdes.ts'
import type { ScoringOptions } from './scoring-processor.ts'
import { ScoringProcessor } from './scoring-processor.ts'
import { servingRowSerde } from './serving-row-serde.ts'
import type { ServingRow, ServingState } from './serving-state.ts'
import { KeyValueServingState } from './serving-state.ts'

/** Which store keeps the state of a model server. */
export type StoreKind = 'memory' | 'standard' | 'custom'

export const STORE_NAME = 'model-state'

export interface TopologyOptions {
  readonly catalog: ModelCatalog
  readonly console: LimitedConsole
  readonly announce: ScoringOptions['announce']
  readonly topics: Pick<Topics, 'data' | 'models' | 'scores'>
}

/**
 * A model may be larger than the 1 MiB that topics take by default, when it came by reference: room for 64 MiB in base64. The
 * producer of the server has the same limit.
 */
export const MAX_STATE_BYTES = 90 * 1024 * 1024
const changelogConfig = { 'max.message.bytes': String(MAX_STATE_BYTES) }

const memoryStore = () =>
  Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE_NAME), Serdes.string, servingRowSerde).withLoggingDisabled()

/** LevelDB on disk; caching merges the statistics of many records into one change a commit. */
const standardStore = () =>
  Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE_NAME), Serdes.string, servingRowSerde)
    .withCachingEnabled()
    .withLoggingEnabled(changelogConfig)

const keyValueState = (store: StateStore): ServingState => new KeyValueServingState(store as KeyValueStore<string, ServingRow>)

const customState = (store: StateStore): ServingState => store as ModelStateStore

/** Processor API: sources, processor and sink named by hand, state in memory. */
const memoryTopology = ({ topics, ...options }: TopologyOptions): Topology => {
  const topology = new Topology()
    .addSource('records', topics.data, { key: Serdes.bytes, value: wineRecordSerde })
    .addProcessor('score', () => new ScoringProcessor({ ...options, storeName: STORE_NAME, open: keyValueState }), 'records')
    .addStateStore(memoryStore(), 'score')
    .addGlobalStore(arrivalsStore, {
      sourceName: 'models',
      topic: topics.models,
      key: Serdes.bytes,
      value: Serdes.bytes,
      processorName: 'note-arrivals',
      supplier: noteArrivals(options.catalog),
    })
  return topics.scores === undefined ? topology : topology.addSink('scores', topics.scores, { key: Serdes.bytes, value: scoreSerde }, 'score')
}

/** DSL: the same processor in a stream, over a store of the given kind. */
const dslTopology = (
  { topics, ...options }: TopologyOptions,
  store: StoreBuilder,
  open: (store: StateStore) => ServingState,
): Topology => {
  const builder = new StreamsBuilder()
  builder.addGlobalStore(arrivalsStore, topics.models, { key: Serdes.bytes, value: Serdes.bytes }, noteArrivals(options.catalog))
  builder.addStateStore(store)
  const scores = builder
    .stream(topics.data, { key: Serdes.bytes, value: wineRecordSerde })
    .process({ get: () => new ScoringProcessor({ ...options, storeName: STORE_NAME, open }) }, { stores: [STORE_NAME] })
  if (topics.scores !== undefined) scores.to(topics.scores, { key: Serdes.bytes, value: scoreSerde })
  return builder.build()
}

/** The topology of a model server with that store. */
export const modelServerTopology = (kind: StoreKind, options: TopologyOptions): Topology => {
  switch (kind) {
    case 'memory':
      return memoryTopology(options)
    case 'standard':
      return dslTopology(options, standardStore(), keyValueState)
    case 'custom':
      return dslTopology(options, new ModelStateStoreBuilder(STORE_NAME).withLoggingEnabled(changelogConfig), customState)
  }
}
