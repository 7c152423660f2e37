import type { Aggregator, Initializer, Reducer } from './functions.ts'
import type { KTable } from './ktable.ts'
import type { Store } from './options.ts'
import type { SessionWindowedCogroupedKStream, SessionWindowedKStream, TimeWindowedCogroupedKStream, TimeWindowedKStream } from './windowed.ts'
import type { SessionWindows, SlidingWindows, Windows } from './windows.ts'

/** A stream whose records are grouped by key, to be aggregated. Records without a key or without a value are dropped. */
export interface KGroupedStream<K, V> {
  /** The number of records of each key. */
  count(store?: Store<K, number>): KTable<K, number>
  /** Combines the values of each key; the first one is the first aggregate. */
  reduce(reducer: Reducer<V>, store?: Store<K, V>): KTable<K, V>
  /** Combines the values of each key into an aggregate of another type. */
  aggregate<VA>(initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>, store?: Store<K, VA>): KTable<K, VA>
  /** Starts an aggregation of several grouped streams of the same keys into one table, each with an aggregator of its own. */
  cogroup<VA>(aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA>
  /** The records of each key in windows. */
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedKStream<K, V>
  /** The records of each key in sessions. */
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
}

/** Several grouped streams of the same keys that are aggregated into one table. */
export interface CogroupedKStream<K, VA> {
  /** Adds a stream. */
  cogroup<V>(stream: KGroupedStream<K, V>, aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA>
  aggregate(initializer: Initializer<VA>, store?: Store<K, VA>): KTable<K, VA>
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedCogroupedKStream<K, VA>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VA>
}

/**
 * A table whose rows are grouped by a new key. An update takes the old row out of its group (`subtractor`) and then puts the
 * new row into its group (`adder`).
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
