import { randomUUID } from 'node:crypto'
import type { StateStore } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import { Admin } from '../client/admin.ts'
import { Cluster } from '../client/cluster.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import { silentLogger } from '../core/log.ts'
import { MetricsRegistry } from '../metrics/metrics-registry.ts'
import type { MetricScope } from '../metrics/metric-scope.ts'
import { asError } from '../task/errors.ts'
import { metricsOptions } from '../task/metrics-options.ts'
import { StateDirectory } from '../task/state-directory.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import { clusterOptions, groupSettings } from './client-options.ts'
import { ClientStateMachine } from './client-state.ts'
import type { ClientThread } from './client-thread.ts'
import { connectWhenReachable } from './connect.ts'
import { GlobalState } from './global-state.ts'
import { clientMetrics } from './metrics/client-metrics.ts'
import type { PreparedTopology } from './prepared-topology.ts'
import { rememberedProcessId } from './process-id.ts'
import type { StateRestoreListener } from './restore-listener.ts'
import type { StandbyUpdateListener } from './standby-listener.ts'
import { startStateCleaner } from './state-cleaner.ts'
import { claimStateDirectory } from './state-dir-claims.ts'
import { IllegalStateError } from './state-machine.ts'
import { StreamThread } from './stream-thread.ts'
import type { ThreadEnvironment, ThreadListener } from './thread-environment.ts'
import type { ThreadState } from './thread-state.ts'
import { shutdownClient } from './uncaught-exceptions.ts'
import type { StreamsUncaughtExceptionHandler } from './uncaught-exceptions.ts'
import { warnOfUnknownTasks } from './unknown-tasks.ts'
import { WorkerThread } from './workers/worker-thread.ts'
import type { WorkerFactory } from './workers/worker-thread.ts'

export interface StreamsClientOptions {
  readonly config: StreamsConfig
  readonly logger: Logger
  readonly time: Time
  /** What is run, for metrics. */
  readonly topologyDescription: () => string
  /** Told with every assignment: who has which partitions. */
  readonly onAssignment: (assignment: Pick<AssignmentInfo, 'hosts' | 'partitionCounts'>) => void
}

/** Which stream threads run in workers, and how these are made. */
export interface WorkerPlan {
  isWorker(index: number): boolean
  /** @throws {ConfigError} when workers cannot be given a setting */
  factory(): Omit<WorkerFactory, 'clientId' | 'hears'>
}

/** What a client runs. */
export interface ClientPlan {
  readonly prepared: PreparedTopology
  /** Absent: all stream threads run in this event loop. */
  readonly workers?: WorkerPlan | undefined
}

interface Started {
  readonly plan: ClientPlan
  readonly environment: ThreadEnvironment
}

/** The life of one instance of an application: its threads, its global state, and what they share. */
export class StreamsClient {
  readonly states = new ClientStateMachine()
  readonly metrics: MetricsRegistry
  readonly clientId: string
  readonly stateDirectory: StateDirectory
  exceptionHandler: StreamsUncaughtExceptionHandler = shutdownClient
  restoreListener: StateRestoreListener | undefined
  standbyListener: StandbyUpdateListener | undefined
  readonly #options: StreamsClientOptions
  #processId: string
  #threads: (StreamThread | WorkerThread)[] = []
  #started: Started | undefined
  #isPaused = false
  #cluster: Cluster | undefined
  #admin: Admin | undefined
  #global: GlobalState | undefined
  #releaseDirectory: (() => void) | undefined
  #leaving: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #fatal: Error | undefined
  #failedThreads = 0
  #metricScope: MetricScope
  #stopCleaning: (() => void) | undefined

  constructor(options: StreamsClientOptions) {
    this.#options = options
    const { config, time } = options
    this.metrics = new MetricsRegistry(metricsOptions(config, time))
    const { applicationId, clientId, stateDir } = config.settings
    this.#processId = randomUUID()
    this.clientId = clientId === '' ? `${applicationId}-${this.#processId}` : clientId
    this.#metricScope = this.#measure()
    this.stateDirectory = new StateDirectory(stateDir, applicationId)
  }

  #measure(): MetricScope {
    return clientMetrics({
      metrics: this.metrics,
      clientId: this.clientId,
      processId: this.#processId,
      applicationId: this.#options.config.settings.applicationId,
      state: () => this.states.state,
      topologyDescription: this.#options.topologyDescription,
      aliveThreads: () => this.#threads.filter(({ state }) => state !== 'DEAD').length,
      failedThreads: () => this.#failedThreads,
    })
  }

  get threads(): readonly (StreamThread | WorkerThread)[] {
    return this.#threads
  }

  /** The stream threads of this event loop: their tasks can be seen directly. */
  get localThreads(): readonly StreamThread[] {
    return this.#threads.filter((thread) => thread instanceof StreamThread)
  }

  /** The stream threads that run in workers. */
  get workers(): readonly WorkerThread[] {
    return this.#threads.filter((thread) => thread instanceof WorkerThread)
  }

  get admin(): Admin | undefined {
    return this.#admin
  }

  /** What made the client fail, when it did. */
  get fatal(): Error | undefined {
    return this.#fatal
  }

  /** Starts global state and threads; a plan that is still to be loaded is loaded first. @throws {IllegalStateError} when the client was started before */
  async start(plan: ClientPlan | (() => Promise<ClientPlan>)): Promise<void> {
    const { state } = this.states
    if (state !== 'CREATED') {
      throw new IllegalStateError(`The client is either already started or already stopped, cannot re-start (it is ${state}): make a new KafkaStreams`)
    }
    if (typeof plan === 'object') this.#claimFiles(plan)
    this.states.transitionTo('REBALANCING')
    try {
      await this.#run(typeof plan === 'object' ? plan : await this.#loaded(plan))
    } catch (error) {
      if (!this.states.isRunningOrRebalancing) return
      this.#closeToError(asError(error))
    }
    if (this.#fatal === undefined) return
    await this.#closing
    throw this.#fatal
  }

  async #loaded(load: () => Promise<ClientPlan>): Promise<ClientPlan> {
    const plan = await load()
    if (this.states.isRunningOrRebalancing) this.#claimFiles(plan)
    return plan
  }

  #claimFiles({ prepared }: ClientPlan): void {
    if (!prepared.usesFiles) return
    this.#releaseDirectory = claimStateDirectory(this.stateDirectory.path)
    this.#processId = rememberedProcessId(this.stateDirectory) ?? this.#processId
    const { stateCleanupDelayMs: delayMs, stateCleanupDirMaxAgeMs: maxAgeMs } = this.#options.config.settings
    const { logger, time } = this.#options
    const isRunning = (): boolean => this.states.state === 'RUNNING'
    this.#stopCleaning = startStateCleaner({ directory: this.stateDirectory, time, logger, delayMs, maxAgeMs, isRunning })
    warnOfUnknownTasks(this.stateDirectory, prepared.builder.subtopologyIds(), this.#options.logger)
    this.#metricScope.close()
    this.#metricScope = this.#measure()
  }

  async #run(plan: ClientPlan): Promise<void> {
    if (!this.states.isRunningOrRebalancing) return
    const { builder, config } = plan.prepared
    const started = { plan, environment: this.#createEnvironment(plan) }
    this.#started = started
    const hasTasks = builder.subtopologyIds().length > 0
    if (!hasTasks || plan.workers?.isWorker(1) !== true) await this.#startGlobal(started)
    if (!this.states.isRunningOrRebalancing) return
    if (!hasTasks) return void this.states.transitionTo('RUNNING')
    const starting = Array.from({ length: config.settings.numStreamThreads }, () => this.#makeThread(started).start())
    await Promise.all(starting)
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused
    for (const thread of this.#threads) thread.wake()
  }

  /** One more stream thread; its name, or undefined when the client does not run. */
  addThread(): string | undefined {
    if (!this.states.isRunningOrRebalancing || this.#started === undefined) return undefined
    if (this.#started.plan.prepared.builder.subtopologyIds().length === 0) return undefined
    const thread = this.#makeThread(this.#started)
    void thread.start()
    return thread.name
  }

  /** Stops the newest stream thread that lives; its name, or undefined when there is none. Its tasks go to the others. */
  async removeThread(): Promise<string | undefined> {
    const thread = this.#threads.findLast(({ state }) => state !== 'PENDING_SHUTDOWN' && state !== 'DEAD')
    if (!this.states.isRunningOrRebalancing || thread === undefined) return undefined
    await thread.shutdown(true)
    this.#forget(thread)
    this.#checkRunning()
    return thread.name
  }

  #forget(thread: ClientThread): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    for (const other of this.#threads) other.resizeCache()
  }

  /** Stops everything in reverse order; resolves when done. Calls after the first one wait for it. */
  close(leaveGroup: boolean): Promise<void> {
    if (this.states.hasShutDown) return Promise.resolve()
    if (this.#closing === undefined) {
      this.states.transitionTo('PENDING_SHUTDOWN')
      this.#closing = this.#stop(leaveGroup).then(() => void this.states.transitionTo('NOT_RUNNING'))
    }
    return this.#closing
  }

  globalStore(name: string): StateStore | undefined {
    return this.#global?.store(name)
  }

  #createEnvironment({ prepared }: ClientPlan): ThreadEnvironment {
    const { logger, time } = this.#options
    const { config, builder, taskAssignor, usesFiles } = prepared
    const cluster = new Cluster(clusterOptions(config, this.clientId, logger))
    this.#cluster = cluster
    this.#admin = new Admin(cluster)
    const connected = connectWhenReachable(cluster, () => this.states.isRunningOrRebalancing, logger)
    connected.catch(() => {})
    return {
      config,
      builder,
      cluster,
      connected,
      admin: this.#admin,
      logger,
      time,
      metrics: this.metrics,
      processId: this.#processId,
      taskAssignor,
      userEndPoint: config.settings.applicationServer === '' ? undefined : config.settings.applicationServer,
      stateDirectory: this.stateDirectory,
      usesFiles,
      globalStore: (name) => this.globalStore(name),
      restoreListener: () => this.restoreListener,
      standbyListener: () => this.standbyListener,
      cacheBytes: () => Math.floor(config.settings.statestoreCacheMaxBytes / Math.max(1, this.#threads.length)),
      isPaused: () => this.#isPaused,
    }
  }

  async #startGlobal({ plan, environment }: Started): Promise<void> {
    const topology = plan.prepared.builder.buildGlobalStateTopology()
    if (topology === undefined) return
    await environment.connected
    this.#global = new GlobalState(topology, `${this.clientId}-GlobalStreamThread`, environment, (error) => this.#globalFailed(asError(error)))
    await this.#global.start()
  }

  /** Makes a thread, which is then to be started. */
  #makeThread(started: Started): ClientThread {
    const index = this.#freeIndex()
    const name = `${this.clientId}-StreamThread-${index}`
    const listener: ThreadListener = {
      stateChanged: (newState) => this.#threadChanged(newState),
      assigned: this.#options.onAssignment,
      failed: (error) => this.#threadFailed(thread, started, error),
      shutdownRequested: () => this.#closeToError(new Error('the application was asked to shut down by one of its instances')),
    }
    const thread: StreamThread | WorkerThread =
      started.plan.workers?.isWorker(index) === true
        ? this.#createWorker(name, index, started, started.plan.workers, listener)
        : new StreamThread(name, index, started.environment, listener)
    this.#threads.push(thread)
    for (const each of this.#threads) each.resizeCache()
    return thread
  }

  #createWorker(name: string, index: number, { environment }: Started, workers: WorkerPlan, listener: ThreadListener): WorkerThread {
    const hears = {
      logs: this.#options.logger !== silentLogger,
      // each worker fills global stores and restores tasks of its own
      restore: this.restoreListener !== undefined,
      standby: this.standbyListener !== undefined,
    }
    return new WorkerThread(name, index, { ...workers.factory(), clientId: this.clientId, hears }, environment, {
      ...listener,
      globalFailed: (error) => this.#globalFailed(error),
      ended: (threadId, memberId) => this.#clearUp(threadId, memberId, environment),
    })
  }

  /** A worker has died: its locks are taken away, and the group is told, so that its tasks need not wait until its session has timed out. */
  #clearUp(threadId: number, memberId: string, { config, logger }: ThreadEnvironment): void {
    this.stateDirectory.unlockThread(threadId)
    const { groupInstanceId } = groupSettings(config, 1)
    if (memberId === '' || groupInstanceId !== undefined || this.#admin === undefined) return
    this.#leaving = this.#admin
      .removeGroupMember(config.settings.applicationId, memberId, 'its worker thread has ended')
      .catch((error: unknown) => logger.warn({ err: error, memberId }, 'the group was not told that the worker of a stream thread has ended'))
  }

  /** Names of threads that are gone are used again, so that static members keep their ids. */
  #freeIndex(): number {
    const taken = new Set(this.#threads.map(({ index }) => index))
    let index = 1
    while (taken.has(index)) index++
    return index
  }

  #threadChanged(newState: ThreadState): void {
    if (newState === 'PARTITIONS_REVOKED' || newState === 'PARTITIONS_ASSIGNED') this.states.transitionTo('REBALANCING')
    else if (newState === 'RUNNING') this.#checkRunning()
  }

  #checkRunning(): void {
    const allRun = this.#threads.some(({ state }) => state === 'RUNNING') && this.#threads.every(({ state }) => state === 'RUNNING' || state === 'DEAD')
    if (allRun && this.states.state === 'REBALANCING') this.states.transitionTo('RUNNING')
  }

  #threadFailed(thread: ClientThread, started: Started, error: Error): void {
    const { logger } = this.#options
    this.#failedThreads++
    logger.error({ err: error, thread: thread.name }, 'a stream thread has failed')
    const response = this.#askHandler(error)
    logger.info({ thread: thread.name, response }, 'the uncaught exception handler has decided')
    if (response === 'REPLACE_THREAD') return this.#replace(thread, started)
    if (response === 'SHUTDOWN_APPLICATION') this.#shutDownApplication(thread, started)
    // told to the leader before this instance leaves: the others learn of it with their next assignment
    else return this.#closeToError(error)
    this.#fatal ??= error
  }

  #askHandler(error: Error): ReturnType<StreamsUncaughtExceptionHandler> {
    try {
      return this.exceptionHandler(error)
    } catch (thrown) {
      this.#options.logger.error({ err: thrown }, 'the uncaught exception handler itself has failed')
      return 'SHUTDOWN_CLIENT'
    }
  }

  #replace(thread: ClientThread, started: Started): void {
    void thread.shutdown(true).then(() => {
      this.#forget(thread)
      if (this.states.isRunningOrRebalancing) void this.#makeThread(started).start()
    })
  }

  /** The failed thread tells it, or another one when that has died: a new one when there is none. */
  #shutDownApplication(failed: ClientThread, started: Started): void {
    if (this.#threads.some((thread) => thread.requestApplicationShutdown())) return
    this.#forget(failed)
    const messenger = this.#makeThread(started)
    messenger.requestApplicationShutdown()
    void messenger.start()
  }

  #globalFailed(error: Error): void {
    this.#options.logger.error({ err: error }, 'the global state has failed')
    if (this.states.isRunningOrRebalancing) this.#closeToError(error)
  }

  #closeToError(error: Error): void {
    this.#fatal ??= error
    if (this.#closing !== undefined || !this.states.transitionTo('PENDING_ERROR')) return
    this.#closing = this.#stop(true).then(() => void this.states.transitionTo('ERROR'))
  }

  async #stop(leaveGroup: boolean): Promise<void> {
    this.#stopCleaning?.()
    await Promise.all(this.#threads.map((thread) => thread.shutdown(leaveGroup)))
    await this.#global?.close().catch((error: unknown) => this.#options.logger.error({ err: error }, 'closing the global state failed'))
    await this.#leaving
    await this.#cluster?.close()
    if (this.#started?.plan.prepared.usesFiles === true) this.stateDirectory.unlockInstance()
    this.#releaseDirectory?.()
    this.#metricScope.close()
  }
}
