import { Headers } from '../../lib/core/headers.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { MockTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { StreamTask } from '../../lib/task/stream-task.ts'
import type { StreamTaskOptions } from '../../lib/task/stream-task.ts'
import type { TaskEnvironment } from '../../lib/task/task-environment.ts'
import { taskId } from '../../lib/task/task-id.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import { MemoryRecordCollector } from '../../lib/testing/memory-record-collector.ts'
import type { Processor, ProcessorContext, Record } from '../../topology/api.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { StreamsConfig } from '../../topology/config.ts'
import type { Topology } from '../../topology/topology.ts'

export const TEXT = { key: Serdes.string, value: Serdes.string }

export type TextRecord = Record<string | undefined, string | undefined>

/** A processor that does what a function says. */
export class Calling implements Processor<string, string> {
  context!: ProcessorContext
  readonly #process: (record: TextRecord, context: ProcessorContext) => void | Promise<void>
  readonly #init: ((context: ProcessorContext) => void) | undefined

  constructor(
    process: (record: TextRecord, context: ProcessorContext) => void | Promise<void>,
    init?: (context: ProcessorContext) => void,
  ) {
    this.#process = process
    this.#init = init
  }

  init(context: ProcessorContext): void {
    this.context = context
    this.#init?.(context)
  }

  process(record: TextRecord): void | Promise<void> {
    return this.#process(record, this.context)
  }
}

export const forwarding = (): Calling => new Calling((record, context) => context.forward(record))

export const environment = (config: StreamsConfigInput = {}, extra: Partial<TaskEnvironment> = {}): TaskEnvironment => ({
  taskId: taskId(0, 0),
  applicationId: 'app',
  config: new StreamsConfig({ applicationId: 'app', ...config }),
  time: new MockTime(),
  log: silentLogger,
  metrics: new MetricsRegistry(),
  threadId: 'test',
  stateDir: '/nowhere',
  ephemeral: true,
  ...extra,
})

/** A running task over a topology, and what comes out of it. */
export class TaskHarness {
  readonly task: StreamTask
  readonly collector: MemoryRecordCollector
  readonly time = new MockTime()
  readonly metrics = new MetricsRegistry()
  readonly #offsets = new Map<string, number>()

  constructor(topology: Topology, config: StreamsConfigInput = {}, extra: Partial<StreamTaskOptions> = {}) {
    const processors = topology.internals.setApplicationId('app').buildTopology()
    const env = environment(config, { time: this.time, metrics: this.metrics })
    this.collector = new MemoryRecordCollector(env.config)
    this.task = new StreamTask({
      ...env,
      topology: processors,
      inputPartitions: [...processors.sources.keys()].map((topic) => ({ topic, partition: 0 })),
      collector: this.collector,
      ...extra,
    })
  }

  start(): this {
    void this.task.open()
    this.task.start()
    return this
  }

  /** Adds records `[key, value, timestamp]` as one chunk. */
  add(topic: string, ...records: readonly (readonly [string | undefined, string | undefined, number])[]): this {
    const first = this.#offsets.get(topic) ?? 0
    this.#offsets.set(topic, first + records.length)
    const bytes = (text: string | undefined): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text))
    const raw = records.map(([key, value, timestamp], i) => ({
      offset: first + i,
      timestamp,
      key: bytes(key),
      value: bytes(value),
      headers: Headers.empty,
    }))
    this.task.addChunk(topic, 0, new MemoryChunk(raw))
    return this
  }

  /** What was written since the last call, as `key=value@timestamp`. */
  output(topic = 'out'): string[] {
    return this.collector
      .take()
      .filter((record) => record.topic === topic)
      .map(({ key, value, timestamp }) => `${textOf(key)}=${textOf(value)}@${timestamp}`)
  }

  get dropped(): number {
    return this.metrics.total('dropped-records-total')
  }
}

const textOf = (bytes: Uint8Array | undefined): string => (bytes === undefined ? 'null' : Buffer.from(bytes).toString())
