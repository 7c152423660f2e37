import type { LatencyNotes } from '../metrics/latency-notes.ts'
import type { Deserializer } from '../serdes/serde.ts'
import type { Record, TimestampExtractor } from '../../topology/api.ts'
import type { RecordState } from './record-state.ts'
import type { TaskNode } from './task-node.ts'

/** Where records enter a task: gives them to its children as they are. */
export class SourceNode implements TaskNode {
  readonly name: string
  readonly children: TaskNode[] = []
  readonly keyDeserializer: Deserializer<unknown>
  readonly valueDeserializer: Deserializer<unknown>
  readonly timestampExtractor: TimestampExtractor
  readonly #state: RecordState | undefined
  readonly #latencies: LatencyNotes | undefined

  constructor(
    name: string,
    keyDeserializer: Deserializer<unknown>,
    valueDeserializer: Deserializer<unknown>,
    timestampExtractor: TimestampExtractor,
    state?: RecordState,
    latencies?: LatencyNotes,
  ) {
    this.name = name
    this.keyDeserializer = keyDeserializer
    this.valueDeserializer = valueDeserializer
    this.timestampExtractor = timestampExtractor
    this.#state = state?.keepsSource === true ? state : undefined
    this.#latencies = latencies
  }

  process(record: Record<unknown, unknown>): void {
    if (this.#state !== undefined) this.#state.record = record
    if (this.#latencies !== undefined) this.#latencies.note(record.timestamp)
    const children = this.children
    for (let i = 0; i < children.length; i++) children[i]!.process(record)
  }
}
