import type { Headers } from '../core/headers.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { StreamPartitioner } from '../../topology/api.ts'
import type { ErrorHandlerContext } from '../../topology/exception-handlers.ts'
import type { TopicTraffic } from './topic-metrics.ts'
import type { ChangelogAppender } from '../../stores/internals/store-context.ts'

/** What a sink hands over once, when its task starts. */
export interface SendTarget<K, V> {
  readonly topic: string
  readonly keySerializer: Serializer<K>
  readonly valueSerializer: Serializer<V>
  readonly partitioner?: StreamPartitioner<K, V> | undefined
  /** The sink's name, for errors and handlers. */
  readonly nodeName: string
  /** Counts what is written. */
  readonly traffic?: TopicTraffic | undefined
}

/** Hot path: encodes one record straight into the growing batch of its partition; false when it was dropped instead. */
export type RecordSender<K, V> = (key: K | undefined, value: V | undefined, timestamp: number, headers: Headers) => boolean

/** What a collector asks of the task it writes for, when something goes wrong. */
export interface CollectorHost {
  /** The source record being processed, as error handlers see it. */
  errorContext(nodeName: string): ErrorHandlerContext
  /** Counts and logs a record that is not written (`dropped-records-total`). */
  recordDropped(reason: string): void
}

/** Where a task's records go: the producer in a running client, lists in the test driver. */
export interface RecordCollector {
  /** Tells the collector which task it writes for. */
  attach?(host: CollectorHost): void
  /** The function a sink calls for each record to `topic`. Made once per sink and topic. */
  sender<K, V>(target: SendTarget<K, V>): RecordSender<K, V>
  /** The appender of one changelog partition. */
  changelog(topic: string, partition: number): ChangelogAppender
  /** Throws the first error of an earlier send that no handler answered with `continue`. */
  throwIfFailed(): void
  /** Resolves when everything sent so far is acknowledged. Rejects with the first unhandled delivery error. */
  flush(): Promise<void>
  /** By `partitionKey`: the offset after the last acknowledged record this collector sent there. */
  ackedOffsets(): ReadonlyMap<string, number>
  /** From now on {@link ackedOffsets} knows nothing of what was sent before: others write the changelogs meanwhile. */
  forgetAcked?(): void
  /** True when the producer's memory is full: the loop then waits for {@link drained} before it processes more. */
  readonly full: boolean
  drained(): Promise<void>
  close(): Promise<void>
}
