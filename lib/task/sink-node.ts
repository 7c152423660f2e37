import { StreamsError } from '../core/errors.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { Record, StreamPartitioner, TopicNameExtractor } from '../../topology/api.ts'
import type { RecordCollector, RecordSender } from './record-collector.ts'
import type { RecordState } from './record-state.ts'
import type { TaskNode } from './task-node.ts'

/** How a sink writes, with its serdes found. */
export interface SinkFormat {
  readonly keySerializer: Serializer<unknown>
  readonly valueSerializer: Serializer<unknown>
  readonly partitioner: StreamPartitioner<unknown, unknown> | undefined
}

/** Hands records to the collector, for one topic. */
export class SinkNode implements TaskNode {
  readonly name: string
  readonly #send: RecordSender<unknown, unknown>
  readonly #state: RecordState

  constructor(name: string, topic: string, format: SinkFormat, collector: RecordCollector, state: RecordState) {
    this.name = name
    this.#state = state
    this.#send = collector.sender({ topic, nodeName: name, ...format })
  }

  process(record: Record<unknown, unknown>): void {
    if (this.#send(record.key, record.value, record.timestamp, record.headers)) this.#state.isSent = true
  }
}

/** Hands records to the collector, each for the topic that a function names. */
export class DynamicSinkNode implements TaskNode {
  readonly name: string
  readonly #topicOf: TopicNameExtractor<unknown, unknown>
  readonly #format: SinkFormat
  readonly #collector: RecordCollector
  readonly #state: RecordState
  readonly #senders = new Map<string, RecordSender<unknown, unknown>>()

  constructor(
    name: string,
    topicOf: TopicNameExtractor<unknown, unknown>,
    format: SinkFormat,
    collector: RecordCollector,
    state: RecordState,
  ) {
    this.name = name
    this.#topicOf = topicOf
    this.#format = format
    this.#collector = collector
    this.#state = state
  }

  process(record: Record<unknown, unknown>): void {
    const topic = this.#topicOf(record.key, record.value, this.#state.context())
    if (typeof topic !== 'string') {
      throw new StreamsError('MILLRACE_SINK_NO_TOPIC', `The topic name extractor of sink ${this.name} returned ${String(topic)} instead of a topic name.`)
    }
    let send = this.#senders.get(topic)
    if (send === undefined) {
      send = this.#collector.sender({ topic, nodeName: this.name, ...this.#format })
      this.#senders.set(topic, send)
    }
    if (send(record.key, record.value, record.timestamp, record.headers)) this.#state.isSent = true
  }
}
