import type { ClientError } from '../client/errors.ts'
import { Fetcher } from '../client/fetcher.ts'
import { DEFAULT_BUFFER_MEMORY } from '../client/producer-options.ts'
import { Producer } from '../client/producer.ts'
import { SessionLease } from '../client/session-lease.ts'
import type { RecordChunk } from '../core/record-cursor.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import { asError, TaskMigratedError } from '../task/errors.ts'
import { assignmentError } from './assignor/assignment-error.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import { assignmentConfigsOf } from './assignor/configured-assignor.ts'
import { AT_ONCE } from './assignor/owned-tasks.ts'
import { StreamsAssignor } from './assignor/streams-assignor.ts'
import { ChangelogReader } from './changelog-reader.ts'
import { defaultOffsetReset, fetchSettings, groupSettings, isExactlyOnce, producerOptions } from './client-options.ts'
import type { ClientThread } from './client-thread.ts'
import { Committer } from './committer.ts'
import { MissingSourceTopicError, ShutdownRequestedError } from './errors.ts'
import type { ManagedTask } from './managed-task.ts'
import { SeparateCommits, TransactionalCommits } from './offset-commits.ts'
import type { OffsetCommits } from './offset-commits.ts'
import { clientNames } from './metrics/client-names.ts'
import { ConsumerMetrics } from './metrics/consumer-metrics.ts'
import { ProducerMetrics } from './metrics/producer-metrics.ts'
import { RestoreMetrics } from './metrics/restore-metrics.ts'
import { ThreadMetrics } from './metrics/thread-metrics.ts'
import { ProcessingLoop } from './processing-loop.ts'
import { productionFailures } from './production-failures.ts'
import { RepartitionPurger } from './repartition-purger.ts'
import { retriesOf } from './retries.ts'
import { StandbyReader } from './standby-reader.ts'
import { StandbyTasks } from './standby-tasks.ts'
import type { ManagedStandby } from './standby-tasks.ts'
import { StartOffsets } from './start-offsets.ts'
import { StreamsGroup } from './streams-group.ts'
import { StreamsProducer } from './streams-producer.ts'
import { TaskFactory } from './task-factory.ts'
import { TaskManager } from './task-manager.ts'
import { taskOffsetSums } from './task-offset-sums.ts'
import type { ThreadEnvironment, ThreadListener } from './thread-environment.ts'
import { ridingOut, TaskTimeout } from './task-timeout.ts'
import type { RidingOutOptions } from './task-timeout.ts'
import { threadMetadata } from './thread-metadata.ts'
import type { ThreadMetadata } from './thread-metadata.ts'
import { ThreadStateMachine } from './thread-state.ts'
import type { ThreadState } from './thread-state.ts'
import { ThreadWork } from './thread-work.ts'
import { InternalTopicManager } from './topics/internal-topic-manager.ts'
import { TopicIds } from './topic-ids.ts'
import { TopicWatch } from './topic-watch.ts'

/** What a timer can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * One stream thread: a member of the application's group that processes the tasks it is assigned. It runs in the event loop
 * of its caller, in slices; everything it owns it closes itself.
 */
export class StreamThread implements ClientThread {
  readonly name: string
  /** The number in its name. */
  readonly index: number
  readonly #environment: ThreadEnvironment
  readonly #listener: ThreadListener
  readonly #states: ThreadStateMachine
  readonly #fetcher: Fetcher
  readonly #reader: ChangelogReader
  readonly #producer: StreamsProducer
  readonly #startOffsets: StartOffsets
  readonly #standbyReader: StandbyReader
  readonly #standbys: StandbyTasks
  readonly #tasks: TaskManager
  readonly #group: StreamsGroup
  readonly #metrics: ThreadMetrics
  readonly #restoring: RestoreMetrics
  readonly #consumerMetrics: ConsumerMetrics
  readonly #producerMetrics: ProducerMetrics
  readonly #work: ThreadWork
  readonly #loop: ProcessingLoop
  readonly #purger: RepartitionPurger
  readonly #watch: TopicWatch
  readonly #cache: ThreadCache | undefined
  /** At least once nobody fences this thread: it writes only as long as it is sure to be a member. */
  readonly #lease = new SessionLease()
  /** How long, and how often, what passes by itself is tried again. */
  readonly #retries: RidingOutOptions
  #followUpTimer: NodeJS.Timeout | undefined
  #summaryTimer: NodeJS.Timeout | undefined
  /** False while the rest of the assignment is to come with a rebalance that follows at once. */
  #isSettled = true
  #failed = false
  /** What was done since the last commit is to be done again: the tasks are closed as they are, before the group is joined again. */
  #isToBeginAgain = false
  #shutdown: Promise<void> | undefined

  constructor(name: string, index: number, environment: ThreadEnvironment, listener: ThreadListener) {
    this.name = name
    this.index = index
    this.#environment = environment
    this.#listener = listener
    this.#states = new ThreadStateMachine(name)
    this.#states.onChange((newState, oldState) => listener.stateChanged(newState, oldState))
    const { config, builder, cluster, admin, logger, time, metrics } = environment
    const { settings } = config
    this.#cache = settings.statestoreCacheMaxBytes > 0 ? new ThreadCache(environment.cacheBytes()) : undefined
    this.#retries = retriesOf(environment)
    this.#metrics = new ThreadMetrics({ metrics, threadName: name, processId: environment.processId, state: () => this.state })
    this.#restoring = new RestoreMetrics({
      metrics,
      threadName: name,
      tasks: () => this.tasks,
      standbys: () => this.standbyTasks,
      isPaused: environment.isPaused,
    })
    this.#producerMetrics = this.#measureProducer()
    this.#producer = this.#createProducer()
    this.#consumerMetrics = new ConsumerMetrics(metrics, clientNames(name, '').consumerClientId, () => this.#fetcher)
    this.#fetcher = new Fetcher(cluster, {
      ...fetchSettings(config, 'main.consumer'),
      meter: this.#consumerMetrics,
      onChunk: (topic, partition, chunk) => this.#onChunk(topic, partition, chunk),
      onFetched: () => this.#onFetched(),
      onOffsetOutOfRange: (topic, partition) => void this.#onOutOfRange(topic, partition),
      onError: (error) => this.#fail(error),
    })
    const topicIds = new TopicIds(cluster)
    this.#reader = new ChangelogReader({
      admin,
      topicIds,
      createFetcher: (options) => new Fetcher(cluster, { ...fetchSettings(config, 'restore.consumer'), ...options }),
      listener: this.#restoring.restoreListener(environment.restoreListener),
      logger,
    })
    const fallback = defaultOffsetReset(config)
    const { isolationLevel } = fetchSettings(config, 'main.consumer')
    this.#startOffsets = new StartOffsets({ admin, time, logger, isolationLevel, resetPolicy: (topic) => builder.offsetResetOf(topic) ?? fallback })
    const factory = new TaskFactory({
      ...environment,
      threadName: name,
      threadMetrics: this.#metrics,
      stateDirectory: environment.stateDirectory.path,
      cache: this.#cache,
      producer: this.#producer,
    })
    this.#standbyReader = new StandbyReader({
      admin,
      topicIds,
      createFetcher: (options) => new Fetcher(cluster, { ...fetchSettings(config, 'restore.consumer'), ...options }),
      committed: (partitions) => this.#group.committed(partitions),
      listener: this.#restoring.standbyListener(environment.standbyListener),
      commitIntervalMs: settings.commitIntervalMs,
      isPaused: environment.isPaused,
      onFailed: (id, error) => this.#standbys.failed(id, error),
      logger,
    })
    this.#standbys = new StandbyTasks({
      factory,
      reader: this.#standbyReader,
      threadName: name,
      stateDirectory: environment.stateDirectory,
      usesFiles: environment.usesFiles,
      logger,
      onFatal: (error) => this.#fail(error),
    })
    this.#tasks = new TaskManager({
      factory,
      standbys: this.#standbys,
      fetcher: this.#fetcher,
      reader: this.#reader,
      startOffsets: this.#startOffsets,
      committed: (partitions) => this.#group.committed(partitions),
      retries: this.#retries,
      threadName: name,
      stateDirectory: environment.stateDirectory,
      usesFiles: environment.usesFiles,
      logger,
      onRunning: (managed) => this.#onTaskRunning(managed),
    })
    const isRepartition = (topic: string): boolean =>
      [...builder.topicGroups().values()].some(({ repartitionSourceTopics }) => repartitionSourceTopics.has(topic))
    this.#purger = new RepartitionPurger(admin, isRepartition, settings.repartitionPurgeIntervalMs, logger)
    this.#watch = new TopicWatch({
      cluster,
      builder,
      intervalMs: settings.metadataMaxAgeMs,
      logger,
      onChange: (reason) => this.#group.requestRejoin(reason),
    })
    this.#group = this.#createGroup(index)
    this.#work = new ThreadWork({
      tasks: this.#tasks,
      producer: this.#producer,
      committer: new Committer({
        commits: this.#createCommits(),
        metrics: this.#metrics,
      }),
      purger: this.#purger,
      time,
      metrics: this.#metrics,
      commitIntervalMs: settings.commitIntervalMs,
      maxTaskIdleMs: settings.maxTaskIdleMs,
      isPaused: environment.isPaused,
      wake: () => this.#loop.wake(),
    })
    this.#loop = new ProcessingLoop(this.#work, (error) => this.#onLoopError(error))
  }

  #measureProducer(): ProducerMetrics {
    const { config, metrics } = this.#environment
    const { bufferMemory = DEFAULT_BUFFER_MEMORY } = producerOptions(config)
    return new ProducerMetrics(metrics, clientNames(this.name, '').producerClientIds[0], () => this.#producer.bufferedBytes, bufferMemory)
  }

  #createProducer(): StreamsProducer {
    const { config, cluster, logger, processId } = this.#environment
    const handler = productionFailures({
      config,
      logger,
      dropped: this.#metrics.droppedOutput,
      sendDeadLetter: (letter) => this.#producer.sendBytes(letter),
    })
    const transactionalId = isExactlyOnce(config) ? `${config.settings.applicationId}-${processId}-${this.index}` : undefined
    return new StreamsProducer(
      (onError) => new Producer(cluster, { ...producerOptions(config, transactionalId), fence: transactionalId === undefined ? this.#lease : undefined, meter: this.#producerMetrics, onError }),
      handler,
      transactionalId === undefined ? undefined : { timeoutMs: config.settings.taskTimeoutMs },
    )
  }

  #createCommits(): OffsetCommits {
    const { config, logger } = this.#environment
    const options = { producer: this.#producer, ...this.#retries }
    return isExactlyOnce(config)
      ? new TransactionalCommits({ ...options, groupMetadata: () => this.#group.metadata, isOver: (group) => this.#group.isOver(group), logger })
      : new SeparateCommits({ ...options, commitOffsets: (offsets) => this.#group.commit(offsets), logger })
  }

  #createGroup(index: number): StreamsGroup {
    const { config, builder, cluster, admin, logger, processId, userEndPoint, taskAssignor } = this.#environment
    const { settings } = config
    const assignor = new StreamsAssignor({
      cluster,
      internalTopics: new InternalTopicManager(admin, { replicationFactor: settings.replicationFactor, topicConfigs: config.topicSettings() }, logger),
      topicGroups: (subscribed) => {
        builder.updateSubscribedTopics(subscribed)
        return builder.topicGroups()
      },
      taskAssignor,
      configs: assignmentConfigsOf(config),
      admin,
      groupId: settings.applicationId,
      storeNames: (subtopology) => builder.storeNames(subtopology),
      timeout: new TaskTimeout('The assignment of tasks', this.#retries),
      logger,
    })
    return new StreamsGroup({
      cluster,
      settings: groupSettings(config, index),
      lease: this.#lease,
      assignor,
      processId,
      userEndPoint,
      clientTags: Object.fromEntries(Object.entries(config.originalsWithPrefix('client.tag.')).map(([tag, value]) => [tag, String(value)])),
      subscribedTopics: () => this.#watch.subscribedTopics(),
      taskOffsetSums: () =>
        taskOffsetSums(this.#tasks.all(), this.#standbys.all(), this.#environment.usesFiles ? this.#environment.stateDirectory.offsetSums() : new Map()),
      ownedTasks: () => this.#tasks.all().map(({ id }) => id),
      onRevoked: () => this.#onRevoked(),
      onRejoin: () => this.#onRejoin(),
      onAssigned: (assignment, isCooperative) => this.#onAssigned(assignment, isCooperative),
      onLost: (error) => this.#onLost(error),
      onFatal: (error) => this.#fail(error),
    })
  }

  get state(): ThreadState {
    return this.#states.state
  }

  get tasks(): readonly ManagedTask[] {
    return this.#tasks.all()
  }

  get standbyTasks(): readonly ManagedStandby[] {
    return this.#standbys.all()
  }

  /** The end of an input partition as the last fetch saw it. */
  endOffset(topic: string, partition: number): number | undefined {
    return this.#fetcher.highWatermark(topic, partition)
  }

  /** Its id in the group; empty before it has one. */
  get memberId(): string {
    return this.#group.memberId
  }

  metadata(clientId: string): ThreadMetadata {
    return threadMetadata(this, clientId)
  }

  /** Begins to join the group; returns at once. What goes wrong is told to the listener. */
  start(): void {
    this.#metrics.started()
    this.#summarize()
    this.#states.transitionTo('STARTING')
    void this.#join()
  }

  /** Says now and then what was done, as Java does. */
  #summarize(): void {
    const { config, logger } = this.#environment
    const { logSummaryIntervalMs } = config.settings
    if (logSummaryIntervalMs <= 0) return
    this.#summaryTimer = setInterval(() => {
      const { records, punctuators, commits } = this.#metrics.takeSummary()
      const message = `processed ${records} records, ran ${punctuators} punctuators and committed ${commits} tasks since the last summary`
      logger.info({ thread: this.name, records, punctuators, commits }, message)
    }, Math.min(logSummaryIntervalMs, LONGEST_TIMER_MS)).unref()
  }

  async #join(): Promise<void> {
    try {
      await this.#environment.connected
      if (!this.#states.isAlive) return
      await this.#producer.begin()
      if (!this.#states.isAlive) return
      await ridingOut('The subscription of a stream thread', this.#retries, () => this.#states.isAlive, () => this.#watch.start())
      if (this.#states.isAlive) this.#group.join()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Other threads have come or gone: the cache has another share. */
  resizeCache(): void {
    this.#cache?.resize(this.#environment.cacheBytes())
  }

  /** Processing was resumed. */
  wake(): void {
    this.#loop.wake()
    this.#standbyReader.wake()
  }

  /** Asks the leader to stop every instance of the application. */
  requestApplicationShutdown(): boolean {
    if (!this.#states.isAlive) return false
    this.#group.requestApplicationShutdown()
    return true
  }

  /**
   * Stops: commits (unless the thread has failed), closes tasks and clients. Never rejects; what goes wrong is logged.
   * `leaveGroup`: a static member leaves the group too.
   */
  shutdown(leaveGroup: boolean): Promise<void> {
    this.#shutdown ??= this.#stop(leaveGroup)
    return this.#shutdown
  }

  async #stop(leaveGroup: boolean): Promise<void> {
    this.#states.transitionTo('PENDING_SHUTDOWN')
    this.#watch.stop()
    clearTimeout(this.#followUpTimer)
    clearInterval(this.#summaryTimer)
    await this.#loop.pause()
    await this.#quietly('restoring', () => this.#tasks.stopActivation())
    if (!this.#failed && !this.#isToBeginAgain) await this.#quietly('the last commit', () => this.#work.commitLast(this.#tasks.started))
    await this.#quietly('closing tasks', () => this.#tasks.closeAll())
    await this.#producer.abort()
    await this.#quietly('closing standbys', () => this.#standbys.closeAll())
    await this.#quietly('leaving the group', () => this.#group.leave(leaveGroup))
    await this.#quietly('closing the restore fetcher', () => this.#reader.close())
    await this.#quietly('closing the fetcher of the standbys', () => this.#standbyReader.close())
    await this.#quietly('closing the fetcher', () => this.#fetcher.close())
    await this.#quietly('purging repartition topics', () => this.#purger.settled())
    await this.#quietly('closing the producer', () => this.#producer.close(0))
    this.#states.transitionTo('DEAD')
    this.#restoring.close()
    this.#consumerMetrics.close()
    this.#producerMetrics.close()
    this.#metrics.close(this.name)
  }

  async #quietly(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#environment.logger.error({ err: error, thread: this.name }, `${what} failed during shutdown`)
    }
  }

  // --- group

  /** A rebalance begins, and the tasks go on while it is made: unless what they did cannot be committed any more. */
  async #onRejoin(): Promise<void> {
    if (!this.#isToBeginAgain || this.#failed || !this.#states.isAlive) return
    this.#states.transitionTo('PARTITIONS_REVOKED')
    await this.#loop.pause()
    await this.#beginAgain()
  }

  /** A rebalance by the eager protocol begins and the old generation still holds: everything is committed and stops, but stays open. */
  async #onRevoked(): Promise<void> {
    if (!this.#failed) this.#states.transitionTo('PARTITIONS_REVOKED')
    await this.#loop.pause()
    await this.#tasks.stopActivation()
    if (this.#failed || !this.#states.isAlive) return
    try {
      if (!this.#isToBeginAgain) return await this.#work.commitLast(this.#tasks.started)
    } catch (error) {
      if (!(error instanceof TaskMigratedError)) return this.#fail(error)
      this.#environment.logger.warn({ err: error, thread: this.name }, 'the tasks were lost before they could be committed')
    }
    await this.#beginAgain()
  }

  /** Gives up what moves away: that stops, and is committed, while all other tasks go on. */
  async #giveUp(leaving: readonly ManagedTask[]): Promise<void> {
    this.#states.transitionTo('PARTITIONS_REVOKED')
    try {
      await this.#work.commitLast(leaving, async () => {
        await this.#loop.pause()
        return !this.#failed && this.#states.isAlive && !this.#isToBeginAgain
      })
    } catch (error) {
      if (!(error instanceof TaskMigratedError)) throw error
      this.#environment.logger.warn({ err: error, thread: this.name }, 'the tasks were lost before they could be committed')
      this.#isToBeginAgain = true
    }
  }

  /** Closes the tasks as they are; what was done since the last commit is dropped, and done again by whoever has them next. */
  async #beginAgain(): Promise<void> {
    try {
      await this.#tasks.closeAll()
      await this.#producer.recover()
      this.#isToBeginAgain = false
    } catch (error) {
      this.#fail(error)
    }
  }

  async #onAssigned(assignment: AssignmentInfo, isCooperative: boolean): Promise<void> {
    const isWorking = (): boolean => !this.#failed && this.#states.isAlive
    const error = assignmentError(assignment)
    // as in Java these take all tasks away, and only then end the thread
    const takesAll = error instanceof ShutdownRequestedError || error instanceof MissingSourceTopicError
    try {
      const leaving = isCooperative && isWorking() && (error === undefined || takesAll) ? await this.#tasks.withdraw(assignment.activeTasks) : []
      if (leaving.length > 0) await this.#giveUp(leaving)
      if (error instanceof ShutdownRequestedError) return this.#listener.shutdownRequested()
      if (!isWorking()) return
      if (error !== undefined) return this.#fail(error)
      this.#environment.builder.updateSubscribedTopics(assignment.partitionCounts.keys())
      this.#watch.assigned(assignment.partitionCounts)
      this.#listener.assigned(assignment)
      if (this.#isToBeginAgain) await this.#onRejoin()
      else if (isCooperative) this.#goOn()
      if (this.#failed || !this.#states.transitionTo('PARTITIONS_ASSIGNED')) return
      await this.#tasks.assign(assignment.activeTasks, assignment.standbyTasks)
      this.#goOn()
      this.#isSettled = assignment.followupRebalanceMs !== AT_ONCE
      this.#activate()
      this.#followUp(assignment.followupRebalanceMs)
      if (leaving.length > 0) this.#group.requestRejoin('tasks were given up that others are to have')
    } catch (failure) {
      this.#fail(failure)
    }
  }

  /** Unless the tasks are lost: then they are closed before the next time. */
  #goOn(): void {
    if (!this.#isToBeginAgain && !this.#failed && this.#states.isAlive) this.#loop.resume()
  }

  /** The leader wants another rebalance at that time. */
  #followUp(deadlineMs: number | undefined): void {
    clearTimeout(this.#followUpTimer)
    if (deadlineMs === undefined) return
    if (deadlineMs === AT_ONCE) return this.#group.requestRejoin('tasks change hands, and their owners were to give them up first')
    const waitMs = Math.min(Math.max(0, deadlineMs - this.#environment.time.now()), LONGEST_TIMER_MS)
    this.#followUpTimer = setTimeout(() => this.#group.requestRejoin('the task assignor asked for a follow-up rebalance'), waitMs).unref()
  }

  /** Not awaited by the group, whose next rebalance must not wait for a long restoration. */
  #activate(): void {
    this.#tasks.activate().then(
      () => {
        if (this.#isSettled && this.#states.state === 'PARTITIONS_ASSIGNED' && this.#tasks.all().every((managed) => managed.isRunning)) {
          this.#states.transitionTo('RUNNING')
        }
      },
      (error: unknown) => this.#fail(error),
    )
  }

  /** Somebody else may own the tasks already: they are closed as they are. */
  async #onLost(error: ClientError): Promise<void> {
    this.#environment.logger.warn({ err: error, thread: this.name }, 'the membership lapsed; tasks are closed without a commit')
    this.#states.transitionTo('PARTITIONS_REVOKED')
    this.#producer.lose(error)
    await this.#loop.pause()
    await this.#beginAgain()
  }

  // --- records

  #onTaskRunning({ task }: ManagedTask): void {
    this.#environment.logger.info({ taskId: String(task.id), thread: this.name }, 'a task is running')
    this.#loop.wake()
  }

  #onChunk(topic: string, partition: number, chunk: RecordChunk): void {
    const managed = this.#tasks.reading(topic, partition)
    if (managed === undefined || !managed.isRunning) return chunk.release()
    try {
      this.#metrics.fetched(chunk.count)
      managed.task.addChunk(topic, partition, chunk)
      this.#loop.wake()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Tasks of several partitions choose the next record by time: they need to know where more is to come. */
  #onFetched(): void {
    this.#metrics.polled()
    let isWaited = false
    for (const { task } of this.#tasks.running) {
      if (task.inputPartitions.length < 2) continue
      for (const { topic, partition } of task.inputPartitions) task.setLag(topic, partition, this.#fetcher.lag(topic, partition))
      isWaited ||= task.hasRecords
    }
    if (isWaited) this.#loop.wake()
  }

  async #onOutOfRange(topic: string, partition: number): Promise<void> {
    try {
      const because = 'no longer has the offset that was to be read'
      const reset = () => this.#startOffsets.reset([{ topic, partition }], because)
      const offsets = await ridingOut(`Partition ${partition} of ${topic}`, this.#retries, () => this.#states.isAlive, reset)
      for (const offset of offsets.values()) this.#fetcher.seek(topic, partition, offset)
    } catch (error) {
      this.#fail(error)
    }
  }

  #onLoopError(error: unknown): void {
    if (!(error instanceof TaskMigratedError)) return this.#fail(error)
    this.#environment.logger.warn({ err: error, thread: this.name }, 'the tasks are closed without a commit, and the thread joins the group again')
    this.#isToBeginAgain = true
    this.#group.requestRejoin('tasks were closed without a commit')
  }

  #fail(error: unknown): void {
    if (this.#failed || !this.#states.isAlive) return
    this.#failed = true
    void this.#loop.pause()
    this.#listener.failed(asError(error))
  }
}
