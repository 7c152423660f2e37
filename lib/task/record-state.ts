import { Headers } from '../core/headers.ts'
import type { RecordContext, RecordMetadata } from '../../topology/api.ts'

/**
 * The record that a task is processing, as contexts and stores see it: one object per task whose fields change, so that a
 * record costs nothing. Timestamp and headers are those of the record as it was last forwarded.
 */
export class RecordState {
  /** False in `init` and `close`, where there is no record. */
  isPresent = false
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers: Headers = Headers.empty
  /**
   * True once the record, in its present context, went to a sink: as in Java, handlers and dead letters of later errors then
   * get no source bytes.
   */
  isSent = false

  metadata(): RecordMetadata | undefined {
    return this.isPresent ? { topic: this.topic, partition: this.partition, offset: this.offset } : undefined
  }

  context(): RecordContext {
    const { topic, partition, offset, timestamp, headers } = this
    return { topic, partition, offset, timestamp, headers }
  }

  /** Makes a context that was kept, or that of a punctuator, the current one. */
  set(context: RecordContext): void {
    this.isPresent = true
    this.topic = context.topic
    this.partition = context.partition
    this.offset = context.offset
    this.timestamp = context.timestamp
    this.headers = context.headers
    this.isSent = false
  }

  clear(): void {
    this.isPresent = false
    this.topic = undefined
    this.partition = -1
    this.offset = -1
    this.timestamp = -1
    this.headers = Headers.empty
    this.isSent = false
  }

  /** Inside punctuators there is no source record; time is the only thing known, as in Java. */
  setPunctuation(timestamp: number): void {
    this.clear()
    this.isPresent = true
    this.timestamp = timestamp
  }
}
