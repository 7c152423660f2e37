import type { ByteWriter } from '../../lib/core/byte-writer.ts'
import type { Headers } from '../../lib/core/headers.ts'
import type { Serializer } from '../../lib/serdes/serde.ts'
import type { RecordContext, StateStoreContext } from '../../topology/api.ts'
import type { ThreadCache } from './thread-cache.ts'

/** Of a changelog record that bears the time at which it is sent. */
export const NO_TIMESTAMP = -1

/** Bytes behind the key of a changelog record; they are written at once. */
export interface KeySuffix {
  write(out: ByteWriter): void
}

/** Appends to one changelog partition. Timestamps in ms, or {@link NO_TIMESTAMP}. Keys come as stores keep them: latin1 strings, one character a byte. */
export interface ChangelogAppender {
  append(key: string, value: Uint8Array | undefined, timestamp: number, headers?: Headers, suffix?: KeySuffix): void
  /** Hot path: encodes the value straight into the batch. */
  appendValue<V>(key: string, value: V, serializer: Serializer<V>, timestamp: number, headers?: Headers, suffix?: KeySuffix): void
}

/** An object in which the context of a record is kept, beside other things. */
export interface ContextHolder {
  topic: string | undefined
  partition: number
  offset: number
  timestamp: number
  headers: Headers
  /** For the task alone. */
  source: unknown
}

/**
 * What Millrace's own stores get from the task beside the public {@link StateStoreContext}. The task implements it; the
 * stores folder only knows this.
 */
export interface InternalStoreContext extends StateStoreContext {
  /** The changelog of that store, or undefined when logging is off. */
  changelog(storeName: string): ChangelogAppender | undefined
  /** Timestamp and headers of the record that is being processed (or of the punctuation). */
  readonly currentTimestamp: number
  readonly currentHeaders: Headers
  readonly streamTime: number
  /**
   * The cache of this thread, shared by all its tasks and bounded by `statestore.cache.max.bytes`. Undefined where nothing
   * is cached (global stores).
   */
  readonly cache?: ThreadCache | undefined
  /** Counts and logs a record that came too late for a windowed store (`dropped-records-total`). */
  recordDropped?(reason: string): void
  /** A copy of the current record's context, to be kept beside a cached change; undefined inside punctuators. */
  saveRecordContext?(): RecordContext | undefined
  /** The same into an object that is there, for changes that are kept in place of earlier ones; false where there is no record. */
  copyRecordContext?(target: ContextHolder): boolean
  /**
   * Makes `saved` the current record's context (record metadata, timestamp, headers), so that a cached change is logged and
   * forwarded under the record that made it. The caller puts back what was there.
   */
  restoreRecordContext?(saved: RecordContext | undefined): void
}

/** A store whose changes wait in the cache until the task commits. */
export interface CachedStateStore<K = unknown, V = unknown> {
  /**
   * Calls `listener` for each change when it leaves the cache, in place of forwarding it when it is put. With `sendOldValues`
   * the value it replaces is read for the listener. False when the store has no cache: then nothing will be called.
   */
  setFlushListener(listener: FlushListener<K, V>, sendOldValues: boolean): boolean
  /** Writes what is dirty to the store below and its changelog, and calls the listener, in Java's order. */
  flushCache(): void
}

/** Timestamp in ms: that of the record which made the change. `undefined` as new value is a delete. */
export type FlushListener<K, V> = (key: K, newValue: V | undefined, oldValue: V | undefined, timestamp: number) => void

/** What a restore callback of Millrace's own stores can be called by, so that no view is made of each key. */
export interface RestoreWithin {
  within?: (buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number, headers: Headers) => void
}

/** A store that asks for a commit before the interval is over, since its write buffer is full. */
export interface BufferedStateStore {
  /** True when a commit should come soon (10,000 rows are waiting). */
  readonly wantsCommit: boolean
}

export const isCachedStateStore = (store: object): store is CachedStateStore =>
  'setFlushListener' in store && typeof store.setFlushListener === 'function'

export const isBufferedStateStore = (store: object): store is BufferedStateStore => 'wantsCommit' in store
