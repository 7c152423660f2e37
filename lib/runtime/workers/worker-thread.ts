import { Worker } from 'node:worker_threads'
import type { ResourceLimits } from 'node:worker_threads'
import type { Metric } from '../../metrics/metrics-registry.ts'
import { taskId } from '../../task/task-id.ts'
import type { ClientThread } from '../client-thread.ts'
import { WorkerEndedError } from '../errors.ts'
import type { ThreadEnvironment, ThreadListener } from '../thread-environment.ts'
import type { ThreadMetadata } from '../thread-metadata.ts'
import type { ThreadState } from '../thread-state.ts'
import { clientNames } from '../metrics/client-names.ts'
import type { FromWorker, ToWorker, WorkerReport, WorkerStart } from './messages.ts'
import { fromPortable } from './portable-error.ts'
import { Questions } from './questions.ts'
import { workerArguments } from './worker-arguments.ts'
import { metricsAfter } from './worker-metrics.ts'

/** What all workers of a client are made with. */
export interface WorkerFactory {
  /** The program of a worker. */
  readonly program: URL
  /** The module of the topology. */
  readonly moduleUrl: string
  readonly config: Readonly<Record<string, unknown>>
  readonly resourceLimits: ResourceLimits | undefined
  readonly clientId: string
  readonly hears: WorkerStart['hears']
}

export interface WorkerListener extends ThreadListener {
  /** The worker's copy of the global stores has failed. */
  globalFailed(error: Error): void
  /** The worker has ended without having closed: its locks and its membership are left over. */
  ended(threadId: number, memberId: string): void
}

type Environment = Pick<ThreadEnvironment, 'processId' | 'cacheBytes' | 'isPaused' | 'logger' | 'restoreListener' | 'standbyListener'>

const NO_TASKS = { activeTasks: [], standbyTasks: [] }

/** A stream thread that runs in a worker, seen from its client: what it does there comes here as messages. */
export class WorkerThread implements ClientThread {
  readonly name: string
  readonly index: number
  readonly #environment: Environment
  readonly #listener: WorkerListener
  readonly #worker: Worker
  readonly #threadId: number
  readonly #questions: Questions
  readonly #ready: Promise<void>
  readonly #ended: Promise<void>
  #resolveReady: () => void = () => {}
  #state: ThreadState = 'CREATED'
  #report: WorkerReport | undefined
  #metrics: readonly Metric[] = []
  #error: Error | undefined
  #isReady = false
  #hasFailed = false
  #hasStopped = false
  #shutdown: Promise<void> | undefined

  constructor(name: string, index: number, factory: WorkerFactory, environment: Environment, listener: WorkerListener) {
    this.name = name
    this.index = index
    this.#environment = environment
    this.#listener = listener
    this.#questions = new Questions(name)
    const { moduleUrl, config, clientId, hears } = factory
    const start: WorkerStart = {
      moduleUrl,
      config,
      threadName: name,
      threadIndex: index,
      clientId,
      processId: environment.processId,
      cacheBytes: environment.cacheBytes(),
      isPaused: environment.isPaused(),
      hears,
    }
    this.#ready = new Promise((resolve) => (this.#resolveReady = resolve))
    const execArgv = workerArguments(process.execArgv)
    this.#worker = new Worker(factory.program, {
      name,
      workerData: start,
      ...(execArgv && { execArgv }),
      ...(factory.resourceLimits && { resourceLimits: factory.resourceLimits }),
    })
    this.#threadId = this.#worker.threadId
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (error: Error) => (this.#error ??= error))
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#onExit(code)
        resolve()
      })
    })
  }

  get state(): ThreadState {
    return this.#state
  }

  /** True while it can answer questions. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** As the worker told last. */
  get metrics(): readonly Metric[] {
    return this.#metrics
  }

  metadata(clientId: string): ThreadMetadata {
    const known = this.#report?.metadata
    return { threadName: this.name, ...clientNames(this.name, clientId), ...(known ?? NO_TASKS), threadState: this.#state }
  }

  /** Resolves when the global stores of the worker are filled, or when the thread has failed. */
  start(): Promise<void> {
    return this.#ready
  }

  resizeCache(): void {
    this.#send({ type: 'cache', bytes: this.#environment.cacheBytes() })
  }

  wake(): void {
    this.#send({ type: 'paused', isPaused: this.#environment.isPaused() })
  }

  requestApplicationShutdown(): boolean {
    if (this.#state === 'DEAD') return false
    this.#send({ type: 'shutdown-application' })
    return true
  }

  /** Has the worker answer a question. @throws {InvalidStateStoreError} when it ends before */
  ask(question: unknown): Promise<unknown> {
    return this.#questions.ask((id) => this.#send({ type: 'question', id, question }))
  }

  shutdown(leaveGroup: boolean): Promise<void> {
    if (this.#shutdown === undefined) {
      this.#send({ type: 'shutdown', leaveGroup })
      this.#shutdown = this.#ended
    }
    return this.#shutdown
  }

  #send(message: ToWorker): void {
    if (!this.#hasStopped) this.#worker.postMessage(message)
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#isReady = true
        return this.#resolveReady()
      case 'state':
        this.#know(message.report)
        return this.#goTo(message.state)
      case 'report':
        return this.#know(message.report)
      case 'assigned':
        return this.#listener.assigned(message)
      case 'failed':
        return this.#fail(fromPortable(message.error))
      case 'global-failed':
        this.#resolveReady()
        return this.#listener.globalFailed(fromPortable(message.error))
      case 'shutdown-requested':
        return this.#listener.shutdownRequested()
      case 'log':
        return this.#environment.logger[message.level](revived(message.fields), message.message)
      case 'heard':
        return this.#tell(message.listener, message.method, message.args)
      case 'answer':
        return this.#questions.answered(message.id, message.answer)
      case 'refusal':
        return this.#questions.refused(message.id, message.error)
      case 'stopped':
        this.#hasStopped = true
        this.#isReady = false
        // timers and sockets of the user's module would keep it alive
        return void this.#worker.terminate()
    }
  }

  #know(report: WorkerReport): void {
    this.#report = report
    this.#metrics = metricsAfter(this.#metrics, report.metrics)
  }

  #goTo(state: ThreadState): void {
    if (this.#state === state && state === 'DEAD') return
    const old = this.#state
    this.#state = state
    this.#listener.stateChanged(state, old)
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#listener.failed(error)
    this.#resolveReady()
  }

  #tell(listener: 'restore' | 'standby', method: string, args: readonly unknown[]): void {
    const heard = listener === 'restore' ? this.#environment.restoreListener() : this.#environment.standbyListener()
    const call = (heard as Readonly<Record<string, unknown>> | undefined)?.[method]
    if (typeof call === 'function') call.apply(heard, args.map(revivedArgument))
  }

  #onExit(code: number): void {
    const wasStopped = this.#hasStopped
    this.#hasStopped = true
    this.#isReady = false
    this.#questions.end()
    if (!wasStopped) this.#listener.ended(this.#threadId, this.#report?.memberId ?? '')
    if (this.#state !== 'PENDING_SHUTDOWN' && this.#state !== 'DEAD') this.#goTo('PENDING_SHUTDOWN')
    this.#goTo('DEAD')
    this.#metrics = []
    if (!wasStopped && this.#shutdown === undefined) {
      const error = this.#error
      const why = error === undefined ? `exit code ${code}, as by process.exit()` : error.message
      this.#fail(new WorkerEndedError(`the worker of ${this.name} has ended by itself: ${why}`, error === undefined ? undefined : { cause: error }))
    }
    this.#resolveReady()
  }
}

/** Errors among the fields of a log line come as {@link PortableError}. */
const revived = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isPortableError(value) ? fromPortable(value.portableError) : value]))

const isPortableError = (value: unknown): value is { portableError: Parameters<typeof fromPortable>[0] } =>
  typeof value === 'object' && value !== null && 'portableError' in value

/** Ids of tasks can be printed again. */
const revivedArgument = (argument: unknown): unknown => {
  if (typeof argument !== 'object' || argument === null || !('subtopology' in argument) || !('partition' in argument)) return argument
  return taskId(Number(argument.subtopology), Number(argument.partition))
}
