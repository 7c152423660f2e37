import { randomUUID } from 'node:crypto'
import type { StateStore } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import { Admin } from '../client/admin.ts'
import { Cluster } from '../client/cluster.ts'
import { ClientError } from '../client/errors.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import { MetricsRegistry } from '../metrics/metrics-registry.ts'
import { asError } from '../task/errors.ts'
import { StateDirectory } from '../task/state-directory.ts'
import type { AssignmentInfo } from './assignor/assignment-info.ts'
import { configuredAssignor } from './assignor/configured-assignor.ts'
import type { TaskAssignor } from './assignor/task-assignor.ts'
import { clusterOptions } from './client-options.ts'
import { ClientStateMachine } from './client-state.ts'
import { GlobalState } from './global-state.ts'
import { rememberedProcessId } from './process-id.ts'
import type { StateRestoreListener } from './restore-listener.ts'
import type { StandbyUpdateListener } from './standby-listener.ts'
import { claimStateDirectory } from './state-dir-claims.ts'
import { IllegalStateError } from './state-machine.ts'
import { StreamThread } from './stream-thread.ts'
import type { ThreadEnvironment } from './thread-environment.ts'
import type { ThreadState } from './thread-state.ts'
import { shutdownClient } from './uncaught-exceptions.ts'
import type { StreamsUncaughtExceptionHandler } from './uncaught-exceptions.ts'

export interface StreamsClientOptions {
  readonly builder: InternalTopologyBuilder
  readonly config: StreamsConfig
  readonly logger: Logger
  readonly time: Time
  /** Told with every assignment: who has which partitions. */
  readonly onAssignment: (assignment: AssignmentInfo) => void
}

/** The life of one instance of an application: its threads, its global state, and what they share. */
export class StreamsClient {
  readonly states = new ClientStateMachine()
  readonly metrics = new MetricsRegistry()
  readonly clientId: string
  readonly stateDirectory: StateDirectory
  exceptionHandler: StreamsUncaughtExceptionHandler = shutdownClient
  restoreListener: StateRestoreListener | undefined
  standbyListener: StandbyUpdateListener | undefined
  readonly #options: StreamsClientOptions
  readonly #usesFiles: boolean
  readonly #taskAssignor: TaskAssignor
  #processId: string
  #threads: StreamThread[] = []
  #environment: ThreadEnvironment | undefined
  #isPaused = false
  #cluster: Cluster | undefined
  #admin: Admin | undefined
  #global: GlobalState | undefined
  #releaseDirectory: (() => void) | undefined
  #closing: Promise<void> | undefined
  #fatal: Error | undefined

  constructor(options: StreamsClientOptions) {
    this.#options = options
    const { config, builder } = options
    const { applicationId, clientId, stateDir } = config.settings
    this.#processId = randomUUID()
    this.clientId = clientId === '' ? `${applicationId}-${this.#processId}` : clientId
    this.#taskAssignor = configuredAssignor(config)
    this.stateDirectory = new StateDirectory(stateDir, applicationId)
    const names = [...builder.storeNames(), ...builder.buildTopology().globalStores]
    this.#usesFiles = names.some((name) => builder.storeBuilder(name)?.build().persistent ?? false)
  }

  get threads(): readonly StreamThread[] {
    return this.#threads
  }

  get global(): GlobalState | undefined {
    return this.#global
  }

  get admin(): Admin | undefined {
    return this.#admin
  }

  /** What made the client fail, when it did. */
  get fatal(): Error | undefined {
    return this.#fatal
  }

  /** Starts global state and threads. @throws {IllegalStateError} when the client was started before */
  async start(): Promise<void> {
    const { state } = this.states
    if (state !== 'CREATED') {
      throw new IllegalStateError(`The client is either already started or already stopped, cannot re-start (it is ${state}): make a new KafkaStreams`)
    }
    if (this.#usesFiles) {
      this.#releaseDirectory = claimStateDirectory(this.stateDirectory.path)
      this.#processId = rememberedProcessId(this.stateDirectory) ?? this.#processId
    }
    this.states.transitionTo('REBALANCING')
    const environment = this.#createEnvironment()
    this.#environment = environment
    try {
      await this.#startGlobal(environment)
    } catch (error) {
      if (!this.states.isRunningOrRebalancing) return
      this.#closeToError(asError(error))
      await this.#closing
      throw error
    }
    if (!this.states.isRunningOrRebalancing) return
    if (this.#options.builder.subtopologyIds().length === 0) this.states.transitionTo('RUNNING')
    else for (let i = 0; i < this.#options.config.settings.numStreamThreads; i++) this.#startThread(environment)
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
    if (!this.states.isRunningOrRebalancing || this.#environment === undefined) return undefined
    if (this.#options.builder.subtopologyIds().length === 0) return undefined
    return this.#startThread(this.#environment).name
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

  #forget(thread: StreamThread): void {
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

  #createEnvironment(): ThreadEnvironment {
    const { config, builder, logger, time } = this.#options
    const cluster = new Cluster(clusterOptions(config, this.clientId, logger))
    this.#cluster = cluster
    this.#admin = new Admin(cluster)
    const connected = this.#connect(cluster)
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
      taskAssignor: this.#taskAssignor,
      userEndPoint: config.settings.applicationServer === '' ? undefined : config.settings.applicationServer,
      stateDirectory: this.stateDirectory,
      usesFiles: this.#usesFiles,
      globalStore: (name) => this.globalStore(name),
      restoreListener: () => this.restoreListener,
      standbyListener: () => this.standbyListener,
      cacheBytes: () => Math.floor(config.settings.statestoreCacheMaxBytes / Math.max(1, this.#threads.length)),
      isPaused: () => this.#isPaused,
    }
  }

  /** Brokers may come up later than their clients: waits for them for as long as it takes. */
  async #connect(cluster: Cluster): Promise<void> {
    for (;;) {
      try {
        return await cluster.connect()
      } catch (error) {
        if (!(error instanceof ClientError && error.retriable) || !this.states.isRunningOrRebalancing) throw error
        this.#options.logger.warn({ err: error }, 'the cluster cannot be reached; trying again')
      }
    }
  }

  async #startGlobal(environment: ThreadEnvironment): Promise<void> {
    const topology = this.#options.builder.buildGlobalStateTopology()
    if (topology === undefined) return
    await environment.connected
    this.#global = new GlobalState(topology, `${this.clientId}-GlobalStreamThread`, environment, (error) => this.#globalFailed(asError(error)))
    await this.#global.start()
  }

  #startThread(environment: ThreadEnvironment): StreamThread {
    const index = this.#freeIndex()
    const thread: StreamThread = new StreamThread(`${this.clientId}-StreamThread-${index}`, index, environment, {
      stateChanged: (newState) => this.#threadChanged(newState),
      assigned: this.#options.onAssignment,
      failed: (error) => this.#threadFailed(thread, environment, error),
      shutdownRequested: () => this.#closeToError(new Error('the application was asked to shut down by one of its instances')),
    })
    this.#threads.push(thread)
    for (const each of this.#threads) each.resizeCache()
    thread.start()
    return thread
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
    const allRun = this.#threads.every(({ state }) => state === 'RUNNING' || state === 'DEAD')
    if (allRun && this.states.state === 'REBALANCING') this.states.transitionTo('RUNNING')
  }

  #threadFailed(thread: StreamThread, environment: ThreadEnvironment, error: Error): void {
    const { logger } = this.#options
    logger.error({ err: error, thread: thread.name }, 'a stream thread has failed')
    const response = this.#askHandler(error)
    logger.info({ thread: thread.name, response }, 'the uncaught exception handler has decided')
    if (response === 'REPLACE_THREAD') return this.#replace(thread, environment)
    if (response === 'SHUTDOWN_APPLICATION') thread.requestApplicationShutdown()
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

  #replace(thread: StreamThread, environment: ThreadEnvironment): void {
    void thread.shutdown(true).then(() => {
      this.#forget(thread)
      if (this.states.isRunningOrRebalancing) this.#startThread(environment)
    })
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
    await Promise.all(this.#threads.map((thread) => thread.shutdown(leaveGroup)))
    await this.#global?.close().catch((error: unknown) => this.#options.logger.error({ err: error }, 'closing the global state failed'))
    await this.#cluster?.close()
    if (this.#usesFiles) this.stateDirectory.unlockInstance()
    this.#releaseDirectory?.()
  }
}
