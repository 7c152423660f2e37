import { Headers } from '../core/headers.ts'
import type { Serde } from '../serdes/serde.ts'
import type { TestRecord } from './test-record.ts'

/** How a test writes to a topic. */
export interface InputTopicOptions<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Timestamp of the first record without one of its own, ms. Default: the driver's clock when the record is piped. */
  readonly startTimestampMs?: number | undefined
  /** How much later each further record without a timestamp is. Default 0. */
  readonly autoAdvanceMs?: number | undefined
}

export interface PipeOptions {
  readonly timestamp?: number | undefined
  readonly headers?: Headers | undefined
}

/** A {@link TestRecord} to write: time and headers may be left out. */
export type InputRecord<K, V> = Pick<TestRecord<K | undefined, V | undefined>, 'key' | 'value'> & PipeOptions

/** What an input topic needs of its driver. */
export interface RawInput {
  readonly now: number
  pipeRecord(topic: string, key: Uint8Array | undefined, value: Uint8Array | undefined, options: PipeOptions): void
}

/** Writes records to one topic; each is processed completely before the call returns. */
export class TestInputTopic<K, V> {
  readonly topic: string
  readonly #driver: RawInput
  readonly #options: InputTopicOptions<K, V>
  #next: number | undefined

  constructor(driver: RawInput, topic: string, options: InputTopicOptions<K, V>) {
    this.topic = topic
    this.#driver = driver
    this.#options = options
    this.#next = options.startTimestampMs
  }

  /** @throws whatever the topology throws, and {@link StreamsError} when no source reads the topic */
  pipeInput(key: K | undefined, value: V | undefined, options: PipeOptions = {}): void {
    const headers = options.headers ?? Headers.empty
    const timestamp = options.timestamp ?? this.#takeTimestamp()
    const keyBytes = this.#options.key.serializer.serialize(this.topic, key ?? undefined, headers)
    const valueBytes = this.#options.value.serializer.serialize(this.topic, value ?? undefined, headers)
    this.#driver.pipeRecord(this.topic, keyBytes, valueBytes, { timestamp, headers })
  }

  #takeTimestamp(): number {
    const advance = this.#options.autoAdvanceMs ?? 0
    const timestamp = this.#next ?? this.#driver.now
    if (this.#next !== undefined || advance > 0) this.#next = timestamp + advance
    return timestamp
  }

  /** Moves the timestamp of the records to come. */
  advanceTime(ms: number): void {
    this.#next = (this.#next ?? this.#driver.now) + ms
  }

  pipeKeyValueList(records: Iterable<readonly [K | undefined, V | undefined]>, times: { startTimestampMs?: number; advanceMs?: number } = {}): void {
    let timestamp = times.startTimestampMs
    for (const [key, value] of records) {
      this.pipeInput(key, value, { timestamp })
      if (timestamp !== undefined) timestamp += times.advanceMs ?? 0
    }
  }

  /** Values without keys. */
  pipeValueList(values: Iterable<V | undefined>, times: { startTimestampMs?: number; advanceMs?: number } = {}): void {
    this.pipeKeyValueList(Array.from(values, (value) => [undefined, value] as const), times)
  }

  /** A record as an output topic gives it; without a timestamp it gets that of any other record. */
  pipeRecord({ key, value, timestamp, headers }: InputRecord<K, V>): void {
    this.pipeInput(key, value, { timestamp, headers })
  }

  pipeRecordList(records: Iterable<InputRecord<K, V>>): void {
    for (const record of records) this.pipeRecord(record)
  }
}
