import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { InvalidStateStoreError, StreamsError } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { silentLogger } from '../core/log.ts'
import type { Logger } from '../core/log.ts'
import { MockTime } from '../core/time.ts'
import type { Metric } from '../metrics/metrics-registry.ts'
import { MetricsRegistry } from '../metrics/metrics-registry.ts'
import { metricsOptions } from '../task/metrics-options.ts'
import { KeyValueStoreBuilder } from '../../stores/internals/key-value-store-builder.ts'
import { keepsTimestamps } from '../../stores/internals/kept-beside.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import { GlobalStateTask } from '../task/global-state-task.ts'
import { StreamTask } from '../task/stream-task.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import { taskId } from '../task/task-id.ts'
import type { SessionStore } from '../../stores/session-store.ts'
import type { VersionedKeyValueStore } from '../../stores/versioned-store.ts'
import type { TimestampedWindowStore, WindowStore } from '../../stores/window-store.ts'
import type { KeyValueStore, StateStore, StoreBuilder, TimestampedKeyValueStore } from '../../topology/api.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { logAndContinue } from '../../topology/exception-handlers.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import { requireSerdes } from '../../topology/internals/missing-serdes.ts'
import type { Topology } from '../../topology/topology.ts'
import { MemoryChunk } from './memory-chunk.ts'
import type { ProducedRecord } from './memory-record-collector.ts'
import { MemoryRecordCollector } from './memory-record-collector.ts'
import type { InputTopicOptions, PipeOptions } from './test-input-topic.ts'
import { TestInputTopic } from './test-input-topic.ts'
import { isTimestampedKeyValueStore, PlainKeyValueStore } from './plain-key-value-store.ts'
import { PlainWindowStore } from './plain-window-store.ts'
import type { OutputTopicOptions } from './test-output-topic.ts'
import { TestOutputTopic } from './test-output-topic.ts'

export interface TopologyTestDriverOptions {
  /** Default: no settings but an application id. */
  readonly config?: StreamsConfigInput | undefined
  /** What the wall clock shows at the start, ms since the epoch. Default: now. It moves only by `advanceWallClockTime`. */
  readonly initialWallClockMs?: number | undefined
  /** Called for each record the topology writes, to any topic, when the step that wrote it is committed. */
  readonly onProduced?: ((record: ProducedRecord) => void) | undefined
  readonly log?: Logger | undefined
}

const DEFAULT_APPLICATION_ID = 'topology-test-driver'
/** As Java names the global task. */
const GLOBAL_TASK = taskId(-1, -1)
/** The partition of every topic. */
const PARTITION = 0

const ofAnotherKind = (name: string, kind: string): InvalidStateStoreError =>
  new InvalidStateStoreError(`Store ${name} is not a ${kind}. Use getStateStore('${name}') or the method for its kind.`)

/** Settings that Java keeps to itself: what joins and windows send when they close comes at once here, whatever the clock says. */
const UNTHROTTLED = {
  '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': 0,
  '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
} as const

/** As under Java's driver, global stores go on after bytes that cannot be read, and send no dead letters. */
const forGlobal = (config: StreamsConfig): StreamsConfig => {
  const given = { ...config.originals(), 'deserialization.exception.handler': logAndContinue }
  delete (given as Record<string, unknown>)['errors.dead.letter.queue.topic.name']
  return new StreamsConfig(given)
}

/**
 * Runs a topology without a broker, record by record: the real task, with all sub-topologies as one, memory for topics and
 * a clock that only tests move. Synchronous: when `pipeInput` returns, everything the record caused has happened and is
 * committed. (Only a processor that returns promises needs `await driver.settled()`.)
 *
 * @example
 * using driver = new TopologyTestDriver(topology)
 * const lines = driver.createInputTopic('lines', { key: Serdes.string, value: Serdes.string })
 * lines.pipeInput('k', 'to be', { timestamp: 0 })
 */
export class TopologyTestDriver {
  readonly #internals: InternalTopologyBuilder
  readonly #time: MockTime
  readonly #metrics: MetricsRegistry
  readonly #collector: MemoryRecordCollector
  readonly #task: StreamTask | undefined
  readonly #globalTask: GlobalStateTask | undefined
  readonly #globalTopics: ReadonlySet<string>
  readonly #stateDir: string
  readonly #onProduced: ((record: ProducedRecord) => void) | undefined
  readonly #inputTopics = new Set<string>()
  readonly #nextOffsets = new Map<string, number>()
  readonly #outputs = new Map<string, ProducedRecord[]>()
  #commitError: unknown
  /** A commit that waits for calls, which {@link settled} finishes. */
  #preparing: Promise<void> | undefined
  #isClosed = false

  /** @throws whatever keeps the topology from starting: a wrong configuration, a missing serde, a processor's `init` */
  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    const config = new StreamsConfig({ applicationId: DEFAULT_APPLICATION_ID, ...UNTHROTTLED, ...options.config })
    const { applicationId, statestoreCacheMaxBytes } = config.settings
    const internals = topology.internals.setApplicationId(applicationId)
    requireSerdes(internals, config.settings)
    this.#internals = internals
    this.#time = new MockTime(options.initialWallClockMs ?? Date.now())
    this.#metrics = new MetricsRegistry(metricsOptions(config, this.#time))
    this.#onProduced = options.onProduced
    this.#stateDir = path.join(tmpdir(), `millrace-test-driver-${randomUUID()}`)
    this.#globalTopics = internals.globalTopics()
    const environment: TaskEnvironment = {
      taskId: taskId(0, PARTITION),
      applicationId,
      config,
      time: this.#time,
      log: options.log ?? silentLogger,
      metrics: this.#metrics,
      threadId: 'TopologyTestDriver',
      stateDir: this.#stateDir,
      ephemeral: true,
    }
    this.#collector = new MemoryRecordCollector(config)
    const collector = this.#collector
    const globalTopology = internals.buildGlobalStateTopology()
    if (globalTopology !== undefined) {
      this.#globalTask = new GlobalStateTask({ ...environment, config: forGlobal(config), taskId: GLOBAL_TASK, topology: globalTopology, collector })
      void this.#globalTask.open()
    }
    const processors = internals.buildTopology()
    if (processors.nodes.length === 0) return
    for (const topic of processors.sources.keys()) this.#inputTopics.add(topic)
    this.#task = new StreamTask({
      ...environment,
      topology: processors,
      inputPartitions: [...this.#inputTopics].map((topic) => ({ topic, partition: PARTITION })),
      collector,
      cache: new ThreadCache(statestoreCacheMaxBytes),
      globalStore: (name) => this.#globalTask?.store(name),
    })
    void this.#task.open()
    this.#task.start()
    this.#capture()
  }

  /** What the wall clock shows, ms since the epoch. */
  get now(): number {
    return this.#time.now()
  }

  createInputTopic<K, V>(topic: string, options: InputTopicOptions<K, V>): TestInputTopic<K, V> {
    return new TestInputTopic(this, topic, options)
  }

  createOutputTopic<K, V>(topic: string, options: OutputTopicOptions<K, V>): TestOutputTopic<K, V> {
    return new TestOutputTopic(topic, () => this.#outputs.get(topic), options)
  }

  /** Writes one record as bytes. Timestamp: default the clock. @throws {StreamsError} when no source reads the topic */
  pipeRecord(topic: string, key: Uint8Array | undefined, value: Uint8Array | undefined, options: PipeOptions = {}): void {
    this.#expectOpen()
    const { timestamp = this.#time.now(), headers = Headers.empty } = options
    if (timestamp < 0) {
      throw new StreamsError('MILLRACE_RECORD_NEGATIVE_TIMESTAMP', `Invalid timestamp: ${timestamp}. Timestamp should always be non-negative or null.`)
    }
    const record = { key, value, timestamp, headers }
    if (!this.#feed(topic, record)) {
      throw new StreamsError('MILLRACE_TESTING_UNKNOWN_TOPIC', `Unknown topic: ${topic}. No source of the topology reads it.`)
    }
    this.#run()
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new StreamsError('MILLRACE_TESTING_CLOSED', 'This TopologyTestDriver is closed.')
  }

  /** Gives a record to whoever reads the topic; false when nobody does. */
  #feed(topic: string, record: Pick<ProducedRecord, 'key' | 'value' | 'headers'> & { readonly timestamp: number }): boolean {
    const isGlobal = this.#globalTopics.has(topic)
    const isInput = this.#isInput(topic)
    if (!isGlobal && !isInput) return false
    const offset = this.#nextOffsets.get(topic) ?? 0
    this.#nextOffsets.set(topic, offset + 1)
    const chunk = new MemoryChunk([{ ...record, offset }])
    if (isInput) this.#task?.addChunk(topic, PARTITION, chunk)
    if (isGlobal) {
      this.#globalTask?.update(topic, PARTITION, chunk)
      void this.#globalTask?.commit()
    }
    return true
  }

  /** True when a source reads the topic; one that a pattern matches is added when it is first seen. */
  #isInput(topic: string): boolean {
    if (this.#inputTopics.has(topic)) return true
    if (!this.#internals.usesPatternSubscription()) return false
    this.#internals.updateSubscribedTopics([...this.#inputTopics, topic])
    const source = this.#internals.buildTopology().sources.get(topic)
    if (source === undefined) return false
    this.#task?.addInput({ topic, partition: PARTITION }, source.name)
    this.#inputTopics.add(topic)
    return true
  }

  /** Processes what waits, record by record with a commit after each, until nothing is left or a promise holds it up. */
  #run(): void {
    const task = this.#task
    if (this.#preparing !== undefined) return
    while (task?.hasRecords) {
      const processed = task.process(1)
      if (task.waiting !== undefined) {
        if (processed === 0) return
      } else if (!this.#commit(task)) {
        return
      }
    }
    if (task?.waiting === undefined) this.#capture()
  }

  /** Commits and takes what was written; false when calls for what was in caches hold it up. */
  #commit(task: StreamTask): boolean {
    const preparing = task.prepareCommit()
    if (preparing === undefined) {
      this.#committed(task)
      return true
    }
    preparing.catch(() => {})
    this.#preparing = preparing
    return false
  }

  #committed(task: StreamTask): void {
    const committing = task.postCommit()
    committing?.catch((error: unknown) => {
      this.#commitError ??= error
    })
    this.#capture()
  }

  /** Takes what was written, and gives back to the topology what it reads itself. */
  #capture(): void {
    for (const record of this.#collector.take()) {
      const written = this.#outputs.get(record.topic)
      if (written === undefined) this.#outputs.set(record.topic, [record])
      else written.push(record)
      this.#onProduced?.(record)
      this.#feed(record.topic, { ...record, timestamp: record.timestamp ?? -1 })
    }
  }

  /** Moves the clock, runs the wall-clock punctuators that are due (each once) and what follows from them. */
  advanceWallClockTime(ms: number): void {
    this.#expectOpen()
    this.#time.advance(ms)
    const task = this.#task
    if (task === undefined) return
    task.punctuateWallClock()
    if (task.waiting !== undefined || this.#preparing !== undefined) return
    if (this.#commit(task)) this.#run()
  }

  /** Resolves when the promises of processors, and everything that follows from them, are done. @throws what failed there */
  async settled(): Promise<void> {
    const task = this.#task
    if (task === undefined) return
    for (;;) {
      const preparing = this.#preparing
      const waiting = preparing ?? task.waiting
      if (waiting === undefined) return
      try {
        await waiting
      } finally {
        this.#preparing = undefined
      }
      if (preparing === undefined) {
        task.process(1)
        if (task.waiting !== undefined || !this.#commit(task)) continue
      } else {
        this.#committed(task)
      }
      this.#run()
    }
  }

  /**
   * A store of the topology, or a global store; by the builder it is typed: the builder of a plain key-value store shows the
   * store of a table without timestamps. Undefined when there is none of that name.
   */
  getStateStore<S extends StateStore>(store: StoreBuilder<S>): S | undefined
  getStateStore<S extends StateStore = StateStore>(name: string): S | undefined
  getStateStore(store: StoreBuilder | string): StateStore | undefined {
    const name = typeof store === 'string' ? store : store.name
    const found = this.#task?.store(name) ?? this.#globalTask?.store(name)
    const isPlain = store instanceof KeyValueStoreBuilder && found !== undefined && isTimestampedKeyValueStore(found)
    return isPlain ? new PlainKeyValueStore(found) : found
  }

  /** A key-value store by name; of a store whose values carry timestamps, the plain values. Undefined when there is none. */
  getKeyValueStore<K, V>(name: string): KeyValueStore<K, V> | undefined {
    const found = this.#storeOfKind(name, 'approximateNumEntries', 'key-value store')
    if (found === undefined) return undefined
    return (isTimestampedKeyValueStore(found) ? new PlainKeyValueStore(found) : found) as KeyValueStore<K, V>
  }

  getTimestampedKeyValueStore<K, V>(name: string): TimestampedKeyValueStore<K, V> | undefined {
    const found = this.#storeOfKind(name, 'approximateNumEntries', 'key-value store with timestamps')
    return (found !== undefined && isTimestampedKeyValueStore(found) ? found : undefined) as TimestampedKeyValueStore<K, V> | undefined
  }

  getVersionedKeyValueStore<K, V>(name: string): VersionedKeyValueStore<K, V> | undefined {
    const found = this.#storeOfKind(name, 'delete', 'versioned store')
    if (found !== undefined && 'putAll' in found) throw ofAnotherKind(name, 'versioned store')
    return found as VersionedKeyValueStore<K, V> | undefined
  }

  /** A window store by name; of a store whose values carry timestamps, the plain values. Undefined when there is none. */
  getWindowStore<K, V>(name: string): WindowStore<K, V> | undefined {
    const found = this.#storeOfKind(name, 'backwardFetchAll', 'window store')
    if (found === undefined) return undefined
    return (keepsTimestamps(found) ? new PlainWindowStore(found as TimestampedWindowStore<K, V>) : found) as WindowStore<K, V>
  }

  getTimestampedWindowStore<K, V>(name: string): TimestampedWindowStore<K, V> | undefined {
    const found = this.#storeOfKind(name, 'backwardFetchAll', 'window store with timestamps')
    return (found !== undefined && keepsTimestamps(found) ? found : undefined) as TimestampedWindowStore<K, V> | undefined
  }

  getSessionStore<K, V>(name: string): SessionStore<K, V> | undefined {
    return this.#storeOfKind(name, 'fetchSession', 'session store') as SessionStore<K, V> | undefined
  }

  /** @throws {InvalidStateStoreError} when the store is of another kind, which lacks that method */
  #storeOfKind(name: string, method: string, kind: string): StateStore | undefined {
    const found = this.getStateStore(name)
    if (found === undefined || method in found) return found
    throw ofAnotherKind(name, kind)
  }

  /** All stores by name, global ones included. */
  getAllStateStores(): Map<string, StateStore> {
    const stores = [...(this.#task?.stores() ?? []), ...(this.#globalTask?.stores() ?? [])]
    return new Map(stores.map((store) => [store.name, store]))
  }

  metrics(): Metric[] {
    return this.#metrics.read()
  }

  /** Sum of all `dropped-records-total` metrics. */
  droppedRecordsTotal(): number {
    return this.#metrics.total('dropped-records-total')
  }

  /** The topics that were written to, internal ones included. */
  producedTopicNames(): Set<string> {
    return new Set(this.#outputs.keys())
  }

  /** Everything not yet read from that topic, as bytes, internal topics included. */
  producedRecords(topic: string): readonly ProducedRecord[] {
    return this.#outputs.get(topic) ?? []
  }

  /** Closes processors and stores and removes the state directory. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      void this.#task?.close()
      void this.#globalTask?.close()
    } finally {
      rmSync(this.#stateDir, { recursive: true, force: true })
    }
    if (this.#commitError !== undefined) throw this.#commitError
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
