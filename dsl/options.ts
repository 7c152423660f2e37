import type { Serde } from '../lib/serdes/serde.ts'
import type {
  KeyValueStoreBuilder,
  TimestampedKeyValueStoreBuilder,
  TimestampedKeyValueStoreWithHeadersBuilder,
} from '../stores/internals/key-value-store-builder.ts'
import type {
  SessionStoreBuilder,
  TimestampedWindowStoreBuilder,
  WindowStoreBuilder,
} from '../stores/internals/timed/windowed-store-builders.ts'
import type { VersionedKeyValueStoreBuilder } from '../stores/internals/versioned/versioned-store-builder.ts'
import type { KeyValueStoreSupplier, SessionStoreSupplier, VersionedStoreSupplier, WindowStoreSupplier } from '../stores/store-suppliers.ts'
import type { AutoOffsetReset, StoreBuilder, StreamPartitioner, TimestampExtractor } from '../topology/api.ts'
import type { DslStoreSuppliers } from './dsl-store-suppliers.ts'
import type { DslStoreType } from './store-type.ts'
import type { KStream } from './kstream.ts'

/**
 * A name for the operator's node in place of a generated one (KIP-307).
 * Letters, digits, `.`, `_` and `-` only, at most 249 of them; anything else is refused with a `TopologyError`.
 */
export interface Named {
  /** @default a prefix that tells the operator, and a running number */
  readonly name?: string | undefined
}

/** How a topic is read: serdes, timestamps, where to start. */
export interface Consumed<K, V> extends Named {
  /** @default the configured `default.key.serde` */
  readonly key?: Serde<K> | undefined
  /** @default the configured `default.value.serde` */
  readonly value?: Serde<V> | undefined
  /** Gives each record its timestamp, ms; records with a negative one are dropped. @default the configured `default.timestamp.extractor` */
  readonly timestampExtractor?: TimestampExtractor | undefined
  /** Where to start without a committed offset. @default the configured `auto.offset.reset` */
  readonly offsetReset?: AutoOffsetReset | undefined
}

/** How a topic is written. Serdes default to the stream's, then to the configured ones. */
export interface Produced<K, V> extends Named {
  /** @default that of the stream's keys, where it is known */
  readonly key?: Serde<K> | undefined
  /** @default that of the stream's values, where it is known */
  readonly value?: Serde<V> | undefined
  /** Which partitions a record goes to. @default murmur2 of the key's bytes, as in Java */
  readonly partitioner?: StreamPartitioner<K, V> | undefined
}

/**
 * The serdes of a grouping: of the repartition topic, when there is one, and of the store. `name` names that topic,
 * `<application id>-<name>-repartition`, and the node of a `groupBy`. Given at all, it stands for both serdes: one that is left
 * out is the configured default.
 */
export interface Grouped<K, V> extends Named {
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
}

/** The serdes of a stream-table join, used when the stream has to be repartitioned or to wait. `name` names the join and that topic. */
export interface Joined<K, V> extends Named {
  /** @default that of the stream's keys, where it is known */
  readonly key?: Serde<K> | undefined
  /** Of the stream's values. */
  readonly value?: Serde<V> | undefined
  /**
   * Holds stream records back for this time (ms of stream time), so that the table, which has to be versioned and to keep its
   * history for as long, is as far (KIP-923); otherwise a `TopologyError`. Undefined: they are joined at once.
   */
  readonly gracePeriodMs?: number | undefined
}

/**
 * Serdes and stores of a stream-stream join (KIP-479). `name` names its nodes and repartition topics, not its stores. Stores take
 * no serdes from the streams: what is left out here is the configured default.
 */
export interface StreamJoined<K, V, VO> extends Named {
  /** Of both streams' keys. */
  readonly key?: Serde<K> | undefined
  /** Of the values of the stream that the join is called on. */
  readonly value?: Serde<V> | undefined
  /** Of the other stream's values. */
  readonly otherValue?: Serde<VO> | undefined
  /** What the names of the stores begin with: `<store>-this-join-store` and so on. @default generated, also where the join is named */
  readonly store?: string | undefined
  /** Where the records of this stream wait: with duplicates, of a window size of before + after, and a retention of that plus grace. */
  readonly thisStore?: WindowStoreSupplier | undefined
  /** The same for the other stream. */
  readonly otherStore?: WindowStoreSupplier | undefined
  /** Kind of the stores where no suppliers are given. @default the configured `default.dsl.store` */
  readonly storeType?: DslStoreType | DslStoreSuppliers | undefined
  /** Whether the stores have changelog topics, and with which topic configs. @default true */
  readonly logging?: boolean | Readonly<Record<string, string>> | undefined
}

/** Name and partitioners of a foreign-key join (KIP-213, KIP-775). `name` begins the names of its nodes, topics and store of subscriptions. */
export interface TableJoined<K, KO> extends Named {
  /**
   * Of this table's keys: how answers find their way back. To be given where the topic of this table is partitioned by it; where
   * it returns undefined, by murmur2 of the key's bytes. It is called without a value. @default the partition the row is in
   */
  readonly partitioner?: StreamPartitioner<K, undefined> | undefined
  /** Of the other table's keys: the one that its topic is partitioned by. It is called without a value. @default murmur2 of the key's bytes */
  readonly otherPartitioner?: StreamPartitioner<KO, undefined> | undefined
  /**
   * Of inner joins: each update of a row of this table is answered, also when it has no partner. In Java it is not, and so an old result may
   * stay when both rows of a pair change at the same time. Costs deletions of results that were not there. @default false
   */
  readonly answerAlways?: boolean | undefined
}

/** A topic of the application's own between two steps (KIP-221). `name` is part of its name: `<application id>-<name>-repartition`. */
export interface Repartitioned<K, V> extends Named {
  /** @default that of the stream's keys, where it is known */
  readonly key?: Serde<K> | undefined
  /** @default that of the stream's values, where it is known */
  readonly value?: Serde<V> | undefined
  /** @default the number of partitions of the topics the stream comes from */
  readonly numberOfPartitions?: number | undefined
  /** @default murmur2 of the key's bytes, as in Java */
  readonly partitioner?: StreamPartitioner<K, V> | undefined
}

/** A handle of a key-value store, as `Stores` makes it: its name, serdes, engine, caching and logging. */
export type KeyValueStoreHandle<K, V> =
  | KeyValueStoreBuilder<K, V>
  | TimestampedKeyValueStoreBuilder<K, V>
  | TimestampedKeyValueStoreWithHeadersBuilder<K, V>

/** What a table is kept in that knows its latest rows. */
export type LatestStorage<K, V> = KeyValueStoreSupplier | KeyValueStoreHandle<K, V>

/** What a table is kept in that knows earlier rows too, so that records of a stream meet the row of their own time. */
export type VersionedStorage<K, V> = VersionedStoreSupplier | VersionedKeyValueStoreBuilder<K, V>

/** Handles of stores of windows and sessions, as `Stores` makes them. */
export type WindowStoreHandle<K, V> = WindowStoreBuilder<K, V> | TimestampedWindowStoreBuilder<K, V>
export type SessionStoreHandle<K, V> = SessionStoreBuilder<K, V>

/**
 * The store behind a table. Where `store` is left out, the table is kept only if something needs to look into it. `name` is that
 * of the node, not of the store.
 */
export interface Materialized<K, V, S = LatestStorage<K, V> | VersionedStorage<K, V>> extends Named {
  /**
   * The name under which the store is queried, and of its changelog: `<application id>-<store>-changelog`. Or a choice of
   * storage with a name, or a handle, whose settings then count where the others here are left out.
   */
  readonly store?: string | S | undefined
  /** @default that of the keys, where it is known (of windows: of the plain keys) */
  readonly key?: Serde<K> | undefined
  /** @default that of the values, where it is known */
  readonly value?: Serde<V> | undefined
  /** Whether changes go to a changelog topic, and with which topic configs. @default true */
  readonly logging?: boolean | Readonly<Record<string, string>> | undefined
  /** Whether updates of one key are merged until the next commit. Versioned tables never are. @default true, of a handle what it says */
  readonly caching?: boolean | undefined
  /**
   * For windows and sessions in a store given by its name: how long rows are kept, ms; less than the default is a `TopologyError`.
   * @default as long as records may come: size and grace; of sliding windows twice the time difference, and grace; of sessions gap and grace
   */
  readonly retentionMs?: number | undefined
  /** Where a store given by its name is kept (KIP-591, KIP-954). @default `dsl.store.suppliers.class`, else `default.dsl.store` */
  readonly storeType?: DslStoreType | DslStoreSuppliers | undefined
  /** Never there: so that a handle of a wrong type is not taken for a description. */
  readonly build?: undefined
}

/** What a global table is kept in: a handle from `Stores`, or a description. */
export type LatestStore<K, V> = KeyValueStoreHandle<K, V> | Materialized<K, V, LatestStorage<K, V>>

/** What an operator that fills a table takes last: the same, or with a history of each row. */
export type Store<K, V> = KeyValueStoreHandle<K, V> | VersionedKeyValueStoreBuilder<K, V> | Materialized<K, V>

/** The same where windows are kept. */
export type WindowedStore<K, V> = WindowStoreHandle<K, V> | Materialized<K, V, WindowStoreSupplier | WindowStoreHandle<K, V>>

/** The same where sessions are kept. */
export type SessionedStore<K, V> = SessionStoreHandle<K, V> | Materialized<K, V, SessionStoreSupplier | SessionStoreHandle<K, V>>

/** A processor's name and the stores it may use, which were added with `addStateStore`. */
export interface ProcessOptions extends Named {
  /** Names or handles. Stores that the supplier itself brings need not be here. @default none */
  readonly stores?: readonly (string | StoreBuilder)[] | undefined
}

/** Where `print` writes, and what. */
export interface Printed<K, V> extends Named {
  /** A file to append to. @default standard output */
  readonly file?: string | undefined
  /** Stands in brackets before each line. @default the name of the printed stream's node */
  readonly label?: string | undefined
  /** The text of a record. @default `key, value` */
  readonly mapper?: ((key: K, value: V) => string) | undefined
}

/**
 * One branch of a split (KIP-418): what its name in the result ends with, and what to do with it in place. At most one of the functions.
 * Without a name it is the branch's position, from 1 on, and 0 for the default branch.
 */
export interface Branched<K, V> extends Named {
  /** The branch goes into the result as what this returns, unless that is undefined. */
  readonly withFunction?: ((branch: KStream<K, V>) => KStream<K, V> | undefined) | undefined
  /** The branch is used here and is not in the result. */
  readonly withConsumer?: ((branch: KStream<K, V>) => void) | undefined
}
