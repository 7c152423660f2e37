import type { Headers } from '../core/headers.ts'

/** A record that a test reads from a topic, or writes to one. */
export interface TestRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: Headers
}
