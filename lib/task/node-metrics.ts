import { LatencyNotes } from '../metrics/latency-notes.ts'
import type { MetricScope, StatName } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { rateAndTotal } from '../metrics/stat-names.ts'

const GROUP = 'stream-processor-node-metrics'

const what = 'end-to-end latency of a record, measuring by comparing the record timestamp with the system time when it has been fully processed by the node'

const endToEnd: StatName[] = [
  ['record-e2e-latency-avg', 'avg', `The average ${what}`],
  ['record-e2e-latency-min', 'min', `The minimum ${what}`],
  ['record-e2e-latency-max', 'max', `The maximum ${what}`],
]

interface MeasuredNode {
  readonly latencies: LatencyNotes
  readonly endToEnd: Sensor
  /** Of sources: how many records. */
  readonly process: Sensor | undefined
}

/** What is known of the nodes of one task where records enter it and where they end. Nodes note times; the clock is looked at once for many. */
export class NodeMetrics {
  readonly #scope: MetricScope
  readonly #nodes: MeasuredNode[] = []

  constructor(scope: MetricScope) {
    this.#scope = scope
  }

  source(name: string): LatencyNotes {
    const tags = { 'processor-node-id': name }
    return this.#add(name, this.#scope.sensor(GROUP, 'DEBUG', rateAndTotal('process', 'calls to process'), tags))
  }

  /** A node without children. */
  terminal(name: string): LatencyNotes {
    return this.#add(name, undefined)
  }

  /** What else a node tells, in detail. */
  sensor(name: string, metrics: readonly StatName[]): Sensor {
    return this.#scope.sensor(GROUP, 'DEBUG', metrics, { 'processor-node-id': name })
  }

  #add(name: string, process: Sensor | undefined): LatencyNotes {
    const latencies = new LatencyNotes()
    this.#nodes.push({ latencies, endToEnd: this.#scope.sensor(GROUP, 'INFO', endToEnd, { 'processor-node-id': name }), process })
    return latencies
  }

  settle(nowMs: number): void {
    for (const { latencies, endToEnd, process } of this.#nodes) {
      const { count } = latencies
      if (count === 0) continue
      process?.recordMany(count, count, 1, 1, nowMs)
      latencies.settle(endToEnd, nowMs)
    }
  }
}
