import type { KeyValueStore } from '../../lib/index.ts'
import type { Arrival, Statistics } from './statistics.ts'

/** A model as state keeps it: complete in itself, so that a restart needs nothing from elsewhere. */
export interface StoredModel {
  readonly arrival: Arrival
  readonly name: string
  readonly description: string
  readonly dataType: string
  /** The bytes of a model descriptor by value, in base64. */
  readonly descriptor: string
}

/** `current` is in service; `new` takes over with the next record. */
export type Slot = 'current' | 'new'

/** What a model server's task remembers for each data type, whatever store keeps it. */
export interface ServingState {
  model(slot: Slot, dataType: string): StoredModel | undefined
  putModel(slot: Slot, dataType: string, model: StoredModel | undefined): void
  statistics(slot: Slot, dataType: string): Statistics | undefined
  putStatistics(slot: Slot, dataType: string, statistics: Statistics | undefined): void
}

/** A row of the key-value form: a model or statistics. */
export type ServingRow = StoredModel | Statistics

/** Keys of the key-value form begin so; the data type follows. Models are apart, so that a score writes only numbers. */
const prefix = (what: 'model' | 'state', slot: Slot): string => `${slot}-${what}:`

/** All keys of current statistics lie between these. */
export const currentStatisticsRange = { from: prefix('state', 'current'), to: prefix('state', 'current').replace(':', ';') }

/** The state of a task in a key-value store: the in-memory one or the standard one. */
export class KeyValueServingState implements ServingState {
  readonly #store: KeyValueStore<string, ServingRow>

  constructor(store: KeyValueStore<string, ServingRow>) {
    this.#store = store
  }

  model(slot: Slot, dataType: string): StoredModel | undefined {
    return this.#store.get(prefix('model', slot) + dataType) as StoredModel | undefined
  }

  putModel(slot: Slot, dataType: string, model: StoredModel | undefined): void {
    this.#store.put(prefix('model', slot) + dataType, model)
  }

  statistics(slot: Slot, dataType: string): Statistics | undefined {
    return this.#store.get(prefix('state', slot) + dataType) as Statistics | undefined
  }

  putStatistics(slot: Slot, dataType: string, statistics: Statistics | undefined): void {
    this.#store.put(prefix('state', slot) + dataType, statistics)
  }
}
