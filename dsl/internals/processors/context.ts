import type { Headers } from '../../../lib/core/headers.ts'
import type { ProcessorContext } from '../../../topology/api.ts'

/** A metric of a node: its name, how what is recorded becomes its value, and what it tells. */
export type NodeMetric = readonly [name: string, stat: 'occurrences' | 'count' | 'rate' | 'total' | 'avg' | 'max', description: string]

export interface NodeSensor {
  readonly isRecording: boolean
  record(value?: number): void
}

/** What the task's context offers to the DSL's own processors beside the public interface. */
export interface DslContext extends ProcessorContext {
  /** Counts a record that is skipped in `dropped-records-total`, and logs why. */
  recordDropped(reason: string): void
  /** Headers of the record that is being processed; under a cache flush, of the record that made the cached change. */
  readonly currentHeaders: Headers
  /** Shows what this node does as metrics of it, when the level is DEBUG; gone when the task is closed. */
  nodeSensor(metrics: readonly NodeMetric[]): NodeSensor
  /** A time (ms) that was remembered under that name, before a restart too. */
  rememberedTime(name: string): number | undefined
  /** Keeps a time with the committed offsets of the task, as Java keeps its processor metadata. */
  rememberTime(name: string, time: number): void
}

/** The DSL's processors only ever run in our task, whose contexts have these members. */
export const dslContext = (context: ProcessorContext): DslContext => context as DslContext
