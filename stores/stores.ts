import { TopologyError } from '../lib/core/errors.ts'
import type { Serde } from '../lib/serdes/serde.ts'
import type { StoreBuilder } from '../topology/api.ts'
import type { PersistentEngineName } from './engines/engine.ts'
import { KeyValueStoreBuilder, TimestampedKeyValueStoreBuilder, TimestampedKeyValueStoreWithHeadersBuilder } from './internals/key-value-store-builder.ts'
import { versionSegmentMs } from './internals/versioned/version-history.ts'
import { SessionStoreBuilder, SessionStoreWithHeadersBuilder, TimestampedWindowStoreBuilder, TimestampedWindowStoreWithHeadersBuilder, WindowStoreBuilder } from './internals/timed/windowed-store-builders.ts'
import { VersionedKeyValueStoreBuilder } from './internals/versioned/versioned-store-builder.ts'
import type { KeyValueEngine, KeyValueStoreSupplier, SessionStoreSupplier, VersionedStoreSupplier, WindowedStoreSupplier, WindowStoreSupplier } from './store-suppliers.ts'

/** How a store is made, apart from its name. Serdes left out are the configured default ones. */
export interface KeyValueStoreOptions<K, V> {
  readonly key?: Serde<K>
  readonly value?: Serde<V>
  /** Default `leveldb`. */
  readonly engine?: KeyValueEngine
  /** Rows at most, for the engine `lru`. */
  readonly maxEntries?: number
  /** Whether changes go to a changelog topic, or topic configs for it. Default true. */
  readonly logging?: boolean | Readonly<Record<string, string>>
  /** Whether changes wait in the cache until the commit. Default false. */
  readonly caching?: boolean
}

/** How storage in files is made. */
export interface PersistentStoreOptions {
  /** Default `leveldb`; `lmdb` is the better choice for stores that are often scanned. */
  readonly engine?: PersistentEngineName
}

type Settings = Pick<KeyValueStoreOptions<unknown, unknown>, 'logging' | 'caching'>

const apply = ({ logging = true, caching = false }: Settings, builder: StoreBuilder): void => {
  if (logging === false) builder.withLoggingDisabled()
  else if (logging !== true) builder.withLoggingEnabled(logging)
  if (caching) builder.withCachingEnabled()
}

type Storage = Pick<KeyValueStoreOptions<unknown, unknown>, 'engine' | 'maxEntries'>

const supplierOf = (name: string, { engine = 'leveldb', maxEntries }: Storage): KeyValueStoreSupplier =>
  engine === 'lru' ? Stores.lruMap(name, maxEntries ?? 0) : { name, engine }

const retained = <S extends WindowedStoreSupplier>(supplier: S): S => {
  if (supplier.retentionMs >= 0) return supplier
  throw new TopologyError(`retentionPeriod of store ${supplier.name} cannot be negative, but got ${supplier.retentionMs}`)
}

const sessionSupplier = (supplier: SessionStoreSupplier): SessionStoreSupplier => retained(supplier)

const windowSupplier = (supplier: WindowStoreSupplier): WindowStoreSupplier => {
  const { name, retentionMs, windowSizeMs } = retained(supplier)
  if (windowSizeMs < 0) throw new TopologyError(`windowSize of store ${name} cannot be negative, but got ${windowSizeMs}`)
  if (windowSizeMs <= retentionMs) return supplier
  throw new TopologyError(`The retention period of the window store ${name} must be no smaller than its window size. Got size=[${windowSizeMs}], retention=[${retentionMs}]`)
}

const versionedSupplier = (supplier: VersionedStoreSupplier): VersionedStoreSupplier => {
  const { name, historyRetentionMs, segmentIntervalMs } = supplier
  if (!(historyRetentionMs >= 0)) throw new TopologyError(`historyRetention cannot be negative, but that of store ${name} is ${historyRetentionMs}`)
  if (segmentIntervalMs >= 1) return supplier
  throw new TopologyError(`segmentInterval of store ${name} cannot be smaller than 1 millisecond, but got ${segmentIntervalMs}`)
}

/** Makes state stores: in one step (`keyValueStore`), or, with Java's names, from a supplier of storage and a builder. */
export const Stores = {
  /** A store of keys and values. */
  keyValueStore<K, V>(name: string, options: KeyValueStoreOptions<K, V> = {}): KeyValueStoreBuilder<K, V> {
    const builder = new KeyValueStoreBuilder(supplierOf(name, options), options.key, options.value)
    apply(options, builder)
    return builder
  },

  /** A store of keys and values with the timestamp of the record that made them. */
  timestampedKeyValueStore<K, V>(name: string, options: KeyValueStoreOptions<K, V> = {}): TimestampedKeyValueStoreBuilder<K, V> {
    const builder = new TimestampedKeyValueStoreBuilder(supplierOf(name, options), options.key, options.value)
    apply(options, builder)
    return builder
  },

  /** Storage in memory, restored from the changelog after every start. */
  inMemoryKeyValueStore: (name: string): KeyValueStoreSupplier => ({ name, engine: 'memory' }),

  /** Storage in files of the task's directory, restored from where it was committed last. For values without timestamps. */
  persistentKeyValueStore: (name: string, options: PersistentStoreOptions = {}): KeyValueStoreSupplier =>
    ({ name, engine: options.engine ?? 'leveldb', rowFormat: 'plain' }),

  /** The same, for a timestamped builder. */
  persistentTimestampedKeyValueStore: (name: string, options: PersistentStoreOptions = {}): KeyValueStoreSupplier =>
    ({ name, engine: options.engine ?? 'leveldb', rowFormat: 'timestamped' }),

  /** The same, for a builder of timestamps and headers. */
  persistentTimestampedKeyValueStoreWithHeaders: (name: string, options: PersistentStoreOptions = {}): KeyValueStoreSupplier =>
    ({ name, engine: options.engine ?? 'leveldb', rowFormat: 'headers' }),

  /**
   * Storage in memory for the `maxEntries` most recently used rows; those that make room are deleted from the changelog, too.
   * @throws {TopologyError} unless it is a whole number above 0
   */
  lruMap(name: string, maxEntries: number): KeyValueStoreSupplier {
    if (!Number.isInteger(maxEntries) || maxEntries < 1) {
      throw new TopologyError(`The LRU store ${name} needs maxEntries of at least 1, but got ${maxEntries}`)
    }
    return { name, engine: 'lru', maxEntries }
  },

  /** A store of keys and values over that storage. Serdes left out are the configured default ones; not cached unless asked. */
  keyValueStoreBuilder: <K, V>(supplier: KeyValueStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>): KeyValueStoreBuilder<K, V> =>
    new KeyValueStoreBuilder(supplier, keySerde, valueSerde),

  /** The same of values with timestamps. */
  timestampedKeyValueStoreBuilder: <K, V>(
    supplier: KeyValueStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): TimestampedKeyValueStoreBuilder<K, V> => new TimestampedKeyValueStoreBuilder(supplier, keySerde, valueSerde),

  /** The same of values with timestamps and headers (KIP-1271). */
  timestampedKeyValueStoreWithHeadersBuilder: <K, V>(
    supplier: KeyValueStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): TimestampedKeyValueStoreWithHeadersBuilder<K, V> => new TimestampedKeyValueStoreWithHeadersBuilder(supplier, keySerde, valueSerde),

  /**
   * Storage of versions in files of the task's directory. Older versions stay readable for `historyRetentionMs`, and puts that are
   * late by no more are taken. `segmentIntervalMs`: see VersionedStoreSupplier; by default a part of the history retention.
   * @throws {TopologyError} for a negative retention, or an interval below 1 ms
   */
  persistentVersionedKeyValueStore: (
    name: string, historyRetentionMs: number, segmentIntervalMs = versionSegmentMs(historyRetentionMs),
  ): VersionedStoreSupplier => versionedSupplier({ name, engine: 'lmdb', historyRetentionMs, segmentIntervalMs }),

  /** The same in memory, which Java does not have. */
  inMemoryVersionedKeyValueStore: (
    name: string, historyRetentionMs: number, segmentIntervalMs = versionSegmentMs(historyRetentionMs),
  ): VersionedStoreSupplier => versionedSupplier({ name, engine: 'memory', historyRetentionMs, segmentIntervalMs }),

  /** A versioned store over that storage. It is never cached. */
  versionedKeyValueStoreBuilder: <K, V>(
    supplier: VersionedStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): VersionedKeyValueStoreBuilder<K, V> => new VersionedKeyValueStoreBuilder(supplier, keySerde, valueSerde),

  /**
   * Window storage in memory. Rows are kept for `retentionMs`, counted from the newest start. `retainDuplicates`: several rows of one key
   * and start, as joins need.
   * @throws {TopologyError} for negative times, or a retention shorter than a window
   */
  inMemoryWindowStore: (name: string, retentionMs: number, windowSizeMs: number, retainDuplicates = false): WindowStoreSupplier =>
    windowSupplier({ name, engine: 'memory', retentionMs, windowSizeMs, retainDuplicates }),

  /** Window storage in files of the task's directory, in segments of time. */
  persistentWindowStore: (name: string, retentionMs: number, windowSizeMs: number, retainDuplicates = false): WindowStoreSupplier =>
    windowSupplier({ name, engine: 'lmdb', rowFormat: 'plain', retentionMs, windowSizeMs, retainDuplicates }),

  /** The same, for a timestamped builder. */
  persistentTimestampedWindowStore: (
    name: string, retentionMs: number, windowSizeMs: number, retainDuplicates = false,
  ): WindowStoreSupplier => windowSupplier({ name, engine: 'lmdb', rowFormat: 'timestamped', retentionMs, windowSizeMs, retainDuplicates }),

  /** The same, for a builder of timestamps and headers. */
  persistentTimestampedWindowStoreWithHeaders: (
    name: string, retentionMs: number, windowSizeMs: number, retainDuplicates = false,
  ): WindowStoreSupplier => windowSupplier({ name, engine: 'lmdb', rowFormat: 'headers', retentionMs, windowSizeMs, retainDuplicates }),

  /** A window store over that storage. Serdes left out are the configured default ones; not cached unless asked. */
  windowStoreBuilder: <K, V>(supplier: WindowStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>): WindowStoreBuilder<K, V> =>
    new WindowStoreBuilder(supplier, keySerde, valueSerde),

  /** The same of values with timestamps. */
  timestampedWindowStoreBuilder: <K, V>(
    supplier: WindowStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): TimestampedWindowStoreBuilder<K, V> => new TimestampedWindowStoreBuilder(supplier, keySerde, valueSerde),

  /** The same of values with timestamps and headers (KIP-1271). */
  timestampedWindowStoreWithHeadersBuilder: <K, V>(
    supplier: WindowStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): TimestampedWindowStoreWithHeadersBuilder<K, V> => new TimestampedWindowStoreWithHeadersBuilder(supplier, keySerde, valueSerde),

  /** Session storage in memory. Sessions are kept for `retentionMs`, counted from the latest end. @throws {TopologyError} for a negative one */
  inMemorySessionStore: (name: string, retentionMs: number): SessionStoreSupplier => sessionSupplier({ name, engine: 'memory', retentionMs }),

  /** Session storage in files of the task's directory, in segments of time. */
  persistentSessionStore: (name: string, retentionMs: number): SessionStoreSupplier => sessionSupplier({ name, engine: 'lmdb', rowFormat: 'plain', retentionMs }),

  /** The same, for a builder of headers. */
  persistentSessionStoreWithHeaders: (name: string, retentionMs: number): SessionStoreSupplier =>
    sessionSupplier({ name, engine: 'lmdb', rowFormat: 'headers', retentionMs }),

  /** A session store of values with headers (KIP-1271). */
  sessionStoreWithHeadersBuilder: <K, V>(
    supplier: SessionStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>,
  ): SessionStoreWithHeadersBuilder<K, V> => new SessionStoreWithHeadersBuilder(supplier, keySerde, valueSerde),

  /** A session store over that storage. Serdes left out are the configured default ones; not cached unless asked. */
  sessionStoreBuilder: <K, V>(supplier: SessionStoreSupplier, keySerde?: Serde<K>, valueSerde?: Serde<V>): SessionStoreBuilder<K, V> =>
    new SessionStoreBuilder(supplier, keySerde, valueSerde),
} as const
