import type { Aggregator, Initializer, Reducer } from './functions.ts'
import type { KTable } from './ktable.ts'
import type { Store } from './options.ts'
import type { SessionWindowedCogroupedKStream, SessionWindowedKStream, TimeWindowedCogroupedKStream, TimeWindowedKStream } from './windowed.ts'
import type { SessionWindows, SlidingWindows, Windows } from './windows.ts'

/** A stream whose records are grouped by key, to be aggregated. Records without a key are dropped; outside windows and sessions also those without a value. */
export interface KGroupedStream<K, V> {
  /**
   * The number of records of each key. Like all aggregations it always has a store, which can be queried when it has a name; the
   * timestamp of a result is the largest of its records.
   */
  count(store?: Store<K, number>): KTable<K, number>
  /** Combines the values of each key; the first one is the first aggregate. A result of `undefined` deletes it. */
  reduce(reducer: Reducer<V>, store?: Store<K, V>): KTable<K, V>
  /** Combines the values of each key into an aggregate of another type, whose serde is to be given in `store`. */
  aggregate<VA>(initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>, store?: Store<K, VA>): KTable<K, VA>
  /** Starts an aggregation of several grouped streams of the same keys into one table, each with an aggregator of its own (KIP-150). */
  cogroup<VA>(aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA>
  /** The records of each key in windows of time: fixed ones (tumbling, hopping, unlimited, your own) or sliding ones (KIP-450). */
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedKStream<K, V>
  /** The records of each key in sessions of activity. */
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
}

/** Several grouped streams of the same keys that are aggregated into one table: one store in place of one for each stream and joins (KIP-150). */
export interface CogroupedKStream<K, VA> {
  /**
   * Adds a stream. All need the same number of partitions. A stream that is there already gets another aggregator.
   * @throws {StreamsError} MILLRACE_DSL_OPERAND for a stream of another builder
   */
  cogroup<V>(stream: KGroupedStream<K, V>, aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA>
  /** One aggregate of each key, to which the records of all streams add. The serdes of the store are to be given. */
  aggregate(initializer: Initializer<VA>, store?: Store<K, VA>): KTable<K, VA>
  /** The same in windows of time. */
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedCogroupedKStream<K, VA>
  /** The same in sessions. */
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VA>
}

/**
 * A table whose rows are grouped by a new key, always through a repartition topic. An update takes the old row out of its group
 * (`subtractor`) and then puts the new row into its group (`adder`), so the two functions have to be each other's opposite.
 */
export interface KGroupedTable<K, V> {
  /** The number of rows of each group. */
  count(store?: Store<K, number>): KTable<K, number>
  /** Combines the rows of each group; the first one is the first aggregate. */
  reduce(adder: Reducer<V>, subtractor: Reducer<V>, store?: Store<K, V>): KTable<K, V>
  /** Combines the rows of each group into an aggregate of another type. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    adder: Aggregator<K, V, VA>,
    subtractor: Aggregator<K, V, VA>,
    store?: Store<K, VA>,
  ): KTable<K, VA>
}
