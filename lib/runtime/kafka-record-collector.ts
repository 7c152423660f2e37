import type { ChangelogAppender, KeySuffix } from '../../stores/internals/store-context.ts'
import { RecordTooLargeError } from '../client/errors.ts'
import type { ValueWriter } from '../client/types.ts'
import { ByteWriter } from '../core/byte-writer.ts'
import { SerializationError, StreamsError } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { CollectorHost, RecordCollector, RecordSender, SendTarget } from '../task/record-collector.ts'
import { ProductionError } from './streams-producer.ts'
import type { ProductionFailure, StreamsProducer } from './streams-producer.ts'
import { PartitionChooser } from './partition-chooser.ts'

const bytesWriter: ValueWriter<Uint8Array> = { write: (bytes, out) => out.writeBytes(bytes) }

/** What a record of a batch has around its key, value and headers: about so many bytes. */
const FRAMING_BYTES = 8

/** The key of a changelog record. One object for all of them. */
interface StoreKey {
  key: string
  suffix: KeySuffix | undefined
}

const storeKeyWriter: ValueWriter<StoreKey> = {
  write({ key, suffix }, out) {
    out.writeLatin1(key)
    suffix?.write(out)
  },
}

/** The whole key, for those who hear that it could not be written. */
const textOf = (storeKey: StoreKey): string => {
  const out = new ByteWriter()
  storeKeyWriter.write(storeKey, out)
  return out.view().latin1Slice()
}

/** The bytes that another writer holds, copied; keys are short, and a loop beats a native call for them. */
const scratchWriter: ValueWriter<ByteWriter> = {
  write: (scratch, out) => {
    const length = scratch.position
    out.ensure(length)
    const from = scratch.buffer
    const to = out.buffer
    const at = out.position
    for (let i = 0; i < length; i++) to[at + i] = from[i]!
    out.position = at + length
  },
}

/** Sends one task's records through the producer of its thread: sinks and changelogs encode straight into its batches. */
export class KafkaRecordCollector implements RecordCollector {
  readonly #producer: StreamsProducer
  readonly #taskId: string
  /** Changelog partitions of this task, with what was acknowledged there before the task began. */
  readonly #changelogs = new Map<string, { topic: string; partition: number; before: number | undefined }>()

  #host: CollectorHost | undefined

  /** `taskId` is for error messages and handlers. */
  constructor(producer: StreamsProducer, taskId: string) {
    this.#producer = producer
    this.#taskId = taskId
  }

  attach(host: CollectorHost): void {
    this.#host = host
  }

  sender<K, V>(target: SendTarget<K, V>): RecordSender<K, V> {
    const { topic, keySerializer, valueSerializer, traffic } = target
    const producer = this.#producer
    const appender = producer.appender(topic)
    const chooser = new PartitionChooser(target)
    const writesKey = keySerializer.write !== undefined
    const writesValue = valueSerializer.write !== undefined
    let parked = 0
    if (appender.numPartitions === 0) void producer.prepare(topic).catch(() => {})

    const appendTo = (partition: number, timestamp: number, key: K | undefined, value: V | undefined, headers: Headers): number => {
      const scratch = chooser.encodedKey
      const bytes = writesValue ? undefined : serialized(valueSerializer, topic, value, headers)
      if (scratch !== undefined) {
        if (writesValue) return appender.append(partition, timestamp, scratch, scratchWriter, value, valueSerializer as ValueWriter<V>, headers)
        return appender.append(partition, timestamp, scratch, scratchWriter, bytes, bytesWriter, headers)
      }
      if (writesKey) {
        if (writesValue) return appender.append(partition, timestamp, key, keySerializer as ValueWriter<K>, value, valueSerializer as ValueWriter<V>, headers)
        return appender.append(partition, timestamp, key, keySerializer as ValueWriter<K>, bytes, bytesWriter, headers)
      }
      const keyBytes = serialized(keySerializer, topic, key, headers)
      if (writesValue) return appender.append(partition, timestamp, keyBytes, bytesWriter, value, valueSerializer as ValueWriter<V>, headers)
      return appender.append(partition, timestamp, keyBytes, bytesWriter, bytes, bytesWriter, headers)
    }

    const count = (bytes: number): void => {
      if (traffic === undefined) return
      traffic.records++
      traffic.bytes += bytes - FRAMING_BYTES
    }

    const send = (key: K | undefined, value: V | undefined, timestamp: number, headers: Headers): boolean => {
      try {
        const chosen = chooser.choose(key, value, appender.numPartitions, headers)
        if (typeof chosen === 'number') {
          count(appendTo(chosen, timestamp, key, value, headers))
          return true
        }
        if (chosen.length === 0) this.#host?.recordDropped(`the partitioner of ${target.nodeName} choosing no partition`)
        for (const partition of chosen) count(appendTo(partition, timestamp, key, value, headers))
        return chosen.length > 0
      } catch (error) {
        this.#refused(error, target, { key, value, timestamp, headers }, () => serializes(keySerializer, topic, key, headers))
        return false
      }
    }

    return (key, value, timestamp, headers) => {
      if (appender.numPartitions > 0 && parked === 0) return send(key, value, timestamp, headers)
      parked++
      producer.sendWhenKnown(topic, () => {
        parked--
        send(key, value, timestamp, headers)
      })
      return true
    }
  }

  /** One record that could not be encoded or is too large: the handler decides whether it is dropped. */
  #refused(
    cause: unknown, { topic, nodeName }: { topic: string; nodeName: string }, record: ProductionFailure['record'], isKeyFine: () => boolean,
  ): void {
    const isSerialization = cause instanceof SerializationError || !(cause instanceof StreamsError)
    if (!isSerialization && !(cause instanceof RecordTooLargeError)) throw this.#producer.meaningOf(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new ProductionError(`${nodeName} cannot write a record to topic '${topic}': ${reason}`, { cause })
    const serialization = isSerialization ? (isKeyFine() ? 'value' : 'key') : undefined
    const context = this.#host?.errorContext(nodeName)
    const failure = { error, topic, partition: undefined, recordCount: 1, nodeName, taskId: this.#taskId, record, serialization, context } as const
    if (!this.#producer.report(failure)) throw error
    this.#host?.recordDropped(`an error that the production exception handler forgave`)
  }

  changelog(topic: string, partition: number): ChangelogAppender {
    const before = this.#producer.ackedOffset(topic, partition)
    this.#changelogs.set(partitionKey(topic, partition), { topic, partition, before })
    const appender = this.#producer.appender(topic)
    const target = { topic, nodeName: `changelog of partition ${partition}` }
    const storeKey: StoreKey = { key: '', suffix: undefined }
    return {
      append: (key, value, timestamp, headers = Headers.empty, suffix) => {
        storeKey.key = key
        storeKey.suffix = suffix
        try {
          appender.append(partition, timestamp, storeKey, storeKeyWriter, value, bytesWriter, headers)
        } catch (error) {
          this.#refused(error, target, { key: textOf(storeKey), value, timestamp, headers }, () => true)
        }
      },
      appendValue: <V>(key: string, value: V, serializer: Serializer<V>, timestamp: number, headers = Headers.empty, suffix?: KeySuffix) => {
        storeKey.key = key
        storeKey.suffix = suffix
        try {
          if (serializer.write !== undefined) appender.append(partition, timestamp, storeKey, storeKeyWriter, value, serializer as ValueWriter<V>, headers)
          else appender.append(partition, timestamp, storeKey, storeKeyWriter, serializer.serialize(topic, value, headers), bytesWriter, headers)
        } catch (error) {
          this.#refused(error, target, { key: textOf(storeKey), value, timestamp, headers }, () => true)
        }
      },
    }
  }

  throwIfFailed(): void {
    this.#producer.throwIfFailed()
  }

  flush(): Promise<void> {
    return this.#producer.flush()
  }

  ackedOffsets(): ReadonlyMap<string, number> {
    const offsets = new Map<string, number>()
    for (const [key, { topic, partition, before }] of this.#changelogs) {
      const acked = this.#producer.ackedOffset(topic, partition)
      if (acked !== undefined && acked !== before) offsets.set(key, acked)
    }
    return offsets
  }

  forgetAcked(): void {
    for (const changelog of this.#changelogs.values()) changelog.before = this.#producer.ackedOffset(changelog.topic, changelog.partition)
  }

  get full(): boolean {
    return this.#producer.full
  }

  drained(): Promise<void> {
    return this.#producer.drained()
  }

  /** The producer belongs to the thread and stays open. */
  async close(): Promise<void> {
    this.#changelogs.clear()
  }
}

const serialized = <T>(serializer: Serializer<T>, topic: string, data: T | undefined, headers: Headers): Uint8Array | undefined =>
  data === undefined ? undefined : serializer.serialize(topic, data, headers)

const serializes = <T>(serializer: Serializer<T>, topic: string, data: T | undefined, headers: Headers): boolean => {
  try {
    serialized(serializer, topic, data, headers)
    return true
  } catch {
    return false
  }
}
