import { Headers } from '../../../lib/core/headers.ts'
import type { RecordContext } from '../../../topology/api.ts'
import type { ContextHolder } from '../store-context.ts'
import type { Dirty } from './dirty-keys.ts'
import type { KeyTail } from './key-parts.ts'

/**
 * An update of a table's row that waits in a buffer, the latest one of its key, and the context of the record that made it.
 * `S` is the form in which values are held. When its turn is over it serves for another key.
 */
export class BufferedChange<S> implements RecordContext, ContextHolder, Dirty {
  head: string
  tail: KeyTail
  /** Of the key. */
  hash: number
  /** When its turn comes: that of the first update of the key since it was last emitted. */
  time: number
  /** The row before the first of the updates that the buffer holds back: what those downstream still believe. */
  prior: S | undefined
  /** The row before this update. */
  old: S | undefined
  new: S | undefined
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers = Headers.empty
  source: unknown = undefined
  /** Bytes that it counts for; 0 while nobody counts. */
  size = 0
  dirtyAt = -1
  /** Of the same time. */
  next: BufferedChange<S> | undefined = undefined

  constructor(head: string, tail: KeyTail, hash: number, time: number) {
    this.head = head
    this.tail = tail
    this.hash = hash
    this.time = time
    this.prior = undefined
    this.old = undefined
    this.new = undefined
  }
}
