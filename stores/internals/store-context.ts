import type { Headers } from '../../lib/core/headers.ts'
import type { Serializer } from '../../lib/serdes/serde.ts'
import type { StateStoreContext } from '../../topology/api.ts'

/** Appends to one changelog partition. Keys come as stores keep them: latin1 strings, one character a byte. */
export interface ChangelogAppender {
  append(key: string, value: Uint8Array | undefined, timestamp: number, headers?: Headers): void
  /** Hot path: encodes the value straight into the batch. */
  appendValue<V>(key: string, value: V, serializer: Serializer<V>, timestamp: number, headers?: Headers): void
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
}
