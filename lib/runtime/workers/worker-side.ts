import type { MessagePort } from 'node:worker_threads'
import type { StateStore } from '../../../topology/api.ts'
import { Admin } from '../../client/admin.ts'
import { Cluster } from '../../client/cluster.ts'
import { silentLogger } from '../../core/log.ts'
import { systemTime } from '../../core/time.ts'
import { MetricsRegistry } from '../../metrics/metrics-registry.ts'
import { asError } from '../../task/errors.ts'
import { metricsOptions } from '../../task/metrics-options.ts'
import { StateDirectory } from '../../task/state-directory.ts'
import { clusterOptions } from '../client-options.ts'
import { connectWhenReachable } from '../connect.ts'
import { GlobalState } from '../global-state.ts'
import { prepareTopology } from '../prepared-topology.ts'
import type { PreparedTopology } from '../prepared-topology.ts'
import { StreamThread } from '../stream-thread.ts'
import type { ThreadEnvironment } from '../thread-environment.ts'
import { ClientPort } from './client-port.ts'
import type { ToWorker, WorkerReport, WorkerStart } from './messages.ts'
import { toPortable } from './portable-error.ts'
import { TopologyModule } from './topology-module.ts'
import type { TopologyExports } from './topology-module.ts'
import { MetricsReporter } from './worker-metrics.ts'

/** How old what the client knows of a worker can be, ms. */
const REPORT_MS = 1000

/** Only one worker tells of its global stores: all fill the same. */
const TELLS_OF_GLOBAL_STORES = 1

/** What a worker has to answer questions from. */
export interface WorkerContent {
  readonly prepared: PreparedTopology
  /** Of the topology's module. */
  readonly exports: TopologyExports
  readonly thread: StreamThread
  globalStore(name: string): StateStore | undefined
}

/** Answers what the client asks; the answer is sent as data. */
export type Answer = (question: unknown, content: WorkerContent) => Promise<unknown>

/** One stream thread in a worker, with clients, stores and metrics of its own. */
export class WorkerSide {
  readonly #start: WorkerStart
  readonly #port: ClientPort
  readonly #answer: Answer
  #metrics: MetricsRegistry | undefined
  readonly #reporter = new MetricsReporter(() => this.#metrics?.read() ?? [])
  #cacheBytes: number
  #isPaused: boolean
  #isToShutDownApplication = false
  #prepared: PreparedTopology | undefined
  #exports: TopologyExports = {}
  #cluster: Cluster | undefined
  #global: GlobalState | undefined
  #thread: StreamThread | undefined
  #reports: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined

  constructor(port: MessagePort, start: WorkerStart, answer: Answer) {
    this.#port = new ClientPort(port)
    this.#start = start
    this.#answer = answer
    this.#cacheBytes = start.cacheBytes
    this.#isPaused = start.isPaused
    port.on('message', (message: ToWorker) => this.#hear(message))
  }

  /** Loads the topology, fills the global stores and starts the thread. Never rejects: the client is told. */
  async run(): Promise<void> {
    try {
      const { exports, topology, config } = await new TopologyModule(new URL(this.#start.moduleUrl)).load(this.#start.config)
      const logger = this.#start.hears.logs ? this.#port.logger() : silentLogger
      const prepared = prepareTopology(topology, config, logger)
      this.#prepared = prepared
      this.#exports = exports
      if (this.#stopping !== undefined) return
      const environment = this.#createEnvironment(prepared, logger)
      if (!(await this.#fillGlobal(prepared, environment)) || this.#stopping !== undefined) return
      this.#startThread(environment)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#port.send({ type: 'failed', error: toPortable(error) })
  }

  #createEnvironment({ config, builder, taskAssignor, usesFiles }: PreparedTopology, logger: ThreadEnvironment['logger']): ThreadEnvironment {
    const { clientId, processId, hears } = this.#start
    const { stateDir, applicationId, applicationServer } = config.settings
    const cluster = new Cluster(clusterOptions(config, clientId, logger))
    this.#cluster = cluster
    const connected = connectWhenReachable(cluster, () => this.#stopping === undefined, logger)
    connected.catch(() => {})
    const [restoreListener, standbyListener] = [this.#port.restoreListener(), this.#port.standbyListener()]
    return {
      config,
      builder,
      cluster,
      connected,
      admin: new Admin(cluster),
      logger,
      time: systemTime,
      metrics: (this.#metrics = new MetricsRegistry(metricsOptions(config, systemTime))),
      processId,
      taskAssignor,
      userEndPoint: applicationServer === '' ? undefined : applicationServer,
      stateDirectory: new StateDirectory(stateDir, applicationId),
      usesFiles,
      globalStore: (name) => this.#global?.store(name),
      restoreListener: () => (hears.restore ? restoreListener : undefined),
      standbyListener: () => (hears.standby ? standbyListener : undefined),
      cacheBytes: () => this.#cacheBytes,
      isPaused: () => this.#isPaused,
    }
  }

  /** This worker's own copy of the global stores; false when it has failed. */
  async #fillGlobal({ builder }: PreparedTopology, environment: ThreadEnvironment): Promise<boolean> {
    const topology = builder.buildGlobalStateTopology()
    if (topology === undefined) return true
    const { threadName, threadIndex } = this.#start
    const { stateDir, applicationId } = environment.config.settings
    const own: ThreadEnvironment = {
      ...environment,
      stateDirectory: new StateDirectory(stateDir, applicationId, `global-${threadIndex}`),
      ...(threadIndex === TELLS_OF_GLOBAL_STORES ? {} : { restoreListener: () => undefined }),
    }
    const failed = (error: unknown): void => {
      if (this.#stopping === undefined) this.#port.send({ type: 'global-failed', error: toPortable(error) })
    }
    try {
      await environment.connected
      this.#global = new GlobalState(topology, threadName.replace('StreamThread', 'GlobalStreamThread'), own, failed)
      await this.#global.start()
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }

  #startThread(environment: ThreadEnvironment): void {
    const { threadName, threadIndex } = this.#start
    const thread: StreamThread = new StreamThread(threadName, threadIndex, environment, {
      stateChanged: (state) => this.#port.send({ type: 'state', state, report: this.#report(thread) }),
      assigned: ({ hosts, partitionCounts }) => this.#port.send({ type: 'assigned', hosts, partitionCounts }),
      failed: (error) => this.#fail(error),
      shutdownRequested: () => this.#port.send({ type: 'shutdown-requested' }),
    })
    this.#thread = thread
    this.#port.send({ type: 'ready' })
    thread.resizeCache()
    if (this.#isToShutDownApplication) thread.requestApplicationShutdown()
    thread.start()
    this.#reports = setInterval(() => this.#port.send({ type: 'report', report: this.#report(thread) }), REPORT_MS)
  }

  #report(thread: StreamThread): WorkerReport {
    return { metadata: thread.metadata(this.#start.clientId), metrics: this.#reporter.next(), memberId: thread.memberId }
  }

  #hear(message: ToWorker): void {
    switch (message.type) {
      case 'shutdown':
        this.#stopping ??= this.#stop(message.leaveGroup)
        return
      case 'paused':
        this.#isPaused = message.isPaused
        return this.#thread?.wake()
      case 'cache':
        this.#cacheBytes = message.bytes
        return this.#thread?.resizeCache()
      case 'shutdown-application':
        this.#isToShutDownApplication = true
        return void this.#thread?.requestApplicationShutdown()
      case 'question':
        return void this.#reply(message.id, message.question)
    }
  }

  async #reply(id: number, question: unknown): Promise<void> {
    try {
      if (this.#prepared === undefined || this.#thread === undefined) throw new Error('the stream thread is not there yet')
      const content = { prepared: this.#prepared, exports: this.#exports, thread: this.#thread, globalStore: (name: string) => this.#global?.store(name) }
      this.#port.send({ type: 'answer', id, answer: await this.#answer(question, content) })
    } catch (error) {
      this.#port.send({ type: 'refusal', id, error: toPortable(asError(error)) })
    }
  }

  async #stop(leaveGroup: boolean): Promise<void> {
    await this.#thread?.shutdown(leaveGroup)
    clearInterval(this.#reports)
    await this.#global?.close().catch(() => {})
    await this.#cluster?.close()
    this.#port.send({ type: 'stopped' })
  }
}
