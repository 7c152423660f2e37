import type { RecordChunk } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { Serde } from '../serdes/serde.ts'
import type { Cancellable, StateStore, TaskId } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import { logAndSkipOnInvalidTimestamp } from '../../topology/timestamp-extractors.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import { defaultSerdes } from './default-serdes.ts'
import type { ProcessingErrors } from './error-handling.ts'
import { ErrorHandling } from './error-handling.ts'
import { asError, NodeFailure, TaskStateError } from './errors.ts'
import { inSequence } from './in-sequence.ts'
import { NodeMetrics } from './node-metrics.ts'
import { PendingWork } from './pending-work.ts'
import type { AsyncCalls } from '../../topology/async.ts'
import { invalid } from '../../topology/internals/invalid.ts'
import type { ContextHost } from './processor-context.ts'
import type { RecordCollector } from './record-collector.ts'
import { RecordQueue } from './record-queue.ts'
import type { MetricScope, StatName } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { Sensors } from '../metrics/sensors.ts'
import { rateAndTotal } from '../metrics/stat-names.ts'
import { RememberedTimes } from './remembered-times.ts'
import { RecordState } from './record-state.ts'
import { StateManager } from './state-manager.ts'
import { TaskStoreContext } from './store-context.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { TaskNodes } from './task-nodes.ts'

export interface GlobalStateTaskOptions extends TaskEnvironment {
  readonly topology: ProcessorTopology
  /** Takes dead letters only: global processors cannot send. */
  readonly collector: RecordCollector
}

/** Fills the global stores of an instance from all partitions of their topics. */
export class GlobalStateTask implements ContextHost {
  readonly taskId: TaskId
  readonly applicationId: string
  readonly state = new RecordState()
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  streamTime = -1
  readonly #options: GlobalStateTaskOptions
  readonly #errors: ErrorHandling
  readonly #scope: MetricScope
  readonly #nodes: TaskNodes
  readonly #stores: StateManager
  readonly #storeContext: TaskStoreContext
  readonly #pending = new PendingWork()
  readonly #queues = new Map<string, RecordQueue>()
  /** Next offset by `topic-partition`. */
  readonly #offsets = new Map<string, number>()

  constructor(options: GlobalStateTaskOptions) {
    const { topology, config, metrics, threadId, collector } = options
    this.#options = options
    this.taskId = options.taskId
    this.applicationId = options.applicationId
    const serdes = defaultSerdes(config)
    this.keySerde = serdes.key
    this.valueSerde = serdes.value
    this.metrics = new Sensors(metrics, threadId)
    this.#scope = metrics.scope({ 'thread-id': threadId, 'task-id': String(options.taskId) })
    const dropped = this.#scope.sensor('stream-task-metrics', 'INFO', rateAndTotal('dropped-records', 'dropped records'))
    this.#errors = new ErrorHandling(options, this.state, collector, dropped)
    // without the setting, errors of global processors are not the handler's business, as in Java
    const raw: ProcessingErrors = {
      processingFailed: (_node, _record, error) => {
        throw error
      },
    }
    const errors = config.settings.processingExceptionHandlerGlobalEnabled ? this.#errors : raw
    this.#nodes = new TaskNodes(topology, { environment: options, collector, host: this, errors, pending: this.#pending })
    this.#stores = new StateManager(options, {
      builders: topology.stores,
      changelogTopics: new Map(),
      sourceChangelogs: new Set(),
      partition: 0,
      collector: undefined,
      streamTime: () => this.streamTime,
      timestamp: () => this.state.timestamp,
    })
    this.#storeContext = new TaskStoreContext(options, serdes, this.state, this.#stores, undefined, (reason) => this.recordDropped(reason))
  }

  /** Opens the stores and initialises the processors. */
  open(): void | Promise<void> {
    const opened = this.#stores.open(this.#storeContext)
    return opened === undefined ? this.#nodes.init() : opened.then(() => this.#nodes.init())
  }

  /** The topics to read, all partitions of each. */
  topics(): string[] {
    return [...this.#nodes.topics()]
  }

  /** Where to go on in a partition; undefined: from the start. Only stores that keep their offsets know. */
  committedOffset(topic: string, partition: number): number | undefined {
    for (const store of this.#stores.stores()) {
      const offset = store.committedOffset?.({ topic, partition })
      if (offset !== undefined) return offset
    }
    return undefined
  }

  /** Takes records of a partition and puts them into the stores; releases the chunk. Returns how many there were. */
  update(topic: string, partition: number, chunk: RecordChunk): number {
    const queue = this.#queueOf(topic, partition)
    queue.add(chunk)
    const { state } = this
    let count = 0
    while (queue.advance()) {
      count++
      if (queue.load()) {
        state.set({ topic, partition, offset: queue.offset, timestamp: queue.headTimestamp, headers: queue.headers })
        state.source = queue
        if (queue.headTimestamp > this.streamTime) this.streamTime = queue.headTimestamp
        if (queue.headTimestamp > queue.partitionTime) queue.partitionTime = queue.headTimestamp
        this.#process(queue)
      }
      queue.consumed()
    }
    state.clear()
    if (queue.position !== undefined) this.#offsets.set(partitionKey(topic, partition), queue.position)
    return count
  }

  #process(queue: RecordQueue): void {
    try {
      queue.source.process(new Record(queue.key, queue.value, queue.headTimestamp, queue.headers))
    } catch (error) {
      throw error instanceof NodeFailure ? asError(error.cause) : error
    }
  }

  #queueOf(topic: string, partition: number): RecordQueue {
    const key = partitionKey(topic, partition)
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      const source = this.#nodes.source(topic)
      if (source === undefined) throw new TaskStateError(`There is no global store for topic ${topic}.`)
      // as in Java, timestamp extractors have no say here: a global store keeps the time in the record itself
      queue = new RecordQueue(topic, partition, source, this.#errors, logAndSkipOnInvalidTimestamp)
      this.#queues.set(key, queue)
    }
    return queue
  }

  /** Resolves when what processors promised is done. @throws what failed there */
  async settled(): Promise<void> {
    await this.#pending.settled()
    const error = this.#pending.takeError()
    if (error !== undefined) throw error
  }

  /** Makes the stores durable with the offsets up to which they were filled. */
  commit(): void | Promise<void> {
    return inSequence(this.#stores.stores(), (store) => {
      store.flushCache?.()
      return store.commit?.(this.#offsets)
    })
  }

  nodeSensor(nodeName: string, metrics: readonly StatName[]): Sensor {
    return new NodeMetrics(this.#scope).sensor(nodeName, metrics)
  }

  close(): void | Promise<void> {
    this.#scope.close()
    for (const queue of this.#queues.values()) queue.clear()
    this.#nodes.close()
    return this.#stores.close()
  }

  get stateDir(): string {
    return this.#storeContext.stateDir
  }

  get systemTime(): number {
    return this.#options.time.now()
  }

  store(name: string): StateStore | undefined {
    return this.#stores.store(name)
  }

  stores(): StateStore[] {
    return this.#stores.stores()
  }

  isGlobalStore(): boolean {
    return true
  }

  schedule(): Cancellable {
    throw new TaskStateError('Processors of global stores cannot schedule punctuations.')
  }

  /** Never committed: global stores have no operators that remember. */
  readonly times = new RememberedTimes()
  readonly metrics: Sensors

  asyncCalls(): AsyncCalls {
    throw invalid('Processors of global stores cannot make asynchronous calls: they have to be done when a record is.')
  }

  /** Global stores are committed on their own. */
  requestCommit(): void {}

  recordDropped(reason: string): void {
    this.#errors.recordDropped(reason)
  }

  appConfigs(): Readonly<globalThis.Record<string, unknown>> {
    return this.#storeContext.appConfigs()
  }

  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>> {
    return this.#storeContext.appConfigsWithPrefix(prefix)
  }
}
