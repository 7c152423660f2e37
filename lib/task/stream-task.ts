import type { RecordChunk, RecordCursor } from '../core/record-cursor.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { Counter } from '../metrics/metrics-registry.ts'
import { Sensors } from '../metrics/sensors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { Cancellable, PunctuationType, Punctuator, StateStore, TaskId } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import type { AsyncCalls, AsyncOptions } from '../../topology/async.ts'
import { AsyncWork } from './async/async-work.ts'
import { drained } from './async/drained.ts'
import { defaultSerdes } from './default-serdes.ts'
import { ErrorHandling } from './error-handling.ts'
import { asError, NodeFailure, ProcessingError, TaskStateError } from './errors.ts'
import { PartitionGroup } from './partition-group.ts'
import { PendingWork } from './pending-work.ts'
import type { ContextHost } from './processor-context.ts'
import type { ProcessorNode } from './processor-node.ts'
import { Punctuation } from './punctuation.ts'
import { firstAnchored, PunctuationQueue } from './punctuation-queue.ts'
import { Readiness } from './readiness.ts'
import { RecordQueue } from './record-queue.ts'
import type { RecordState } from './record-state.ts'
import type { RememberedTimes } from './remembered-times.ts'
import type { CommittableOffset, StreamTaskOptions, TaskState } from './stream-task-options.ts'
import type { ChangelogPartition } from './state-manager.ts'
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
  readonly #group: PartitionGroup
  readonly #offsets: TaskProgress
  readonly #nodes: TaskNodes
  readonly #stores: TaskStores
  readonly #errors: ErrorHandling
  readonly #pending = new PendingWork()
  readonly #async: AsyncWork
  readonly #isExactlyOnce: boolean
  readonly #streamTimePunctuators = new PunctuationQueue<ProcessorNode>()
  readonly #wallClockPunctuators = new PunctuationQueue<ProcessorNode>()
  readonly #readiness: Readiness
  readonly #processed: Counter
  readonly #punctuation: Punctuation
  #lifecycle: TaskState = 'created'
  #nextStreamPunctuation = Infinity
  /** The queue of the record that promises keep from being finished. */
  #unfinished: RecordQueue | undefined
  #commitNeeded = false
  #commitRequested = false
  /** Work under way was not finished in time, and is to be done again by the next owner: there is nothing to commit. */
  #hasGivenUp = false

  /** @throws {TaskInitializationError} when a serde is missing */
  constructor(options: StreamTaskOptions) {
    const { topology, collector, config, metrics, threadId } = options
    this.#options = options
    this.id = this.taskId = options.taskId
    this.applicationId = options.applicationId
    this.inputPartitions = options.inputPartitions
    const stores = options.stores ?? new TaskStores(options)
    this.#stores = stores
    this.state = stores.state
    const serdes = defaultSerdes(config)
    this.keySerde = serdes.key
    this.valueSerde = serdes.value
    const tags = { 'thread-id': threadId, 'task-id': String(options.taskId) }
    this.metrics = new Sensors(metrics, threadId, options.time)
    this.#processed = metrics.counter('stream-task-metrics', 'process-total', tags)
    this.#errors = new ErrorHandling(options, this.state, collector, metrics.counter('stream-task-metrics', 'dropped-records-total', tags))
    const punctuated = metrics.counter('stream-task-metrics', 'punctuate-total', tags)
    this.#punctuation = new Punctuation({ state: this.state, pending: this.#pending, errors: this.#errors, punctuated })
    collector.attach?.(this.#errors)
    this.#async = new AsyncWork(this.state, this.#errors, this.#pending)
    this.#isExactlyOnce = config.settings.processingGuarantee !== 'at_least_once'
    this.#nodes = new TaskNodes(topology, { environment: options, collector, host: this, errors: this.#errors, pending: this.#pending })
    const group = new PartitionGroup(this.inputPartitions.map((input) => this.#queueFor(input)))
    this.#group = group
    this.#offsets = new TaskProgress(group, this.#async)
    this.#readiness = new Readiness(config.settings.maxTaskIdleMs)
    stores.usedBy(this)
    metrics.gauge('stream-task-metrics', 'active-buffer-count', tags, () => this.bufferedRecords())
  }

  #queueFor({ topic, partition }: TopicPartition): RecordQueue {
    const source = this.#nodes.source(topic)
    if (source === undefined) throw new TaskStateError(`Task ${this.taskId} has no source for topic ${topic}.`)
    return new RecordQueue(topic, partition, source, this.#errors)
  }

  get lifecycle(): TaskState {
    return this.#lifecycle
  }

  /** What processors remember beside their stores; committed with every offset of the task. */
  get times(): RememberedTimes {
    return this.#offsets.times
  }

  /** By `partitionKey`: the offsets that this run has committed last. */
  get committed(): ReadonlyMap<string, number> {
    return this.#offsets.committed
  }

  #expect(...states: readonly TaskState[]): void {
    if (states.includes(this.#lifecycle)) return
    throw new TaskStateError(`Task ${this.taskId} is ${this.#lifecycle}, but has to be ${states.join(' or ')}.`)
  }

  // --- life cycle

  /** Opens the stores, unless they were handed over open. Synchronous when all stores are. */
  open(): void | Promise<void> {
    this.#expect('created')
    const opened = this.#stores.isOpen ? undefined : this.#stores.open()
    const done = (): void => {
      this.#lifecycle = 'restoring'
    }
    return opened === undefined ? done() : opened.then(done)
  }

  /** What has to be read into the stores before `start`, and from where. */
  changelogPartitions(): ChangelogPartition[] {
    return this.#stores.changelogPartitions()
  }

  /** Puts up to `max` changelog records behind the cursor into their store; returns how many there were. */
  restore(topic: string, partition: number, cursor: RecordCursor, max: number): number {
    this.#expect('restoring')
    return this.#stores.restore(topic, partition, cursor, max)
  }

  /** Says that the changelog is restored up to, not including, that offset. */
  restoredTo(topic: string, partition: number, offset: number): void {
    this.#stores.restoredTo(topic, partition, offset)
  }

  /** Initialises the processors; from now on records are processed. @throws {TaskInitializationError} */
  start(): void {
    this.#expect('restoring')
    this.#nodes.init()
    this.state.clear()
    this.#lifecycle = 'running'
  }

  /** Takes no more records until `resume`. */
  suspend(): void {
    this.#expect('running', 'restoring', 'created', 'suspended')
    if (this.#lifecycle === 'running') this.#lifecycle = 'suspended'
  }

  resume(): void {
    this.#expect('suspended', 'running')
    this.#lifecycle = 'running'
  }

  /** Closes processors and stores. What was not committed before is lost, and will be processed again. */
  close(): void | Promise<void> {
    if (this.#lifecycle === 'closed') return
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
    return !this.#commitNeeded && !this.#commitRequested && !this.#hasGivenUp
  }

  /**
   * Closes processors, and leaves the stores open for the standby that takes this task's place. Only for a task that
   * {@link isCommitted}.
   */
  handOver(): TaskStores {
    this.#expect('restoring', 'running', 'suspended')
    const failed = this.#end()
    if (failed !== undefined) this.#options.log.error({ err: failed, taskId: String(this.taskId) }, 'closing a processor failed')
    return this.#stores
  }

  /** Ends everything but the stores; answers the first error. */
  #end(): unknown {
    const wasStarted = this.#lifecycle === 'running' || this.#lifecycle === 'suspended'
    this.#lifecycle = 'closed'
    this.#async.close()
    this.#group.clear()
    this.state.clear()
    this.#options.metrics.removeAll({ 'thread-id': this.#options.threadId, 'task-id': String(this.taskId) })
    try {
      if (wasStarted) this.#nodes.close()
      return undefined
    } catch (error) {
      return error
    }
  }

  // --- records

  /** Adds a partition of a topic that was found for a source that reads by pattern. */
  addInput({ topic, partition }: TopicPartition, sourceName: string): void {
    if (this.#group.queue(topic, partition) !== undefined) return
    const source = this.#nodes.addTopic(topic, sourceName)
    this.#group.addQueue(new RecordQueue(topic, partition, source, this.#errors))
  }

  /** Takes records of an input partition; the task releases the chunk when it is used up. */
  addChunk(topic: string, partition: number, chunk: RecordChunk): void {
    const queue = this.#group.queue(topic, partition)
    if (queue === undefined) throw new TaskStateError(`Task ${this.taskId} does not read ${topic}-${partition}.`)
    // nothing but markers or aborted records: no lag is to be left behind
    if (chunk.count === 0) this.#commitNeeded = true
    this.#group.add(queue, chunk)
  }

  /** Records that wait, of one input partition or of all. */
  bufferedRecords(topic?: string, partition?: number): number {
    if (topic !== undefined && partition !== undefined) return this.#group.queue(topic, partition)?.size ?? 0
    let sum = 0
    for (const queue of this.#group.queues()) sum += queue.size
    return sum
  }

  /** Bytes of the chunks of an input partition that are not used up. */
  bufferedBytes(topic: string, partition: number): number {
    return this.#group.queue(topic, partition)?.byteLength ?? 0
  }

  /** Tells how far the fetched data of an input partition is behind the partition's end: for `max.task.idle.ms`. */
  setLag(topic: string, partition: number, lag: number | undefined): void {
    const queue = this.#group.queue(topic, partition)
    if (queue !== undefined) queue.lag = lag
  }

  /** Tells from which offset on an input partition will be read. */
  startsAt(topic: string, partition: number, offset: number): void {
    this.#offsets.startsAt(topic, partition, offset)
  }

  /** Sets what was committed with an input partition: its partition time before this run. */
  setPartitionTime(topic: string, partition: number, partitionTime: number): void {
    const queue = this.#group.queue(topic, partition)
    if (queue === undefined) return
    queue.partitionTime = Math.max(queue.partitionTime, partitionTime)
    queue.consumedTime = queue.partitionTime
    this.#group.streamTime = Math.max(this.#group.streamTime, partitionTime)
  }

  get hasRecords(): boolean {
    return this.#group.hasRecords
  }

  /** False while `max.task.idle.ms` says to wait for partitions that have nothing buffered, see {@link setLag}. */
  isProcessable(nowMs: number): boolean {
    const isProcessable = this.#mayProcess(nowMs)
    this.idleSinceMs = isProcessable ? undefined : (this.idleSinceMs ?? nowMs)
    return isProcessable
  }

  #mayProcess(nowMs: number): boolean {
    if (this.#async.size > 0 && (this.#async.isReady || this.#async.isFull)) return this.#async.isReady
    return this.#group.hasRecords && (this.#group.allHaveRecords || this.#readiness.isReady(this.#group.queues(), nowMs))
  }

  /** Resolves when promises or calls under way let the task go on; undefined when there are none. Never rejects. */
  get waiting(): Promise<void> | undefined {
    if (!this.#pending.isEmpty) return this.#pending.settled()
    return this.#async.size > 0 ? this.#async.progress() : undefined
  }

  /**
   * Processes up to `maxRecords` records and the stream-time punctuations between them; returns how many records (and
   * results of calls). Stops early when a processor returned a promise, or as many calls are under way as may be: see
   * {@link waiting}; and when a partition has run out of records while others have some: see {@link isProcessable}.
   * @throws {ProcessingError} when something failed and its handler said fail; the task can then only be closed
   */
  process(maxRecords: number): number {
    this.#expect('running')
    if (!this.#finishPending()) return 0
    if (this.#async.isUsed) return this.#processConcurrently(maxRecords)
    const group = this.#group
    const pending = this.#pending
    let count = 0
    try {
      while (count < maxRecords) {
        const queue = group.next()
        if (queue === undefined) break
        this.#processHead(queue)
        count++
        if (!pending.isEmpty) {
          this.#unfinished = queue
          break
        }
        queue.consumed()
        if (group.streamTime >= this.#nextStreamPunctuation && !this.#punctuateStreamTime()) break
        if (group.hasRunDry) break
      }
    } catch (error) {
      throw this.#processingError(error)
    }
    if (count > 0) {
      this.#commitNeeded = true
      this.#processed.add(count)
    }
    if (pending.isEmpty) this.#leaveRecord()
    return count
  }

  #processHead(queue: RecordQueue): void {
    const state = this.state
    state.isPresent = true
    state.topic = queue.topic
    state.partition = queue.partition
    state.offset = queue.offset
    state.timestamp = queue.headTimestamp
    state.headers = queue.headers
    state.source = queue
    state.isSent = false
    queue.source.process(new Record(queue.key, queue.value, queue.headTimestamp, queue.headers))
  }

  /** The same in a task with asynchronous operators: first the results that are ready, then records until enough calls are under way. */
  #processConcurrently(maxRecords: number): number {
    const group = this.#group
    const pending = this.#pending
    let taken = 0
    let delivered = 0
    this.#hasGivenUp = false
    try {
      delivered = this.#deliver()
      while (taken < maxRecords && pending.isEmpty && this.#isPunctuated() && !this.#async.isFull) {
        const queue = group.next()
        if (queue === undefined) break
        this.#processHead(queue)
        taken++
        if (!pending.isEmpty) {
          this.#unfinished = queue
          break
        }
        queue.consumed()
        queue.consumedTime = queue.partitionTime
        if (group.hasRunDry) break
      }
      if (pending.isEmpty) this.#isPunctuated()
    } catch (error) {
      throw this.#processingError(error)
    }
    if (taken > 0) {
      this.#commitNeeded = true
      this.#processed.add(taken)
    }
    if (pending.isEmpty) this.#leaveRecord()
    return taken + delivered
  }

  #deliver(): number {
    const delivered = this.#async.deliver()
    if (delivered > 0) this.#commitNeeded = true
    return delivered
  }

  /**
   * True when no stream-time punctuator is due any more. Before one runs, all calls for earlier records have to be finished,
   * so that it finds what it would find if they took no time.
   */
  #isPunctuated(): boolean {
    if (this.#group.streamTime < this.#nextStreamPunctuation) return true
    return this.#async.size === 0 && this.#punctuateStreamTime()
  }

  #leaveRecord(): void {
    this.state.isPresent = false
    this.state.source = undefined
  }

  /** Ends the record that promises held up; false when they still do. */
  #finishPending(): boolean {
    if (!this.#pending.isEmpty) return false
    const error = this.#pending.takeError()
    if (error !== undefined) throw this.#processingError(error)
    this.#async.release()
    const queue = this.#unfinished
    if (queue === undefined) return true
    this.#unfinished = undefined
    queue.consumed()
    queue.consumedTime = queue.partitionTime
    return this.#async.size > 0 || this.#group.streamTime < this.#nextStreamPunctuation || this.#punctuateStreamTime()
  }

  #processingError(error: unknown): unknown {
    if (!(error instanceof NodeFailure)) return error
    const { topic, partition, offset } = this.state
    const cause = asError(error.cause)
    const where = `taskId=${this.taskId}, processor=${error.nodeName}, topic=${topic}, partition=${partition}, offset=${offset}`
    return new ProcessingError(`Exception caught in process. ${where}: ${cause.message}`, { cause })
  }

  // --- punctuation

  schedule(node: ProcessorNode, intervalMs: number, type: PunctuationType, punctuator: Punctuator, startMs: number | undefined): Cancellable {
    if (type === 'wall-clock-time') {
      const now = this.systemTime
      const first = startMs === undefined ? now + intervalMs : firstAnchored(startMs, intervalMs, now)
      return this.#wallClockPunctuators.schedule(node, first, intervalMs, punctuator)
    }
    const first = startMs === undefined ? 0 : firstAnchored(startMs, intervalMs, this.streamTime)
    const cancellable = this.#streamTimePunctuators.schedule(node, first, intervalMs, punctuator)
    this.#nextStreamPunctuation = this.#streamTimePunctuators.nextMs
    return cancellable
  }

  /** False when a punctuator returned a promise. */
  #punctuateStreamTime(): boolean {
    this.#punctuate(this.#streamTimePunctuators, this.#group.streamTime)
    this.#nextStreamPunctuation = this.#streamTimePunctuators.nextMs
    return this.#pending.isEmpty
  }

  /** When the next wall-clock punctuator is due, ms since the epoch; Infinity without one. */
  get nextWallClockPunctuationMs(): number {
    return this.#wallClockPunctuators.nextMs
  }

  /** Runs the wall-clock punctuators that are due; returns how many. @throws {ProcessingError} */
  punctuateWallClock(): number {
    this.#expect('running')
    return this.#finishPending() ? this.#punctuate(this.#wallClockPunctuators, this.systemTime) : 0
  }

  #punctuate(queue: PunctuationQueue<ProcessorNode>, nowMs: number): number {
    if (queue.nextMs > nowMs) return 0
    const count = this.#punctuation.run(queue, nowMs)
    if (count > 0) this.#commitNeeded = true
    if (this.#pending.isEmpty) this.#leaveRecord()
    return count
  }

  // --- commit

  /** True when something happened since the last commit. */
  get commitNeeded(): boolean {
    return this.#commitNeeded && !this.#hasGivenUp
  }

  /** True when a processor asked for a commit or a store's write buffer is full. */
  get commitRequested(): boolean {
    return (this.#commitRequested || this.#stores.wantsCommit) && !this.#hasGivenUp
  }

  requestCommit(): void {
    this.#commitRequested = true
  }

  /**
   * Waits for what a commit must not leave out, and empties the caches of the stores. Then the collector is to be flushed.
   * Calls for source records need no waiting, since their offsets are not committed before they are done; unless with
   * exactly-once, where what such a record has already done would be committed without it.
   */
  prepareCommit(): void | Promise<void> {
    if (!this.#pending.isEmpty) return this.#pending.settled().then(() => this.prepareCommit())
    if (this.#lifecycle === 'created' || this.#lifecycle === 'restoring' || this.#lifecycle === 'closed') return
    if (!this.#finishPending()) return this.prepareCommit()
    if (this.#commitMustWait) return this.#progress().then(() => this.prepareCommit())
    this.#stores.flushCaches()
    this.#options.collector.throwIfFailed()
    if (!this.#pending.isEmpty) return this.#pending.settled().then(() => this.prepareCommit())
    if (this.#commitMustWait) return this.prepareCommit()
  }

  get #commitMustWait(): boolean {
    return this.#async.unanchored > 0 || (this.#isExactlyOnce && this.#async.size > 0)
  }

  /** Waits for the next result, and hands it on, unless that is no longer wanted; takes no further records. */
  async #progress(isOver?: () => boolean): Promise<void> {
    await this.waiting
    if (isOver?.() === true || this.#lifecycle === 'closed' || !this.#finishPending()) return
    try {
      this.#deliver()
      if (this.#pending.isEmpty) this.#leaveRecord()
    } catch (error) {
      throw this.#processingError(error)
    }
  }

  /**
   * Finishes the calls under way, without taking further records, before the task is committed for the last time. When that
   * takes longer than `limitMs` the task has nothing more to commit: what is not committed will be processed again.
   * @throws {ProcessingError} as {@link process}
   */
  async drain(limitMs: number): Promise<void> {
    if (!this.#async.isUsed || this.#lifecycle !== 'running') return
    const isDrained = await drained(limitMs, (isOver) => this.#finishCalls(isOver))
    this.#hasGivenUp = !isDrained
  }

  /** Caches may hold what is yet to be called for. */
  async #finishCalls(isOver: () => boolean): Promise<void> {
    do {
      while (this.waiting !== undefined && !isOver()) await this.#progress(isOver)
      if (isOver()) return
      this.#stores.flushCaches()
    } while (this.waiting !== undefined)
  }

  /** True when work was given up half done: with exactly-once nothing of what it sent may be committed. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp
  }

  /** The source offsets to commit: those that changed, and with exactly-once always one, see {@link TaskProgress.changedOrAll}. */
  committableOffsets(): CommittableOffset[] {
    return this.#isExactlyOnce ? this.#offsets.changedOrAll() : this.#offsets.changed()
  }

  /** Up to where each input is processed: offsets of the next records. */
  positions(): CommittableOffset[] {
    return this.#offsets.positions()
  }

  /** Makes the stores durable with the offsets of their changelogs. To be called when the offsets are committed. */
  postCommit(): void | Promise<void> {
    this.#commitNeeded = false
    this.#commitRequested = false
    return this.#stores.commit(this.#offsets.commit())
  }

  // --- what contexts ask

  asyncCalls(node: ProcessorNode, options?: AsyncOptions): AsyncCalls {
    return this.#async.lane(node.name, options)
  }

  get stateDir(): string {
    return this.#stores.stateDir
  }

  get streamTime(): number {
    return this.#group.streamTime
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
