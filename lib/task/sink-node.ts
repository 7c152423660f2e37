import { StreamsError } from '../core/errors.ts'
import type { LatencyNotes } from '../metrics/latency-notes.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { Record, StreamPartitioner, TopicNameExtractor } from '../../topology/api.ts'
import type { RecordCollector, RecordSender } from './record-collector.ts'
import type { RecordState } from './record-state.ts'
import type { TopicTraffic } from './topic-metrics.ts'
import type { TaskNode } from './task-node.ts'

/** How a sink writes, with its serdes found. */
export interface SinkFormat {
  readonly keySerializer: Serializer<unknown>
  readonly valueSerializer: Serializer<unknown>
  readonly partitioner: StreamPartitioner<unknown, unknown> | undefined
  /** What is counted of the records for a topic. */
  readonly traffic: (topic: string) => TopicTraffic | undefined
  readonly latencies: LatencyNotes | undefined
}

/** Hands records to the collector, for one topic. */
export class SinkNode implements TaskNode {
  readonly name: string
  readonly #send: RecordSender<unknown, unknown>
  readonly #state: RecordState
  readonly #latencies: LatencyNotes | undefined

  constructor(name: string, topic: string, format: SinkFormat, collector: RecordCollector, state: RecordState) {
    this.name = name
    this.#state = state
    this.#latencies = format.latencies
    this.#send = collector.sender({ ...format, topic, nodeName: name, traffic: format.traffic(topic) })
  }

  process(record: Record<unknown, unknown>): void {
    if (this.#send(record.key, record.value, record.timestamp, record.headers)) this.#state.isSent = true
    if (this.#latencies !== undefined) this.#latencies.note(record.timestamp)
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
      send = this.#collector.sender({ ...this.#format, topic, nodeName: this.name, traffic: this.#format.traffic(topic) })
      this.#senders.set(topic, send)
    }
    if (send(record.key, record.value, record.timestamp, record.headers)) this.#state.isSent = true
    this.#format.latencies?.note(record.timestamp)
  }
}
