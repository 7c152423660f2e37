import { StreamsError } from '../core/errors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { ProducedRecord } from './memory-record-collector.ts'
import type { TestRecord } from './test-record.ts'

/** How a test reads a topic. */
export interface OutputTopicOptions<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** What a null on the wire reads as. */
type OrNull<T> = T | undefined

/** Reads what the topology wrote to one topic, each record once, in order. */
export class TestOutputTopic<K, V> {
  readonly topic: string
  readonly #queue: () => ProducedRecord[] | undefined
  readonly #options: OutputTopicOptions<K, V>

  /** `queue` finds the records that are not read yet; undefined: nothing was ever written. */
  constructor(topic: string, queue: () => ProducedRecord[] | undefined, options: OutputTopicOptions<K, V>) {
    this.topic = topic
    this.#queue = queue
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.queueSize === 0
  }

  /** Number of records that are not read yet. */
  get queueSize(): number {
    return this.#queue()?.length ?? 0
  }

  /** @throws {StreamsError} MILLRACE_TESTING_EMPTY_TOPIC when there is none */
  readRecord(): TestRecord<OrNull<K>, OrNull<V>> {
    const queue = this.#queue()
    const record = queue?.shift()
    if (record !== undefined) return this.#read(record)
    const message = queue === undefined ? `Uninitialized topic: ${this.topic}. Nothing was written to it.` : `Empty topic: ${this.topic}. All its records were read.`
    throw new StreamsError('MILLRACE_TESTING_EMPTY_TOPIC', message)
  }

  #read({ key, value, timestamp, headers }: ProducedRecord): TestRecord<OrNull<K>, OrNull<V>> {
    return {
      key: this.#options.key.deserializer.deserialize(this.topic, key, headers),
      value: this.#options.value.deserializer.deserialize(this.topic, value, headers),
      timestamp: timestamp ?? -1,
      headers,
    }
  }

  readKeyValue(): [OrNull<K>, OrNull<V>] {
    const { key, value } = this.readRecord()
    return [key, value]
  }

  readValue(): OrNull<V> {
    return this.readRecord().value
  }

  readRecordsToList(): TestRecord<OrNull<K>, OrNull<V>>[] {
    return (this.#queue()?.splice(0) ?? []).map((record) => this.#read(record))
  }

  readKeyValuesToList(): [OrNull<K>, OrNull<V>][] {
    return this.readRecordsToList().map(({ key, value }) => [key, value])
  }

  readValuesToList(): OrNull<V>[] {
    return this.readRecordsToList().map(({ value }) => value)
  }

  /** The last value of each key. @throws {StreamsError} when a record has no key */
  readKeyValuesToMap(): Map<K, OrNull<V>> {
    const map = new Map<K, OrNull<V>>()
    for (const { key, value } of this.readRecordsToList()) {
      if (key === undefined) throw new StreamsError('MILLRACE_TESTING_NULL_KEY', `A record of topic ${this.topic} has no key; read it with readRecordsToList().`)
      map.set(key, value)
    }
    return map
  }
}
