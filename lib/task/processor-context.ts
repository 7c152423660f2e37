import type { Headers } from '../core/headers.ts'
import { StreamsError } from '../core/errors.ts'
import type { Serde } from '../serdes/serde.ts'
import type {
  Cancellable,
  ProcessorContext,
  PunctuationType,
  Punctuator,
  Record,
  RecordMetadata,
  StateStore,
  StoreBuilder,
  TaskId,
} from '../../topology/api.ts'
import type { AsyncCalls, AsyncOptions } from '../../topology/async.ts'
import type { StatName } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import type { StreamsMetrics } from '../../topology/streams-metrics.ts'
import type { ProcessorNode } from './processor-node.ts'
import type { RecordState } from './record-state.ts'
import type { RememberedTimes } from './remembered-times.ts'
import type { TaskNode } from './task-node.ts'

/** What the contexts of all nodes of a task share: the task, as they see it. */
export interface ContextHost {
  readonly applicationId: string
  readonly taskId: TaskId
  readonly stateDir: string
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly streamTime: number
  readonly systemTime: number
  readonly state: RecordState
  appConfigs(): Readonly<globalThis.Record<string, unknown>>
  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>>
  /** A store of the task or a global store. */
  store(name: string): StateStore | undefined
  isGlobalStore(name: string): boolean
  schedule(node: ProcessorNode, intervalMs: number, type: PunctuationType, punctuator: Punctuator, startMs: number | undefined): Cancellable
  asyncCalls(node: ProcessorNode, options?: AsyncOptions): AsyncCalls
  requestCommit(): void
  recordDropped(reason: string): void
  /** Shows what a node does as metrics of it. */
  nodeSensor(nodeName: string, metrics: readonly StatName[]): Sensor
  /** Sensors of processors. */
  readonly metrics: StreamsMetrics
  /** Times that processors keep with the committed offsets, by name. */
  readonly times: RememberedTimes
}

/** The context of one processor: knows its own children, so that forwarding asks nobody which node is running. */
export class NodeContext implements ProcessorContext {
  readonly applicationId: string
  readonly taskId: TaskId
  readonly #host: ContextHost
  readonly #state: RecordState
  readonly #node: ProcessorNode
  readonly #children: readonly TaskNode[]
  readonly #storeNames: ReadonlySet<string>
  readonly #isFixedKey: boolean

  constructor(host: ContextHost, node: ProcessorNode, storeNames: ReadonlySet<string>, isFixedKey = false) {
    this.#host = host
    this.#state = host.state
    this.#node = node
    this.#children = node.children
    this.#storeNames = storeNames
    this.#isFixedKey = isFixedKey
    this.applicationId = host.applicationId
    this.taskId = host.taskId
  }

  nodeSensor(metrics: readonly StatName[]): Sensor {
    return this.#host.nodeSensor(this.#node.name, metrics)
  }

  get metrics(): StreamsMetrics {
    return this.#host.metrics
  }

  forward(record: Record<unknown, unknown>, child?: string): void {
    const state = this.#state
    const isOther = state.keepsSource && (record !== state.record || this.#isFixedKey)
    if (child !== undefined || isOther || record.timestamp !== state.timestamp || record.headers !== state.headers) {
      this.#forwardChanged(record, child)
      return
    }
    const children = this.#children
    for (let i = 0; i < children.length; i++) children[i]!.process(record)
  }

  /** Children see timestamp and headers of the record they get; the processor afterwards those it had before. */
  #forwardChanged(record: Record<unknown, unknown>, child: string | undefined): void {
    const targets = child === undefined ? this.#children : [this.#child(child)]
    const state = this.#state
    const { timestamp, headers, isSent, record: previous } = state
    const isSame = record === previous && !this.#isFixedKey
    state.timestamp = record.timestamp
    state.headers = record.headers
    // as in Java what a fixed-key processor forwards is always a new record
    state.record = record
    try {
      for (const target of targets) target.process(record)
    } finally {
      state.timestamp = timestamp
      state.headers = headers
      if (!isSame) state.isSent = isSent
      state.record = previous
    }
  }

  #child(name: string): TaskNode {
    const found = this.#children.find((child) => child.name === name)
    if (found !== undefined) return found
    // Java's words and no more: they are the content of dead letters
    throw new StreamsError(
      'MILLRACE_FORWARD_UNKNOWN_CHILD',
      `Unknown downstream node: ${name} either does not exist or is not connected to this processor.`,
    )
  }

  getStateStore<S extends StateStore>(store: StoreBuilder<S> | string): S {
    const name = typeof store === 'string' ? store : store.name
    if (!this.#storeNames.has(name) && !this.#host.isGlobalStore(name)) {
      throw new StreamsError(
        'MILLRACE_STORE_NOT_CONNECTED',
        `Processor ${this.#node.name} has no access to StateStore ${name} as the store is not connected to the processor. ` +
          'Name the processor in addStateStore() or use connectProcessorAndStateStores(); in the DSL name the store in ' +
          'process() or list its builder in the supplier\'s `stores`.',
      )
    }
    const found = this.#host.store(name)
    if (found === undefined) throw new StreamsError('MILLRACE_STORE_NOT_OPEN', `StateStore ${name} is not open in this task.`)
    return found as S
  }

  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator, options?: { startMs?: number }): Cancellable {
    if (!(intervalMs >= 1)) {
      throw new StreamsError('MILLRACE_PUNCTUATION_INTERVAL', `The minimum supported scheduling interval is 1 millisecond. Got: ${intervalMs}`)
    }
    return this.#host.schedule(this.#node, intervalMs, type, punctuator, options?.startMs)
  }

  asyncCalls(options?: AsyncOptions): AsyncCalls {
    return this.#host.asyncCalls(this.#node, options)
  }

  commit(): void {
    this.#host.requestCommit()
  }

  get stateDir(): string {
    return this.#host.stateDir
  }

  get keySerde(): Serde<unknown> {
    return this.#host.keySerde
  }

  get valueSerde(): Serde<unknown> {
    return this.#host.valueSerde
  }

  get currentStreamTimeMs(): number {
    return this.#host.streamTime
  }

  get currentSystemTimeMs(): number {
    return this.#host.systemTime
  }

  get recordMetadata(): RecordMetadata | undefined {
    return this.#state.metadata()
  }

  /** For the DSL's own processors: headers of the current record. */
  get currentHeaders(): Headers {
    return this.#state.headers
  }

  /** For the DSL's own processors: counts and logs a record that is skipped. */
  recordDropped(reason: string): void {
    this.#host.recordDropped(reason)
  }

  /** For the DSL's own processors: a time that was remembered under that name, before a restart too. */
  rememberedTime(name: string): number | undefined {
    return this.#host.times.get(name)
  }

  /** For the DSL's own processors: keeps a time with the committed offsets of the task. */
  rememberTime(name: string, time: number): void {
    this.#host.times.set(name, time)
  }

  appConfigs(): Readonly<globalThis.Record<string, unknown>> {
    return this.#host.appConfigs()
  }

  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>> {
    return this.#host.appConfigsWithPrefix(prefix)
  }
}
