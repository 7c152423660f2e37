import { ByteWriter } from '../core/byte-writer.ts'
import { StreamsError } from '../core/errors.ts'
import type { Headers } from '../core/headers.ts'
import { partitionForKey } from '../core/murmur2.ts'
import type { SendTarget } from '../task/record-collector.ts'

/** Records without a key stay on one partition for this many, so that batches fill, and then go to another at random. */
const STICKY_RECORDS = 100

/**
 * Chooses the partition of each record of one sink: by its partitioner, else as Kafka does by the key's bytes, else (no
 * key) one at random for a while. When it had to encode the key for that, {@link encodedKey} holds the bytes.
 */
export class PartitionChooser<K, V> {
  readonly #target: SendTarget<K, V>
  readonly #scratch = new ByteWriter(256)
  #sticky = 0
  #stickyLeft = 0
  /** The key's bytes of the last {@link choose}, when it encoded them. */
  encodedKey: ByteWriter | undefined

  constructor(target: SendTarget<K, V>) {
    this.#target = target
  }

  /** One partition, or a list of them from a multi-casting partitioner (empty: drop the record). */
  choose(key: K | undefined, value: V | undefined, numPartitions: number, headers: Headers): number | readonly number[] {
    this.encodedKey = undefined
    const partitioner = this.#target.partitioner
    if (partitioner !== undefined) {
      const chosen = partitioner(this.#target.topic, key, value, numPartitions)
      if (chosen !== undefined) return this.#checked(chosen, numPartitions)
    }
    if (numPartitions === 1) return 0
    if (key !== undefined && this.#encode(key, headers)) {
      const scratch = this.#scratch
      this.encodedKey = scratch
      return partitionForKey(scratch.buffer, numPartitions, 0, scratch.position)
    }
    return this.#stickyPartition(numPartitions)
  }

  /** False when the serializer makes null of the key. */
  #encode(key: K, headers: Headers): boolean {
    const scratch = this.#scratch
    scratch.position = 0
    const serializer = this.#target.keySerializer
    if (serializer.write !== undefined) {
      serializer.write(key, scratch)
      return true
    }
    const bytes = serializer.serialize(this.#target.topic, key, headers)
    if (bytes === undefined) return false
    scratch.writeBytes(bytes)
    return true
  }

  #stickyPartition(numPartitions: number): number {
    if (this.#stickyLeft === 0 || this.#sticky >= numPartitions) {
      this.#sticky = Math.floor(Math.random() * numPartitions)
      this.#stickyLeft = STICKY_RECORDS
    }
    this.#stickyLeft--
    return this.#sticky
  }

  #checked(chosen: number | readonly number[], numPartitions: number): number | readonly number[] {
    if (typeof chosen === 'number') this.#check(chosen, numPartitions)
    else for (const partition of chosen) this.#check(partition, numPartitions)
    return chosen
  }

  #check(partition: number, numPartitions: number): void {
    if (partition >= 0 && partition < numPartitions) return
    throw new StreamsError(
      'MILLRACE_PARTITIONER_OUT_OF_RANGE',
      `the partitioner of ${this.#target.nodeName} chose partition ${partition} of topic '${this.#target.topic}', which has partitions 0 to ${numPartitions - 1}`,
    )
  }
}
