import type { ByteWriter } from '../core/byte-writer.ts'
import type { Headers } from '../core/headers.ts'
import type { ClientError } from './errors.ts'
import type { OffsetAndMetadata, GroupMetadata } from './types-group.ts'
import type { ProduceMeter } from './types-meters.ts'

export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Called when records are given up: `recordCount` records of that partition will not be written. */
export type DeliveryErrorHook = (error: ClientError, topic: string, partition: number, recordCount: number) => void

/** Says whether a producer may send now. */
export interface WriteFence {
  readonly isOpen: boolean
  /** Calls `listener` whenever it opens again; answers what ends that. */
  onOpen(listener: () => void): () => void
}

export interface ProducerOptions {
  /** -1 (all in-sync replicas; default), 1 (leader) or 0. Idempotence needs -1. */
  readonly acks?: -1 | 0 | 1 | undefined
  /** Sequence numbers, so that retries write nothing twice and nothing out of order. Default true (with acks -1). */
  readonly idempotent?: boolean | undefined
  /** Sets up transactions; implies idempotence. */
  readonly transactionalId?: string | undefined
  /** After this long without progress the coordinator aborts an open transaction, ms. Default 60,000. */
  readonly transactionTimeoutMs?: number | undefined
  /** A batch is sent when it has this many bytes. Default 262,144. */
  readonly batchSize?: number | undefined
  /** A batch is sent when its first record is this old, ms. Default 5. */
  readonly lingerMs?: number | undefined
  readonly compression?: CompressionType | undefined
  /** Bytes of unacknowledged records above which {@link RecordProducer.full} is true. Default 32 MB. */
  readonly bufferMemory?: number | undefined
  /** Produce requests under way per broker. Default 5, and with idempotence at most 5. */
  readonly maxInFlight?: number | undefined
  /** From append to acknowledgement or failure, retries included, ms. Default 120,000. */
  readonly deliveryTimeoutMs?: number | undefined
  /** The largest produce request, and so the largest record, bytes. Default 1,048,576. */
  readonly maxRequestSize?: number | undefined
  /** How long a broker may take to answer a produce request, ms. Default: the cluster's. */
  readonly requestTimeoutMs?: number | undefined
  /** How long an unknown topic may stay unknown before records for it fail, and `prepare` with them, ms. Default 60,000. */
  readonly maxBlockMs?: number | undefined
  /** While it is closed nothing is sent, and the producer counts as full; what is buffered waits, for `deliveryTimeoutMs` at most. */
  readonly fence?: WriteFence | undefined
  readonly onError?: DeliveryErrorHook | undefined
  readonly meter?: ProduceMeter | undefined
}

/** Writes a value's bytes; every `Serializer` with a `write` method is one. Never called with undefined. */
export interface ValueWriter<T> {
  write(data: T, out: ByteWriter): void
}

/** Appends to one topic. Hot path: synchronous, no object per record. */
export interface TopicAppender {
  readonly topic: string
  /** 0 until metadata came; known after `await producer.prepare([topic])`. Follows the cluster when partitions are added. */
  readonly numPartitions: number
  /**
   * Encodes one record straight into the growing batch of its partition. `undefined` key or value is null. The records of
   * a topic without metadata are kept until it comes (or `maxBlockMs` passes). Returns how many bytes it takes in the batch.
   * @throws {ClosedError} {@link RecordTooLargeError} the producer's fatal error, if it has one
   */
  append<K, V>(
    partition: number,
    timestamp: number,
    key: K | undefined,
    keyWriter: ValueWriter<K>,
    value: V | undefined,
    valueWriter: ValueWriter<V>,
    headers: Headers,
  ): number
  /** The same for bytes, which are copied. */
  appendBytes(partition: number, timestamp: number, key: Uint8Array | undefined, value: Uint8Array | undefined, headers: Headers): void
}

/** A record for {@link RecordProducer.send}. Strings are written as UTF-8. */
export interface ProducerMessage {
  readonly key?: Uint8Array | string | null | undefined
  readonly value?: Uint8Array | string | null | undefined
  /** Default: Kafka's partitioner (murmur2 of the key), or round robin by batch without a key. */
  readonly partition?: number | undefined
  /** Milliseconds since the epoch. Default: now. */
  readonly timestamp?: number | undefined
  readonly headers?: Headers | Readonly<Record<string, Uint8Array | string>> | undefined
}

export interface RecordProducer {
  /** Waits until these topics are known, so that `numPartitions` is. @throws {UnknownTopicError} after `maxBlockMs` */
  prepare(topics: readonly string[]): Promise<void>
  appender(topic: string): TopicAppender
  /** Sends everything appended so far and waits for all of it. Rejects with the first delivery error since the last flush. */
  flush(): Promise<void>
  /** The offset after the last acknowledged record of this producer there; undefined when there is none yet. */
  ackedOffset(topic: string, partition: number): number | undefined
  /** Bytes appended and not yet acknowledged. */
  readonly bufferedBytes: number
  /** True when `bufferMemory` is used up. `append` still works (it must not stop in the middle of a record's processing). */
  readonly full: boolean
  /** Resolves as soon as the producer is not full. */
  drained(): Promise<void>
  /** The error after which nothing can be sent any more (fenced, sequence lost), if there was one. */
  readonly fatalError: ClientError | undefined
  /**
   * Gives up all that is not under way, without telling anybody, and does not send again what comes back; until {@link resume}
   * nothing more is taken. For what others have to write by now. @param reason what appends are refused with
   */
  abandon(reason: ClientError): void
  /** Once a flush has come to its end: takes records again. */
  resume(): void
  /** Convenience: appends and waits until acknowledged. Gives the offset of each message, -1 with acks 0. */
  send(topic: string, messages: readonly ProducerMessage[]): Promise<readonly { partition: number; offset: number }[]>
  /** Flushes for at most `timeoutMs` (default 30,000; 0 = drop what is buffered) and closes. */
  close(options?: { timeoutMs?: number }): Promise<void>

  /**
   * Fences older producers of the same transactional id and ends their transactions. Before the first transaction; and again
   * to begin anew after anything went wrong, being fenced and transactions of unknown outcome included: what is open is
   * dropped and aborted.
   */
  initTransactions(): Promise<void>
  /** Synchronous and local; the first records tell the coordinator. */
  beginTransaction(): void
  /** Makes consumer offsets part of the transaction. Keys: `partitionKey`. */
  sendOffsetsToTransaction(offsets: ReadonlyMap<string, OffsetAndMetadata>, group: GroupMetadata): Promise<void>
  /** Flushes and commits. @throws {TransactionAbortableError} when it has to be aborted instead @throws {ProducerFencedError} */
  commitTransaction(): Promise<void>
  /** Drops what is not sent yet and aborts. When that fails for good, {@link initTransactions} begins anew. */
  abortTransaction(): Promise<void>
}
