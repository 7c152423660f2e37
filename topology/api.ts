import type { StreamsMetrics } from './streams-metrics.ts'
import type { Headers } from '../lib/core/headers.ts'
import { Headers as HeaderList } from '../lib/core/headers.ts'
import { StreamsError } from '../lib/core/errors.ts'
import type { TopicPartition } from '../lib/core/topic-partition.ts'
import type { Serde, Serializer } from '../lib/serdes/serde.ts'
import type { AsyncCalls, AsyncOptions } from './async.ts'

/** Java's two messages, of which the outer one goes into dead letters. */
const negativeTimestamp = (timestamp: number): StreamsError =>
  new StreamsError('MILLRACE_RECORD_NEGATIVE_TIMESTAMP', 'Malformed Record', { cause: new RangeError(`Timestamp may not be negative. Got: ${timestamp}`) })

/**
 * A record on its way through the topology: immutable, so that it may go to several children; the `with…` methods make
 * changed copies. Timestamp in ms since the epoch.
 */
export class Record<K, V> {
  readonly key: K
  readonly value: V
  /** ms since the epoch */
  readonly timestamp: number
  readonly headers: Headers

  /** @throws {StreamsError} MILLRACE_RECORD_NEGATIVE_TIMESTAMP when `timestamp` is negative */
  constructor(key: K, value: V, timestamp: number, headers: Headers = HeaderList.empty) {
    if (timestamp < 0) throw negativeTimestamp(timestamp)
    this.key = key
    this.value = value
    this.timestamp = timestamp
    this.headers = headers
  }

  /** A copy with another key; after it, equal keys may be in different partitions until they are repartitioned. */
  withKey<NK>(key: NK): Record<NK, V> {
    return new Record(key, this.value, this.timestamp, this.headers)
  }

  /** A copy with another value. */
  withValue<NV>(value: NV): Record<K, NV> {
    return new Record(this.key, value, this.timestamp, this.headers)
  }

  /** A copy with another timestamp, ms. @throws {StreamsError} MILLRACE_RECORD_NEGATIVE_TIMESTAMP when it is negative */
  withTimestamp(timestamp: number): Record<K, V> {
    return new Record(this.key, this.value, timestamp, this.headers)
  }

  /** A copy with other headers. */
  withHeaders(headers: Headers): Record<K, V> {
    return new Record(this.key, this.value, this.timestamp, headers)
  }
}

/** Where the record that is being processed came from; inside punctuators no topic, partition -1, offset -1, as in Java. */
export interface RecordMetadata {
  readonly topic: string | undefined
  readonly partition: number
  readonly offset: number
}

/** `<sub-topology>_<partition>`, as Java prints it. */
export interface TaskId {
  readonly subtopology: number
  readonly partition: number
  toString(): string
}

/** What moves a punctuator: the records' time or the clock. */
export type PunctuationType = 'stream-time' | 'wall-clock-time'

/** Called with the time of the schedule: stream time or clock, ms. A promise it returns makes its task wait. */
export type Punctuator = (timestamp: number) => void | Promise<void>

/** What `schedule` returns; `cancel` stops the punctuator. */
export interface Cancellable {
  cancel(): void
}

/** What every processor may ask of its task. */
export interface ProcessingContext {
  readonly applicationId: string
  readonly taskId: TaskId
  /** Where this task keeps its files; made on first use. */
  readonly stateDir: string
  /** The configured `default.key.serde`. */
  readonly keySerde: Serde<unknown>
  /** The configured `default.value.serde`. */
  readonly valueSerde: Serde<unknown>
  /** Largest timestamp seen by this task, ms, or -1. */
  readonly currentStreamTimeMs: number
  /** The clock, ms since the epoch; of the test driver its own. */
  readonly currentSystemTimeMs: number
  /** Metrics of the processor's own. */
  readonly metrics: StreamsMetrics
  /** Undefined where no record is the cause: in `init` and `close`. Inside punctuators see {@link RecordMetadata}. */
  readonly recordMetadata: RecordMetadata | undefined
  /** The configuration as given, by its dotted names. */
  appConfigs(): Readonly<globalThis.Record<string, unknown>>
  /** What was given under a prefix, without it. */
  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>>
  /**
   * A store connected to this processor, by name or by the builder that made it (which also types it).
   * @throws {TopologyError} when the store is not connected to this processor
   */
  getStateStore<S extends StateStore>(store: StoreBuilder<S>): S
  getStateStore<S extends StateStore = StateStore>(name: string): S
  /**
   * Calls `punctuator` every `intervalMs`. Stream time: first at the first record; wall clock: first an interval from now.
   * `startMs` anchors the schedule (KIP-1146): calls fall on startMs + n × intervalMs.
   * @throws {StreamsError} MILLRACE_PUNCTUATION_INTERVAL when the interval is below 1 ms
   */
  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator, options?: { startMs?: number }): Cancellable
  /**
   * Lets calls to something slow run beside each other; to be called in `init`, once for each kind of call. Simpler, and one
   * at a time: return a promise from `process`.
   * @throws {TopologyError} when an option makes no sense, or in processors of global stores
   */
  asyncCalls(options?: AsyncOptions): AsyncCalls
  /** Asks for a commit soon; returns at once. */
  commit(): void
}

/** What a processor gets in `init`. */
export interface ProcessorContext<KOut = unknown, VOut = unknown> extends ProcessingContext {
  /** Hands a record to all children, or to the child of that name. @throws {StreamsError} MILLRACE_FORWARD_UNKNOWN_CHILD for an unknown child */
  forward<K extends KOut, V extends VOut>(record: Record<K, V>, child?: string): void
}

/**
 * One node's code. `process` is called once per record, in order; a promise it returns makes its task wait. What it does after
 * an `await` runs in the context of the source record: a store that logs then takes the source record's timestamp and
 * headers, also when a processor above has changed them; use a store of values with timestamps where that matters.
 */
export interface Processor<KIn, VIn, KOut = unknown, VOut = unknown> {
  /** Called once, before the first record: where stores are asked for and punctuators scheduled. */
  init?(context: ProcessorContext<KOut, VOut>): void
  process(record: Record<KIn, VIn>): void | Promise<void>
  /** Called when the task is closed; stores are closed after it. */
  close?(): void
}

/** Makes one processor per task. */
export interface ProcessorSupplier<KIn, VIn, KOut = unknown, VOut = unknown> {
  /** A new one with each call. */
  get(): Processor<KIn, VIn, KOut, VOut>
  /** Stores to add to the topology and connect to the processor (Java's ConnectedStoreProvider). */
  readonly stores?: readonly StoreBuilder[]
}

/** A context that forwards without changing the key; the record's key must be the one that came in. */
export interface FixedKeyProcessorContext<KIn = unknown, VOut = unknown> extends ProcessingContext {
  /** Hands a record to all children, or to the child of that name. @throws {StreamsError} MILLRACE_FORWARD_UNKNOWN_CHILD for an unknown child */
  forward<V extends VOut>(record: FixedKeyRecord<KIn, V>, child?: string): void
}

/** A record whose key cannot be changed (KIP-820); see {@link Record}. */
export interface FixedKeyRecord<K, V> {
  readonly key: K
  readonly value: V
  /** ms since the epoch */
  readonly timestamp: number
  readonly headers: Headers
  withValue<NV>(value: NV): FixedKeyRecord<K, NV>
  withTimestamp(timestamp: number): FixedKeyRecord<K, V>
  withHeaders(headers: Headers): FixedKeyRecord<K, V>
}

/** One node's code that keeps the key, so that nothing has to be repartitioned below it; see {@link Processor}. */
export interface FixedKeyProcessor<KIn, VIn, VOut = unknown> {
  init?(context: FixedKeyProcessorContext<KIn, VOut>): void
  process(record: FixedKeyRecord<KIn, VIn>): void | Promise<void>
  close?(): void
}

/** Makes one such processor per task. */
export interface FixedKeyProcessorSupplier<KIn, VIn, VOut = unknown> {
  /** A new one with each call. */
  get(): FixedKeyProcessor<KIn, VIn, VOut>
  /** Stores to add to the topology and connect to the processor. */
  readonly stores?: readonly StoreBuilder[]
}

/** Receives one changelog record during restore; `value` undefined deletes. The bytes are valid during the call only. */
export type StateRestoreCallback = (key: Buffer, value: Buffer | undefined, timestamp: number, headers: Headers) => void

/** What a store gets in `init`. */
export interface StateStoreContext {
  readonly applicationId: string
  readonly taskId: TaskId
  /** Where this task keeps its files; made on first use. */
  readonly stateDir: string
  /** The configured `default.key.serde`. */
  readonly keySerde: Serde<unknown>
  /** The configured `default.value.serde`. */
  readonly valueSerde: Serde<unknown>
  /** Of the record that is being processed; undefined while there is none. */
  readonly recordMetadata: RecordMetadata | undefined
  /**
   * True under `TopologyTestDriver`, which is synchronous and leaves nothing behind: `init` and `commit` must then finish
   * before they return, and a store that keeps its data in files should keep it in memory instead.
   */
  readonly ephemeral: boolean
  /** The configuration as given, by its dotted names. */
  appConfigs(): Readonly<globalThis.Record<string, unknown>>
  /** What was given under a prefix, without it. */
  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>>
  /** Tells the task that `store` exists and how it is restored from its changelog. Called once, in `init`. */
  register(store: StateStore, restore?: StateRestoreCallback): void
  /**
   * Appends a change to the store's changelog (nothing happens when logging is off): what a store of one's own calls from
   * its `put`. Timestamp and headers default to the current record's.
   */
  logChange(storeName: string, key: Uint8Array, value: Uint8Array | undefined, timestamp?: number): void
}

/**
 * A state store. Millrace's own and users' stores implement the same interface.
 *
 * Durability: the task calls `commit` with the changelog offsets that the content corresponds to. A persistent store that
 * writes its data and these offsets in one atomic step answers them in `committedOffset` and is restored from there only;
 * a store without `committedOffset` is restored from offsets in a checkpoint file (persistent) or from the start.
 */
export interface StateStore {
  readonly name: string
  /** True when content survives in the task's directory. */
  readonly persistent: boolean
  readonly isOpen: boolean
  /** Opens the store. `root` is the outermost layer, which is to be registered: the store itself, unless it was wrapped. */
  init(context: StateStoreContext, root: StateStore): void | Promise<void>
  /**
   * Empties a cache above the store: into the store, its changelog and downstream processors. The task calls it before
   * every commit, store by store in the order of their registration.
   */
  flushCache?(): void
  /** Makes everything written so far durable, together with `changelogOffsets` (by `topic-partition`: next offset). */
  commit?(changelogOffsets: ReadonlyMap<string, number>): void | Promise<void>
  /** The offset of that changelog partition as of the last durable commit, or undefined. Called after `init`. */
  committedOffset?(partition: TopicPartition): number | undefined
  /** Lets go of files and memory, without a commit. */
  close(): void | Promise<void>
}

/** Describes a store and builds one per task. The handle that types `getStateStore`, queries and tests. */
export interface StoreBuilder<S extends StateStore = StateStore> {
  readonly name: string
  /** Whether changes go to a changelog topic; default true. */
  readonly loggingEnabled: boolean
  /** Topic configs of the changelog, over the defaults. */
  readonly logConfig: Readonly<globalThis.Record<string, string>>
  /** Windowed stores: how long rows are kept, ms. Their changelog is then compacted and deleted after it. */
  readonly retentionMs?: number | undefined
  /** Versioned stores: how long old versions are kept, ms. Their changelog then has that compaction lag. */
  readonly historyRetentionMs?: number | undefined
  /** Changes go to a changelog topic, made with these topic configs over the defaults. */
  withLoggingEnabled(config?: Readonly<globalThis.Record<string, string>>): this
  /** No changelog: what is in the store is gone with its files, or for stores in memory with the process. */
  withLoggingDisabled(): this
  /** Updates of a key are merged until the next commit. */
  withCachingEnabled(): this
  withCachingDisabled(): this
  /** A new store; called once per task. */
  build(): S
}

/** Iterates rows, pairs of key and value; close it (or finish it, or use `for…of`) before the processing step ends. */
export interface KeyValueIterator<K, V> extends IterableIterator<[K, V]> {
  close(): void
}

/** What may be read of a key-value store. @throws {StreamsError} MILLRACE_STORE_NULL_KEY from methods that are given no key */
export interface ReadOnlyKeyValueStore<K, V> {
  get(key: K): V | undefined
  /** Rows from `from` to `to`, both included, by the order of the serialized keys; undefined means open. */
  range(from: K | undefined, to: K | undefined): KeyValueIterator<K, V>
  /** The same rows, the last first. */
  reverseRange(from: K | undefined, to: K | undefined): KeyValueIterator<K, V>
  /** All rows, by the order of the serialized keys. */
  all(): KeyValueIterator<K, V>
  reverseAll(): KeyValueIterator<K, V>
  /** Rows whose serialized key starts with the serialized prefix. */
  prefixScan<P>(prefix: P, prefixSerializer: Serializer<P>): KeyValueIterator<K, V>
  /** Exact for stores in memory, and for others up to 10,000 rows. */
  approximateNumEntries(): number
}

/** Values by key. All reads see all earlier writes. */
export interface KeyValueStore<K, V> extends StateStore, ReadOnlyKeyValueStore<K, V> {
  /** `undefined` deletes. */
  put(key: K, value: V | undefined): void
  /** Puts when there is no value; returns the value that was there. */
  putIfAbsent(key: K, value: V): V | undefined
  /** Puts one after the other. */
  putAll(entries: Iterable<readonly [K, V | undefined]>): void
  /** Deletes and returns the value that was there. */
  delete(key: K): V | undefined
}

/** A value with the timestamp (ms since the epoch) of the record that made it. */
export interface ValueAndTimestamp<V> {
  readonly value: V
  readonly timestamp: number
}

/** A store whose values have timestamps: what tables of the DSL are kept in (KIP-258). */
export type TimestampedKeyValueStore<K, V> = KeyValueStore<K, ValueAndTimestamp<V>>

/** What a timestamp extractor sees of a record. */
export interface ConsumerRecord<K = unknown, V = unknown> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** As stored in the topic; -1 when there is none. */
  readonly timestamp: number
  readonly key: K
  readonly value: V
  readonly headers: Headers
}

/**
 * Gives a record its timestamp in ms; a negative result drops the record (counted and logged). `partitionTime`: the largest
 * timestamp of its partition so far, or -1.
 */
export type TimestampExtractor = (record: ConsumerRecord, partitionTime: number) => number

/** The context in which a topic name is extracted: that of the source record. */
export interface RecordContext extends RecordMetadata {
  /** Of the source record, ms since the epoch. */
  readonly timestamp: number
  readonly headers: Headers
  /** The source record's bytes; to be asked for during the call only. Undefined in punctuators, and once the record went to a sink. */
  readonly sourceRawKey?: Uint8Array | undefined
  readonly sourceRawValue?: Uint8Array | undefined
}

/** Names the topic a record goes to, which must exist. */
export type TopicNameExtractor<K, V> = (key: K, value: V, context: RecordContext) => string

/**
 * Chooses partitions: a number, a list (the record goes to each; an empty list drops it), or undefined for the default
 * (murmur2 of the key's bytes, as Java).
 */
export type StreamPartitioner<K, V> = (
  topic: string,
  key: K | undefined,
  value: V | undefined,
  numPartitions: number,
) => number | readonly number[] | undefined

/** Where to start reading without a committed offset; by duration: at the first record that is at most that old (ms). */
export type AutoOffsetReset = 'earliest' | 'latest' | 'none' | { readonly byDurationMs: number }

/** The same by Java's names; a plain word does as well. */
export const AutoOffsetReset = {
  earliest: (): AutoOffsetReset => 'earliest',
  latest: (): AutoOffsetReset => 'latest',
  none: (): AutoOffsetReset => 'none',
  /** @throws {StreamsError} MILLRACE_TOPOLOGY_INVALID when the duration is negative */
  byDuration: (ms: number): AutoOffsetReset => {
    if (ms >= 0) return { byDurationMs: ms }
    throw new StreamsError('MILLRACE_TOPOLOGY_INVALID', `A duration to go back by cannot be negative, but got ${ms} ms`)
  },
} as const
