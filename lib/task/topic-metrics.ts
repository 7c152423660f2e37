import type { Headers } from '../core/headers.ts'
import type { MetricScope } from '../metrics/metric-scope.ts'

const GROUP = 'stream-topic-metrics'

/** What went by: numbers that grow. Bytes are those of keys, values and headers. */
export interface TopicTraffic {
  records: number
  bytes: number
}

/** Timestamp, offset and partition, which Java counts as part of a record; and so is the name of its topic. */
const RECORD_BYTES = 8 + 8 + 4

const bytesOf = ({ records, bytes }: TopicTraffic, topic: string): number => bytes + records * (RECORD_BYTES + topic.length)

export const sizeOfHeaders = (headers: Headers): number => {
  let size = 0
  for (const { key, value } of headers) size += Buffer.byteLength(key) + (value?.length ?? 0)
  return size
}

/** What the sources of a task read and its sinks write, by topic (KIP-846). Costs the reader something, and those who count two additions. */
export class TopicMetrics {
  readonly #scope: MetricScope
  readonly #produced = new Map<string, TopicTraffic>()

  constructor(scope: MetricScope) {
    this.#scope = scope
  }

  consumed(nodeName: string, topic: string, traffic: () => TopicTraffic): void {
    this.#show('consumed', 'consumed from this topic', nodeName, topic, traffic)
  }

  produced(nodeName: string, topic: string): TopicTraffic {
    const key = `${nodeName}\0${topic}`
    let traffic = this.#produced.get(key)
    if (traffic === undefined) {
      const counted = { records: 0, bytes: 0 }
      traffic = counted
      this.#produced.set(key, counted)
      this.#show('produced', 'produced to this topic', nodeName, topic, () => counted)
    }
    return traffic
  }

  #show(what: 'consumed' | 'produced', done: string, nodeName: string, topic: string, traffic: () => TopicTraffic): void {
    const tags = { 'processor-node-id': nodeName, topic }
    this.#scope.gauge(GROUP, `records-${what}-total`, `The total number of records ${done}`, () => traffic().records, tags)
    this.#scope.gauge(GROUP, `bytes-${what}-total`, `The total number of bytes ${done}`, () => bytesOf(traffic(), topic), tags)
  }
}
