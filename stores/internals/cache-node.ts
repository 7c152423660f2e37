import { Headers } from '../../lib/core/headers.ts'
import type { ContextHolder } from './store-context.ts'

/**
 * A row in the cache of a store, a change or (when not dirty) one that was read from below, with the context of the record
 * that made it. It hangs in two lists, by use and by change; both are walked and cut on every put, so they are links in the
 * node and not collections beside it.
 */
export class CacheNode<R> implements ContextHolder {
  key: string
  /** Of rows of windowed stores. */
  readonly time: number
  readonly minor: number
  /** Where the cache keeps it. */
  home: unknown = undefined
  /** Undefined is a delete. */
  row: R | undefined = undefined
  bytes = 0
  /** False of changes made outside of records, and of rows that were read. */
  hasContext = false
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers = Headers.empty
  source: unknown = undefined
  dirty = false
  /** True from the beginning of the flush that writes it to the end. */
  leaving = false
  /** True when it is in the cache no more. */
  gone = false
  newer: CacheNode<R> | undefined = undefined
  older: CacheNode<R> | undefined = undefined
  changedBefore: CacheNode<R> | undefined = undefined
  changedAfter: CacheNode<R> | undefined = undefined

  constructor(key: string, time: number, minor: number) {
    this.key = key
    this.time = time
    this.minor = minor
  }

  /** Lets go of the record that made the change. */
  dropContext(): void {
    this.hasContext = false
    this.headers = Headers.empty
    this.source = undefined
  }
}
