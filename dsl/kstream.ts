import type { FixedKeyProcessor, Processor, TopicNameExtractor } from '../topology/api.ts'
import type { AsyncAction, AsyncKeyValueMapper, AsyncNamed, AsyncPredicate, AsyncValueMapper } from './async-functions.ts'
import type { ForeachAction, KeyValueMapper, Predicate, Supplying, ValueJoiner, ValueMapper } from './functions.ts'
import type { KGroupedStream } from './kgrouped.ts'
import type { GlobalKTable, KTable } from './ktable.ts'
import type { Branched, Grouped, Joined, Materialized, Named, Printed, ProcessOptions, Produced, Repartitioned, StreamJoined } from './options.ts'
import type { JoinWindows } from './windows.ts'

/** A pair, as `map` and `flatMap` return it. */
export type KeyValue<K, V> = readonly [key: K, value: V]

/**
 * A record stream: every record stands for itself (a table, in contrast, holds the last value of each key).
 *
 * Operators that may change the key mark the stream: the next operator that depends on the key (grouping, join, `toTable`)
 * then writes the records to a repartition topic first, so that equal keys meet in one partition.
 *
 * All operators throw a `TopologyError` for a `name` that is not allowed, and a `StreamsError` MILLRACE_DSL_OPERAND for a stream or
 * table of another builder. What their functions throw goes to the `processing.exception.handler`.
 */
export interface KStream<K, V> {
  /** The records for which the predicate is true. */
  filter(predicate: Predicate<K, V>, options?: Named): KStream<K, V>
  /** The records for which the predicate is false. */
  filterNot(predicate: Predicate<K, V>, options?: Named): KStream<K, V>
  /** A new key for each record. Marks the stream for repartitioning. */
  selectKey<KR>(mapper: KeyValueMapper<K, V, KR>, options?: Named): KStream<KR, V>
  /**
   * A new key and value for each record. Marks the stream for repartitioning; prefer {@link mapValues}.
   * While running: StreamsError MILLRACE_DSL_NO_RESULT when the mapper returns no pair.
   */
  map<KR, VR>(mapper: KeyValueMapper<K, V, KeyValue<KR, VR>>, options?: Named): KStream<KR, VR>
  /** A new value for each record. */
  mapValues<VR>(mapper: ValueMapper<K, V, VR>, options?: Named): KStream<K, VR>
  /** Any number of records in place of each. Marks the stream for repartitioning; prefer {@link flatMapValues}. Errors as for {@link map}. */
  flatMap<KR, VR>(mapper: KeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>, options?: Named): KStream<KR, VR>
  /** Any number of values in place of each. */
  flatMapValues<VR>(mapper: ValueMapper<K, V, Iterable<VR>>, options?: Named): KStream<K, VR>
  /** Calls `action` for each record and passes it on. */
  peek(action: ForeachAction<K, V>, options?: Named): KStream<K, V>
  /** Calls `action` for each record; the end of this branch. */
  foreach(action: ForeachAction<K, V>, options?: Named): void
  /**
   * As {@link filter} with a predicate that may return a promise. Like all `…Async` operators: several calls are under way at
   * a time, in the order that the options say; a record counts as processed when its result has been passed on; errors go to
   * the processing exception handler. `call` has an abort signal and where the record came from.
   * @throws {TopologyError} when an option makes no sense
   */
  filterAsync(predicate: AsyncPredicate<K, V>, options?: AsyncNamed): KStream<K, V>
  /** As {@link map}, asynchronously, see {@link filterAsync}. Marks the stream for repartitioning; prefer {@link mapValuesAsync}. */
  mapAsync<KR, VR>(mapper: AsyncKeyValueMapper<K, V, KeyValue<KR, VR>>, options?: AsyncNamed): KStream<KR, VR>
  /** As {@link mapValues}, asynchronously, see {@link filterAsync}: to enrich records by what a service says. */
  mapValuesAsync<VR>(mapper: AsyncValueMapper<K, V, VR>, options?: AsyncNamed): KStream<K, VR>
  /** As {@link flatMap}, asynchronously, see {@link filterAsync}. Marks the stream for repartitioning. */
  flatMapAsync<KR, VR>(mapper: AsyncKeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>, options?: AsyncNamed): KStream<KR, VR>
  /** As {@link flatMapValues}, asynchronously, see {@link filterAsync}. */
  flatMapValuesAsync<VR>(mapper: AsyncValueMapper<K, V, Iterable<VR>>, options?: AsyncNamed): KStream<K, VR>
  /** Calls `action` for each record and passes it on when the action is done, see {@link filterAsync}. */
  peekAsync(action: AsyncAction<K, V>, options?: AsyncNamed): KStream<K, V>
  /** Calls `action` for each record, which counts as processed when the action is done, see {@link filterAsync}; the end of this branch. */
  foreachAsync(action: AsyncAction<K, V>, options?: AsyncNamed): void
  /** Writes each record as a line of text; the end of this branch. For looking at data, not for output. */
  print(printed?: Printed<K, V>): void
  /** The records of both streams, in no particular order between them. The result knows no serdes, since those of the two may differ. */
  merge(stream: KStream<K, V>, options?: Named): KStream<K, V>
  /** Starts a split (KIP-418): each record goes to the first branch whose predicate is true. The name begins the names of the branches. */
  split(options?: Named): BranchedKStream<K, V>
  /** Writes to a topic, or to the topic that a function names for each record. The topics must exist. */
  to(topic: string | TopicNameExtractor<K, V>, produced?: Produced<K, V>): void
  /**
   * Through a topic that the application makes for itself (KIP-221): for a number of partitions of your choice, or once for several
   * operators that would each need one. Records without a key are dropped.
   */
  repartition(repartitioned?: Repartitioned<K, V>): KStream<K, V>
  /** A table with the last value of each key (KIP-523); records without a key are dropped, those without a value delete. */
  toTable(materialized?: Materialized<K, V>): KTable<K, V>
  /** Groups by a new key, always through a repartition topic. */
  groupBy<KR>(selector: KeyValueMapper<K, V, KR>, grouped?: Grouped<KR, V>): KGroupedStream<KR, V>
  /** Groups by the key, through a repartition topic only if the key may have changed. */
  groupByKey(grouped?: Grouped<K, V>): KGroupedStream<K, V>

  /**
   * Each record with the table's value for its key; records for which there is none, or without a key, are dropped. Of a versioned
   * table it is the value as of the record's timestamp, with `gracePeriodMs` after a wait (KIP-914, KIP-923). Both sides need the
   * same number of partitions. Results have the record's timestamp.
   */
  join<VT, VR>(table: KTable<K, VT>, joiner: ValueJoiner<K, V, VT, VR>, joined?: Joined<K, V>): KStream<K, VR>
  /**
   * Each record with the global table's value for the key that `selector` gives; without one it is dropped. Nothing is repartitioned;
   * updates of the table cause no results.
   */
  join<GK, GV, VR>(
    table: GlobalKTable<GK, GV>,
    selector: KeyValueMapper<K, V, GK>,
    joiner: ValueJoiner<K, V, GV, VR>,
    options?: Named,
  ): KStream<K, VR>
  /** As {@link join}; where the table has no value the joiner gets `undefined`, also for records without a key (KIP-962). */
  leftJoin<VT, VR>(table: KTable<K, VT>, joiner: ValueJoiner<K, V, VT | undefined, VR>, joined?: Joined<K, V>): KStream<K, VR>
  leftJoin<GK, GV, VR>(
    table: GlobalKTable<GK, GV>,
    selector: KeyValueMapper<K, V, GK | undefined>,
    joiner: ValueJoiner<K, V, GV | undefined, VR>,
    options?: Named,
  ): KStream<K, VR>

  /**
   * The pairs of records of both streams with equal keys whose timestamps are as close as the windows say. Records without a key or
   * a value are dropped. Results have the later of the two timestamps. Both streams need the same number of partitions.
   * @throws {TopologyError} when a store of `joined` does not fit the windows
   */
  join<VO, VR>(other: KStream<K, VO>, joiner: ValueJoiner<K, V, VO, VR>, windows: JoinWindows, joined?: StreamJoined<K, V, VO>): KStream<K, VR>
  /**
   * The same, and when its window has closed, each record of this stream that found no other, with `undefined` for the other and
   * its own timestamp (KIP-633); a record without a key at once (KIP-962). Closed windows are looked for when a record comes, at most once a second of the clock.
   */
  leftJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V, VO | undefined, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR>
  /** The same for records of either stream that found no other. */
  outerJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>,
    windows: JoinWindows,
    joined?: StreamJoined<K, V, VO>,
  ): KStream<K, VR>

  /** Runs a processor with access to its context and stores (KIP-820). Marks the stream for repartitioning. */
  process<KO, VO>(supplier: Supplying<Processor<K, V, KO, VO>>, options?: ProcessOptions): KStream<KO, VO>
  /** Runs a processor that cannot change keys (KIP-820), so that nothing is repartitioned after it. */
  processValues<VO>(supplier: Supplying<FixedKeyProcessor<K, V, VO>>, options?: ProcessOptions): KStream<K, VO>
}

/** A split under way: branches are tried in the order in which they were added. */
export interface BranchedKStream<K, V> {
  /** A branch for the records that no earlier branch took and for which the predicate is true. */
  branch(predicate: Predicate<K, V>, branched?: Branched<K, V>): BranchedKStream<K, V>
  /**
   * A branch for the rest, and the end of the split. Returns the branches by name: the split's name followed by the
   * branch's name, or by its position (1 for the first, 0 for the default branch).
   */
  defaultBranch(branched?: Branched<K, V>): ReadonlyMap<string, KStream<K, V>>
  /** Drops the rest; else as {@link defaultBranch}. */
  noDefaultBranch(): ReadonlyMap<string, KStream<K, V>>
}
