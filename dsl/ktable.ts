import type { KeyValueMapper, Predicate, ValueJoiner, ValueMapper, ValueTransformerWithKeySupplier } from './functions.ts'
import type { KGroupedTable } from './kgrouped.ts'
import type { KeyValue, KStream } from './kstream.ts'
import type { Grouped, Materialized, Named, ProcessOptions, Store, TableJoined } from './options.ts'
import type { Suppressed } from './suppressed.ts'

/**
 * A changelog stream read as a table: for each key its last value. A record without a value deletes its key.
 *
 * Operators that take a `Store` keep their result in a store of that name, which can be queried; without one the result is
 * computed when it is looked up, wherever that is possible.
 *
 * All operators throw a `TopologyError` for a name that is not allowed, and a `StreamsError` MILLRACE_DSL_OPERAND for a table of
 * another builder.
 */
export interface KTable<K, V> {
  /** The rows for which the predicate is true; a row that no longer matches is deleted downstream. */
  filter(predicate: Predicate<K, V>, store?: Store<K, V>): KTable<K, V>
  /** The rows for which the predicate is false. */
  filterNot(predicate: Predicate<K, V>, store?: Store<K, V>): KTable<K, V>
  /** A new value for each row; deletions stay deletions, without a call of `mapper`. */
  mapValues<VR>(mapper: ValueMapper<K, V, VR>, store?: Store<K, VR>): KTable<K, VR>
  /** New values from a transformer with a context and stores; it sees deletions too (KIP-292). */
  transformValues<VR>(
    supplier: ValueTransformerWithKeySupplier<K, V, VR>,
    options?: Materialized<K, VR> & { readonly stores?: ProcessOptions['stores'] },
  ): KTable<K, VR>
  /** The updates as a stream of records with new keys, which marks the stream for repartitioning. */
  toStream<KR>(mapper: KeyValueMapper<K, V, KR>, options?: Named): KStream<KR, V>
  /** The updates as a stream of records. */
  toStream(options?: Named): KStream<K, V>
  /** Regroups the rows by a new key and value, always through a repartition topic. A row is dropped where either is undefined. */
  groupBy<KR, VR>(selector: KeyValueMapper<K, V, KeyValue<KR, VR>>, grouped?: Grouped<KR, VR>): KGroupedTable<KR, VR>

  /**
   * The rows whose key is in both tables, updated by either. Both need the same number of partitions. Results have the later of the
   * two rows' timestamps. Late updates of versioned tables are left out (KIP-914).
   */
  join<VO, VR>(other: KTable<K, VO>, joiner: ValueJoiner<K, V, VO, VR>, store?: Store<K, VR>): KTable<K, VR>
  /** The rows of this table; the joiner gets `undefined` where the other has none. */
  leftJoin<VO, VR>(other: KTable<K, VO>, joiner: ValueJoiner<K, V, VO | undefined, VR>, store?: Store<K, VR>): KTable<K, VR>
  /** The rows of both tables; the joiner gets `undefined` for the side that has none. */
  outerJoin<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>,
    store?: Store<K, VR>,
  ): KTable<K, VR>

  /**
   * The rows whose foreign key, which `extractor` takes out of them, is a key of the other table (KIP-213). A change of either side
   * updates all rows concerned. The two tables need not be partitioned alike. A row with an undefined foreign key is in no pair. Goes
   * through two topics of the application's own; `joined.name` names them.
   */
  join<KO, VO, VR>(
    other: KTable<KO, VO>,
    extractor: ValueMapper<K, V, KO | undefined>,
    joiner: ValueJoiner<K, V, VO, VR>,
    joined?: TableJoined<K, KO>,
    store?: Store<K, VR>,
  ): KTable<K, VR>
  /**
   * The rows of this table; the joiner gets `undefined` where the other table has no row of the foreign key, or the row has no foreign
   * key (KIP-962).
   */
  leftJoin<KO, VO, VR>(
    other: KTable<KO, VO>,
    extractor: ValueMapper<K, V, KO | undefined>,
    joiner: ValueJoiner<K, V, VO | undefined, VR>,
    joined?: TableJoined<K, KO>,
    store?: Store<K, VR>,
  ): KTable<K, VR>

  /**
   * Holds updates back, so that only the last one of a time span or of a window goes on (KIP-328). They wait in memory, with a changelog.
   * @throws {TopologyError} for versioned tables; for `untilWindowCloses` when there is no windowed aggregation above
   */
  suppress(suppressed: Suppressed<K>): KTable<K, V>

  /** The name under which the table can be queried, or undefined when it cannot. */
  readonly queryableStoreName: string | undefined
}

export const rowType = Symbol('rowType')

/** A table that every instance holds whole: all partitions of its topic. Streams join it by any key. */
export interface GlobalKTable<K, V> {
  /** The name under which the table can be queried, or undefined when it was given none. */
  readonly queryableStoreName: string | undefined
  /** Without value: it makes tables of different types different to the compiler. */
  readonly [rowType]: readonly [K, V] | undefined
}
