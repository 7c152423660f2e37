import type { ByteWriter } from '../core/byte-writer.ts'
import type { Headers } from '../core/headers.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { RecordAccumulator } from './record-accumulator.ts'
import type { TopicAppender, ValueWriter } from './types.ts'

const copyBytes: ValueWriter<Uint8Array> = { write: (data: Uint8Array, out: ByteWriter) => out.writeBytes(data) }

/** Appends to the partitions of one topic. */
export class AccumulatingAppender implements TopicAppender {
  readonly topic: string
  numPartitions: number
  readonly #accumulator: RecordAccumulator
  readonly #queues: PartitionQueue[]

  constructor(accumulator: RecordAccumulator, topic: string, numPartitions: number) {
    this.#accumulator = accumulator
    this.topic = topic
    this.numPartitions = numPartitions
    this.#queues = accumulator.queues(topic)
  }

  append<K, V>(
    partition: number,
    timestamp: number,
    key: K | undefined,
    keyWriter: ValueWriter<K>,
    value: V | undefined,
    valueWriter: ValueWriter<V>,
    headers: Headers,
  ): number {
    const queue = this.#queues[partition] ?? this.#accumulator.queue(this.topic, partition)
    // A record without a time gets that of its sending, as Java's producer gives it.
    return queue.append(timestamp < 0 ? Date.now() : timestamp, key, keyWriter, value, valueWriter, headers)
  }

  appendBytes(partition: number, timestamp: number, key: Uint8Array | undefined, value: Uint8Array | undefined, headers: Headers): void {
    this.append(partition, timestamp, key, copyBytes, value, copyBytes, headers)
  }
}
