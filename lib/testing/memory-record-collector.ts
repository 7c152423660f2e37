import { ByteWriter } from '../core/byte-writer.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { Headers } from '../core/headers.ts'
import { Headers as HeaderList } from '../core/headers.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { ChangelogAppender, KeySuffix } from '../../stores/internals/store-context.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { ErrorHandlerContext } from '../../topology/exception-handlers.ts'
import { asError, ProcessingError } from '../task/errors.ts'
import { askProductionHandler } from '../task/production-answer.ts'
import type { CollectorHost, RecordCollector, RecordSender, SendTarget } from '../task/record-collector.ts'
import { sizeOfHeaders } from '../task/topic-metrics.ts'

/** A record that a topology wrote, as bytes. */
export interface ProducedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  /** Undefined when the record was written without one. */
  readonly timestamp: number | undefined
  readonly headers: Headers
}

/** Every topic has one partition under the test driver. */
const PARTITIONS = 1
/** Enough for what most stores put behind their keys. */
const SUFFIX_BYTES = 16

const storeKeyBytes = (key: string, suffix: KeySuffix | undefined): Buffer => {
  const out = new ByteWriter(key.length + SUFFIX_BYTES)
  out.writeLatin1(key)
  suffix?.write(out)
  return Buffer.from(out.view())
}

const copyOf = (bytes: Uint8Array | undefined): Buffer | undefined => (bytes === undefined ? undefined : Buffer.from(bytes))

/** Keeps what a task writes in a list. */
export class MemoryRecordCollector implements RecordCollector {
  readonly full = false
  readonly #config: StreamsConfig
  readonly #nextOffsets = new Map<string, number>()
  #records: ProducedRecord[] = []
  #host: CollectorHost | undefined

  /** `config` names the production exception handler and the dead letter topic. */
  constructor(config: StreamsConfig) {
    this.#config = config
  }

  attach(host: CollectorHost): void {
    this.#host = host
  }

  /** What was written since the last call. */
  take(): ProducedRecord[] {
    const records = this.#records
    this.#records = []
    return records
  }

  sender<K, V>(target: SendTarget<K, V>): RecordSender<K, V> {
    const { topic, partitioner, keySerializer, valueSerializer, traffic } = target
    return (key, value, timestamp, headers) => {
      const partitions = partitioner?.(topic, key, value, PARTITIONS)
      const chosen = partitions === undefined ? [0] : typeof partitions === 'number' ? [partitions] : partitions
      if (chosen.length === 0) this.#host?.recordDropped(`the partitioner of ${target.nodeName} choosing no partition`)
      if (chosen.length === 0) return false
      const failed = { topic, key, value, timestamp, headers }
      const keyBytes = this.#serialize(keySerializer, 'key', key, failed, target.nodeName)
      if (keyBytes === false) return false
      const valueBytes = this.#serialize(valueSerializer, 'value', value, failed, target.nodeName)
      if (valueBytes === false) return false
      for (const partition of chosen) {
        this.#append(topic, partition, keyBytes, valueBytes, timestamp, headers)
        if (traffic !== undefined) {
          traffic.records++
          traffic.bytes += (keyBytes?.length ?? 0) + (valueBytes?.length ?? 0) + sizeOfHeaders(headers)
        }
      }
      return true
    }
  }

  /** The bytes; false when the handler says to drop the record. */
  #serialize<T>(
    serializer: Serializer<T>,
    side: 'key' | 'value',
    data: T | undefined,
    record: { readonly topic: string; readonly key: unknown; readonly value: unknown; readonly timestamp: number; readonly headers: Headers },
    nodeName: string,
  ): Buffer | undefined | false {
    try {
      return copyOf(serializer.serialize(record.topic, data, record.headers))
    } catch (cause) {
      const error = asError(cause)
      const { topic } = record
      const context = this.#host?.errorContext(nodeName) ?? contextOf(record, nodeName)
      const { result, letters } = askProductionHandler(this.#config, context, { ...record, partition: undefined, serialization: side }, error)
      for (const letter of letters) this.#append(letter.topic, 0, letter.key, letter.value, letter.timestamp, letter.headers)
      if (result === 'continue') {
        this.#host?.recordDropped(`an error of the ${side} serializer`)
        return false
      }
      throw new ProcessingError(`Unable to serialize record: the ${side} serializer of ${nodeName} for topic ${topic} does not fit the data. ${error.message}`, { cause })
    }
  }

  #append(topic: string, partition: number, key: Uint8Array | undefined, value: Uint8Array | undefined, timestamp: number, headers: Headers): void {
    const at = partitionKey(topic, partition)
    const offset = this.#nextOffsets.get(at) ?? 0
    this.#nextOffsets.set(at, offset + 1)
    this.#records.push({ topic, partition, offset, key, value, timestamp: timestamp < 0 ? undefined : timestamp, headers })
  }

  changelog(topic: string, partition: number): ChangelogAppender {
    return {
      append: (key, value, timestamp, headers = HeaderList.empty, suffix) =>
        this.#append(topic, partition, storeKeyBytes(key, suffix), copyOf(value), timestamp, headers),
      appendValue: (key, value, serializer, timestamp, headers = HeaderList.empty, suffix) =>
        this.#append(topic, partition, storeKeyBytes(key, suffix), copyOf(serializer.serialize(topic, value, headers)), timestamp, headers),
    }
  }

  /** Serialization errors are thrown where they happen, and nothing else can fail. */
  throwIfFailed(): void {}

  async flush(): Promise<void> {}

  ackedOffsets(): ReadonlyMap<string, number> {
    return this.#nextOffsets
  }

  async drained(): Promise<void> {}

  async close(): Promise<void> {}
}

const contextOf = ({ timestamp, headers }: { readonly timestamp: number; readonly headers: Headers }, processorNodeId: string): ErrorHandlerContext => ({
  topic: undefined, partition: -1, offset: -1, headers, processorNodeId, taskId: '', timestamp, sourceRawKey: undefined, sourceRawValue: undefined,
})
