import { performance } from 'node:perf_hooks'
import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { StatName } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { Sensors } from '../metrics/sensors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { Cancellable, PunctuationType, Punctuator, StateStore, TaskId } from '../../topology/api.ts'
import type { AsyncCalls, AsyncOptions } from '../../topology/async.ts'
import { AsyncWork } from './async/async-work.ts'
import { CommitNeeds } from './commit-needs.ts'
import { defaultSerdes } from './default-serdes.ts'
import { ErrorHandling } from './error-handling.ts'
import { PendingWork } from './pending-work.ts'
import type { ContextHost } from './processor-context.ts'
import type { ProcessorNode } from './processor-node.ts'
import { Punctuation } from './punctuation.ts'
import { Readiness } from './readiness.ts'
import { RecordProcessing } from './record-processing.ts'
import type { RecordState } from './record-state.ts'
import type { RememberedTimes } from './remembered-times.ts'
import type { CommittableOffset, StreamTaskOptions, TaskState } from './stream-task-options.ts'
import type { ChangelogPartition } from './state-manager.ts'
import { TaskCommit } from './task-commit.ts'
import { TaskInputs } from './task-inputs.ts'
import { TaskLifecycle } from './task-lifecycle.ts'
import { TaskMetrics } from './task-metrics.ts'
import { TaskNodes } from './task-nodes.ts'
import { TaskProgress } from './task-progress.ts'
import { TaskStores } from './task-stores.ts'

export type { CommittableOffset, StreamTaskOptions, TaskState } from './stream-task-options.ts'

/**
 * One sub-topology over one partition of each of its topics. Knows no client and no thread: the caller feeds chunks of
 * records and calls `process`, and the collector takes what comes out.
 *
 * Order of calls: `open`, `restore` until the changelogs are read, `start`, then `addChunk`, `process`,
 * `punctuateWallClock`, and for a commit `prepareCommit`, flushing the collector, `committableOffsets`, committing them,
 * `postCommit`; at last `close`.
 */
export class StreamTask implements ContextHost {
  readonly id: TaskId
  readonly taskId: TaskId
  readonly applicationId: string
  readonly inputPartitions: readonly TopicPartition[]
  readonly state: RecordState
  readonly metrics: Sensors
  /** Since when there is nothing that it may process, ms; undefined while there is. */
  idleSinceMs: number | undefined
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly #options: StreamTaskOptions
  readonly #lifecycle: TaskLifecycle
  readonly #nodes: TaskNodes
  readonly #stores: TaskStores
  readonly #inputs: TaskInputs
  readonly #progress: TaskProgress
  readonly #readiness: Readiness
  readonly #errors: ErrorHandling
  readonly #async: AsyncWork
  readonly #punctuation: Punctuation
  readonly #processing: RecordProcessing
  readonly #needs = new CommitNeeds()
  readonly #commit: TaskCommit
  readonly #metrics: TaskMetrics

  /** @throws {TaskInitializationError} when a serde is missing */
  constructor(options: StreamTaskOptions) {
    const { topology, collector, config, metrics, threadId } = options
    this.#options = options
    this.id = this.taskId = options.taskId
    this.applicationId = options.applicationId
    this.inputPartitions = options.inputPartitions
    this.#lifecycle = new TaskLifecycle(options.taskId)
    const stores = options.stores ?? new TaskStores(options)
    this.#stores = stores
    const state = stores.state
    this.state = state
    const serdes = defaultSerdes(config)
    this.keySerde = serdes.key
    this.valueSerde = serdes.value
    this.metrics = new Sensors(metrics, threadId)
    const measured = new TaskMetrics(options)
    this.#metrics = measured
    const errors = new ErrorHandling(options, state, collector, measured.dropped)
    this.#errors = errors
    collector.attach?.(errors)
    const pending = new PendingWork()
    const needs = this.#needs
    const punctuation = new Punctuation({ state, pending, errors, needs, punctuated: measured.punctuate })
    this.#punctuation = punctuation
    const async = new AsyncWork(state, errors, pending)
    this.#async = async
    this.#nodes = new TaskNodes(topology, { environment: options, collector, host: this, errors, pending, metrics: measured })
    this.#inputs = new TaskInputs(options.taskId, this.inputPartitions, this.#nodes, errors, measured.topics)
    const { group } = this.#inputs
    const progress = new TaskProgress(group, async)
    this.#progress = progress
    this.#readiness = new Readiness(config.settings.maxTaskIdleMs)
    const processing = new RecordProcessing({ taskId: options.taskId, group, state, pending, async, punctuation, needs, lateness: measured.lateness })
    this.#processing = processing
    const isExactlyOnce = config.settings.processingGuarantee !== 'at_least_once'
    this.#commit = new TaskCommit({ isExactlyOnce, lifecycle: this.#lifecycle, processing, pending, async, stores, collector, progress, needs })
    stores.usedBy(this)
    const cacheBytes = (): number => options.cache?.sizeOf(String(options.taskId)) ?? 0
    measured.gauges({ bufferedRecords: () => this.bufferedRecords(), cacheBytes })
  }

  get lifecycle(): TaskState {
    return this.#lifecycle.state
  }

  /** What processors remember beside their stores; committed with every offset of the task. */
  get times(): RememberedTimes {
    return this.#progress.times
  }

  /** How long the last call of {@link process} that did something took, ms. */
  get lastProcessMs(): number {
    return this.#metrics.lastProcessMs
  }

  /** Tells by how much the number of changelog records to be restored has changed, and that some were restored. */
  restoring(remainingChange: number, restored: number): void {
    this.#metrics.remainingRecords += remainingChange
    if (restored > 0) this.#metrics.restored.record(restored)
  }

  /** By `partitionKey`: the offsets that this run has committed last. */
  get committed(): ReadonlyMap<string, number> {
    return this.#progress.committed
  }

  // --- life cycle

  /** Opens the stores, unless they were handed over open. Synchronous when all stores are. */
  open(): void | Promise<void> {
    this.#lifecycle.expect('created')
    const opened = this.#stores.isOpen ? undefined : this.#stores.open()
    const done = (): void => {
      this.#lifecycle.state = 'restoring'
    }
    return opened === undefined ? done() : opened.then(done)
  }

  /** What has to be read into the stores before `start`, and from where. */
  changelogPartitions(): ChangelogPartition[] {
    return this.#stores.changelogPartitions()
  }

  /** See {@link TaskStores.changelogIs}. */
  changelogIs(topic: string, partition: number, topicId: string): void {
    this.#stores.changelogIs(topic, partition, topicId)
  }

  /** Puts up to `max` changelog records behind the cursor into their store; returns how many there were. */
  restore(topic: string, partition: number, cursor: RecordCursor, max: number): number {
    this.#lifecycle.expect('restoring')
    return this.#stores.restore(topic, partition, cursor, max)
  }

  /** Says that the changelog is restored up to, not including, that offset. */
  restoredTo(topic: string, partition: number, offset: number): void {
    this.#stores.restoredTo(topic, partition, offset)
  }

  /** Initialises the processors; from now on records are processed. @throws {TaskInitializationError} */
  start(): void {
    this.#lifecycle.expect('restoring')
    this.#nodes.init()
    this.state.clear()
    this.#lifecycle.state = 'running'
  }

  /** Takes no more records until `resume`. */
  suspend(): void {
    this.#lifecycle.expect('running', 'restoring', 'created', 'suspended')
    if (this.#lifecycle.state === 'running') this.#lifecycle.state = 'suspended'
  }

  resume(): void {
    this.#lifecycle.expect('suspended', 'running')
    this.#lifecycle.state = 'running'
  }

  /** Closes processors and stores. What was not committed before is lost, and will be processed again. */
  close(): void | Promise<void> {
    if (this.#lifecycle.state === 'closed') return
    const { isCommitted } = this
    const failed = this.#end()
    const finish = (): void => {
      if (failed !== undefined) throw failed
    }
    const closing = this.#stores.close(isCommitted)
    return closing === undefined ? finish() : closing.then(finish)
  }

  /** True when its stores hold just what was committed. */
  get isCommitted(): boolean {
    return this.#needs.isCommitted
  }

  /**
   * Closes processors, and leaves the stores open for the standby that takes this task's place. Only for a task that
   * {@link isCommitted}.
   */
  handOver(): TaskStores {
    this.#lifecycle.expect('restoring', 'running', 'suspended')
    const failed = this.#end()
    if (failed !== undefined) this.#options.log.error({ err: failed, taskId: String(this.taskId) }, 'closing a processor failed')
    return this.#stores
  }

  /** Ends everything but the stores; answers the first error. */
  #end(): unknown {
    const wasStarted = this.#lifecycle.isStarted
    this.#lifecycle.state = 'closed'
    this.#async.close()
    this.#inputs.group.clear()
    this.state.clear()
    this.#metrics.close()
    try {
      if (wasStarted) this.#nodes.close()
      return undefined
    } catch (error) {
      return error
    }
  }

  // --- records

  /** Adds a partition of a topic that was found for a source that reads by pattern. */
  addInput(input: TopicPartition, sourceName: string): void {
    this.#inputs.add(input, sourceName)
  }

  /** Takes records of an input partition; the task releases the chunk when it is used up. */
  addChunk(topic: string, partition: number, chunk: RecordChunk): void {
    // nothing but markers or aborted records: no lag is to be left behind
    if (chunk.count === 0) this.#needs.isNeeded = true
    this.#inputs.addChunk(topic, partition, chunk)
    this.#noteQueue(topic, partition, this.systemTime)
  }

  /** Records that wait, of one input partition or of all. */
  bufferedRecords(topic?: string, partition?: number): number {
    return this.#inputs.bufferedRecords(topic, partition)
  }

  /** Bytes of the chunks of an input partition that are not used up. */
  bufferedBytes(topic: string, partition: number): number {
    return this.#inputs.bufferedBytes(topic, partition)
  }

  /** Tells how far the fetched data of an input partition is behind the partition's end: for `max.task.idle.ms`. */
  setLag(topic: string, partition: number, lag: number | undefined, nowMs = this.systemTime): void {
    this.#inputs.setLag(topic, partition, lag)
    this.#noteQueue(topic, partition, nowMs)
  }

  #noteQueue(topic: string, partition: number, nowMs: number): void {
    if (this.inputPartitions.length < 2) return
    const queue = this.#inputs.group.queue(topic, partition)
    if (queue !== undefined) this.#readiness.note(queue, nowMs)
  }

  /** Tells from which offset on an input partition will be read. */
  startsAt(topic: string, partition: number, offset: number): void {
    this.#progress.startsAt(topic, partition, offset)
  }

  /** Sets what was committed with an input partition: its partition time before this run. */
  setPartitionTime(topic: string, partition: number, partitionTime: number): void {
    this.#inputs.setPartitionTime(topic, partition, partitionTime)
  }

  get hasRecords(): boolean {
    return this.#inputs.group.hasRecords
  }

  /** False while `max.task.idle.ms` says to wait for partitions that have nothing buffered, see {@link setLag}. */
  isProcessable(nowMs: number): boolean {
    const isProcessable = this.#mayProcess(nowMs)
    this.idleSinceMs = isProcessable ? undefined : (this.idleSinceMs ?? nowMs)
    return isProcessable
  }

  #mayProcess(nowMs: number): boolean {
    if (this.#async.size > 0 && (this.#async.isReady || this.#async.isFull)) return this.#async.isReady
    const { group } = this.#inputs
    if (!group.hasRecords) return false
    if (group.allHaveRecords) return true
    if (!this.#readiness.isReady(group.queues(), nowMs)) return false
    this.#metrics.enforced.recordAt(1, nowMs)
    return true
  }

  /** Resolves when promises or calls under way let the task go on; undefined when there are none. Never rejects. */
  get waiting(): Promise<void> | undefined {
    return this.#processing.waiting
  }

  /**
   * Processes up to `maxRecords` records and the stream-time punctuations between them; returns how many records (and
   * results of calls). Stops early when a processor returned a promise, or as many calls are under way as may be: see
   * {@link waiting}; and when a partition has run out of records while others have some: see {@link isProcessable}.
   * @throws {ProcessingError} when something failed and its handler said fail; the task can then only be closed
   */
  process(maxRecords: number): number {
    this.#lifecycle.expect('running')
    const begunAt = performance.now()
    const count = this.#processing.process(maxRecords)
    if (count > 0) this.#metrics.processed(count, begunAt)
    return count
  }

  // --- punctuation

  schedule(node: ProcessorNode, intervalMs: number, type: PunctuationType, punctuator: Punctuator, startMs: number | undefined): Cancellable {
    const nowMs = type === 'wall-clock-time' ? this.systemTime : this.streamTime
    return this.#punctuation.schedule({ node, intervalMs, punctuator, startMs }, type, nowMs)
  }

  /** When the next wall-clock punctuator is due, ms since the epoch; Infinity without one. */
  get nextWallClockPunctuationMs(): number {
    return this.#punctuation.nextWallClockMs
  }

  /** Runs the wall-clock punctuators that are due; returns how many. @throws {ProcessingError} */
  punctuateWallClock(): number {
    this.#lifecycle.expect('running')
    return this.#processing.finishPending() ? this.#punctuation.runWallClock(this.systemTime) : 0
  }

  // --- commit

  /** True when something happened since the last commit. */
  get commitNeeded(): boolean {
    return this.#needs.isNeeded && !this.#needs.hasGivenUp
  }

  /** True when {@link postCommit} may be called again before it is done. */
  get takesCommitsAhead(): boolean {
    return this.#stores.takesCommitsAhead
  }

  /** True when a processor asked for a commit or a store's write buffer is full. */
  get commitRequested(): boolean {
    return (this.#needs.isRequested || this.#stores.wantsCommit) && !this.#needs.hasGivenUp
  }

  requestCommit(): void {
    this.#needs.isRequested = true
  }

  /**
   * Waits for what a commit must not leave out, and empties the caches of the stores. Then the collector is to be flushed.
   * Calls for source records need no waiting, since their offsets are not committed before they are done; unless with
   * exactly-once, where what such a record has already done would be committed without it.
   */
  prepareCommit(): void | Promise<void> {
    return this.#commit.prepare()
  }

  /**
   * Finishes the calls under way, without taking further records, before the task is committed for the last time. When that
   * takes longer than `limitMs` the task has nothing more to commit: what is not committed will be processed again.
   * @throws {ProcessingError} as {@link process}
   */
  drain(limitMs: number): Promise<void> {
    return this.#commit.drain(limitMs)
  }

  /** True when work was given up half done: with exactly-once nothing of what it sent may be committed. */
  get hasGivenUp(): boolean {
    return this.#needs.hasGivenUp
  }

  /** The source offsets to commit: those that changed, and with exactly-once always one, see {@link TaskProgress.changedOrAll}. */
  committableOffsets(): CommittableOffset[] {
    return this.#commit.offsets()
  }

  /** Up to where each input is processed: offsets of the next records. */
  positions(): CommittableOffset[] {
    return this.#progress.positions()
  }

  /** Makes the stores durable with the offsets of their changelogs. To be called when the offsets are committed. */
  postCommit(): void | Promise<void> {
    return this.#commit.finish()
  }

  // --- what contexts ask

  nodeSensor(nodeName: string, metrics: readonly StatName[]): Sensor {
    return this.#metrics.nodes.sensor(nodeName, metrics)
  }

  asyncCalls(node: ProcessorNode, options?: AsyncOptions): AsyncCalls {
    return this.#async.lane(node.name, options)
  }

  get stateDir(): string {
    return this.#stores.stateDir
  }

  get streamTime(): number {
    return this.#inputs.group.streamTime
  }

  get systemTime(): number {
    return this.#options.time.now()
  }

  /** A store of this task, or a global store. */
  store(name: string): StateStore | undefined {
    return this.#stores.store(name) ?? this.#options.globalStore?.(name)
  }

  /** The stores of this task. */
  stores(): StateStore[] {
    return this.#stores.stores()
  }

  isGlobalStore(name: string): boolean {
    return this.#options.topology.globalStores.has(name)
  }

  recordDropped(reason: string): void {
    this.#errors.recordDropped(reason)
  }

  appConfigs(): Readonly<globalThis.Record<string, unknown>> {
    return this.#stores.appConfigs()
  }

  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>> {
    return this.#stores.appConfigsWithPrefix(prefix)
  }
}
