import type { ProcessingContext, StoreBuilder } from '../topology/api.ts'

/** True for records to keep. */
export type Predicate<K, V> = (key: K, value: V) => boolean

/** Called for its effect only; what it returns is not looked at, so it must not return a promise that matters: see `peekAsync`. */
export type ForeachAction<K, V> = (key: K, value: V) => void

/** Makes something (a key, a pair, a list) out of a record. */
export type KeyValueMapper<K, V, R> = (key: K, value: V) => R

/** Makes a new value; the key may be read, and must not be changed. */
export type ValueMapper<K, V, R> = (value: V, key: K) => R

/** Combines the values of both sides of a join; `undefined` stands for a missing side. The key must not be changed. */
export type ValueJoiner<K, V1, V2, R> = (left: V1, right: V2, key: K) => R

/** The value an aggregate starts from; called once for each new key or window. */
export type Initializer<VA> = () => VA

/** The next aggregate; `undefined` deletes it. It makes a new one and does not change the one that it gets, which may still be sent on. */
export type Aggregator<K, V, VA> = (key: K, value: V, aggregate: VA) => VA

/** The next aggregate of the same type as the values; `undefined` deletes it. */
export type Reducer<V> = (aggregate: V, value: V) => V

/** The aggregate of two sessions of a key that became one; `left` is that of the earlier session. */
export type Merger<K, VA> = (key: K, left: VA, right: VA) => VA

/** A supplier, or just the function that makes one processor per task. */
export type Supplying<P> = { get(): P; readonly stores?: readonly StoreBuilder[] } | (() => P)

/** A stateful function over the values of a table, one per task. */
export interface ValueTransformerWithKey<K, V, R> {
  /** Here stores are fetched and punctuators scheduled; there is no `forward`. */
  init?(context: ProcessingContext): void
  /** `value` is undefined for a deletion. */
  transform(key: K, value: V | undefined): R
  /** Called when the task is closed. */
  close?(): void
}

/** Makes one transformer per task. */
export interface ValueTransformerWithKeySupplier<K, V, R> {
  /** A new one with each call. */
  get(): ValueTransformerWithKey<K, V, R>
  /** Stores to add to the topology and connect to the transformer. */
  readonly stores?: readonly StoreBuilder[]
}
