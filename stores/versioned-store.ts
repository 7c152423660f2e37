import type { StateStore } from '../topology/api.ts'

/** What `put` returns for a version that no newer one follows. */
export const PUT_RETURN_CODE_VALID_TO_UNDEFINED = -1

/** What `put` returns for a version that came too late to be kept: Java's smallest long. */
export const PUT_RETURN_CODE_NOT_PUT = -(2 ** 63)

/** A value with the time from which it held, and until when. */
export interface VersionedRecord<V> {
  readonly value: V
  /** ms since the epoch; the version holds from here on. */
  readonly timestamp: number
  /** When the next version began, or the key was deleted, ms: in answers to queries for several versions, except for the latest. */
  readonly validTo?: number | undefined
}

/**
 * Values by key, in several versions each: a version holds from its timestamp until the next one's. The latest version stays as
 * long as it is not deleted; older ones stay readable for the history retention, counted from the newest timestamp that the
 * store has seen. Puts older than that are dropped (and counted). KIP-889. All methods throw a StreamsError without
 * a key (MILLRACE_STORE_NULL_KEY), puts and deletes also for negative times (MILLRACE_STORE_NEGATIVE_TIME).
 */
export interface VersionedKeyValueStore<K, V> extends StateStore {
  /**
   * Adds a version, in the middle of the others if it is older than they are; `undefined` says that there was no value from then
   * on. Replaces a version of the same timestamp.
   * @returns the timestamp of the version after it, `PUT_RETURN_CODE_VALID_TO_UNDEFINED` (-1) when it is the latest, or
   * `PUT_RETURN_CODE_NOT_PUT` when it came too late to be kept
   */
  put(key: K, value: V | undefined, timestamp: number): number
  /** Puts `undefined` at that time, and returns the version that held then. */
  delete(key: K, timestamp: number): VersionedRecord<V> | undefined
  /** The latest version. */
  get(key: K): VersionedRecord<V> | undefined
  /** The version that held at `asOfTimestamp`; of older times than the history retention only the latest version is known. */
  get(key: K, asOfTimestamp: number): VersionedRecord<V> | undefined
}
