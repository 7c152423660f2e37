import type { Aggregator, Initializer, Merger, Reducer } from './functions.ts'
import type { KTable } from './ktable.ts'
import type { SessionedStore, WindowedStore } from './options.ts'
import type { Windowed } from '../stores/windowed.ts'
import type { EmitStrategy } from './windows.ts'

/**
 * A grouped stream in windows of time. Each record updates every window its timestamp lies in; records whose window has
 * closed (end plus grace is not after stream time) are dropped and counted. So are records without a key, and in sliding windows those
 * without a value, which others aggregate. Results have the largest timestamp of the records in them.
 */
export interface TimeWindowedKStream<K, V> {
  /** The number of records of each key and window. */
  count(store?: WindowedStore<K, number>): KTable<Windowed<K>, number>
  /** Combines the values of each key and window; the first one is the first aggregate. */
  reduce(reducer: Reducer<V>, store?: WindowedStore<K, V>): KTable<Windowed<K>, V>
  /** Combines the values of each key and window into an aggregate of another type. */
  aggregate<VA>(initializer: Initializer<VA>, aggregator: Aggregator<K, V, VA>, store?: WindowedStore<K, VA>): KTable<Windowed<K>, VA>
  /**
   * When results are sent (KIP-825). `onWindowClose` is for TimeWindows and SlidingWindows; with others a `TopologyError` is thrown, here
   * or by the aggregation. @default EmitStrategy.onWindowUpdate()
   */
  emitStrategy(strategy: EmitStrategy): TimeWindowedKStream<K, V>
}

/**
 * A grouped stream in sessions: a record joins the sessions of its key that are within the inactivity gap, which merges
 * them into one. A merged session is deleted downstream. Records whose session would have ended longer ago than gap and grace are dropped
 * and counted. Results have the end of their session as timestamp.
 */
export interface SessionWindowedKStream<K, V> {
  /** The number of records of each session. */
  count(store?: SessionedStore<K, number>): KTable<Windowed<K>, number>
  /** Combines the values of each session; also merges the aggregates of two sessions. */
  reduce(reducer: Reducer<V>, store?: SessionedStore<K, V>): KTable<Windowed<K>, V>
  /** Combines the values of each session into an aggregate of another type; `merger` combines those of two sessions. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    merger: Merger<K, VA>,
    store?: SessionedStore<K, VA>,
  ): KTable<Windowed<K>, VA>
  /** When results are sent (KIP-825). @default EmitStrategy.onWindowUpdate() */
  emitStrategy(strategy: EmitStrategy): SessionWindowedKStream<K, V>
}

/** Several grouped streams in windows of time, aggregated into one table. */
export interface TimeWindowedCogroupedKStream<K, VA> {
  /** One aggregate of each key and window. The serdes of the store are to be given. */
  aggregate(initializer: Initializer<VA>, store?: WindowedStore<K, VA>): KTable<Windowed<K>, VA>
}

/** Several grouped streams in sessions, aggregated into one table. */
export interface SessionWindowedCogroupedKStream<K, VA> {
  /** One aggregate of each session; `merger` combines those of two sessions that became one. The serdes of the store are to be given. */
  aggregate(initializer: Initializer<VA>, merger: Merger<K, VA>, store?: SessionedStore<K, VA>): KTable<Windowed<K>, VA>
}

