import { tmpdir } from 'node:os'
import { StreamsError } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { systemTime } from '../core/time.ts'
import { MetricsRegistry } from '../metrics/metrics-registry.ts'
import { Sensors } from '../metrics/sensors.ts'
import type { Serde } from '../serdes/serde.ts'
import { defaultSerdes } from '../task/default-serdes.ts'
import { taskId } from '../task/task-id.ts'
import type {
  Cancellable,
  ProcessorContext,
  PunctuationType,
  Punctuator,
  Record,
  RecordMetadata,
  StateStore,
  StateStoreContext,
  StoreBuilder,
  TaskId,
} from '../../topology/api.ts'
import type { AsyncCall, AsyncCalls, AsyncOptions } from '../../topology/async.ts'
import { checkAsyncOptions } from '../../topology/async.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import type { StreamsMetrics } from '../../topology/streams-metrics.ts'
import { StreamsConfig } from '../../topology/config.ts'

/** A record that the processor under test forwarded. */
export interface CapturedForward<K = unknown, V = unknown> {
  readonly record: Record<K, V>
  /** Undefined: to all children. */
  readonly child: string | undefined
}

/** What the processor under test scheduled; call `punctuator` to play the time. */
export interface CapturedPunctuator {
  readonly intervalMs: number
  readonly type: PunctuationType
  readonly startMs: number | undefined
  readonly punctuator: Punctuator
  cancelled: boolean
}

export interface MockProcessorContextOptions {
  readonly config?: StreamsConfigInput | undefined
  /** Default `0_0`. */
  readonly taskId?: TaskId | undefined
  /** Where the processor may keep files. Default: the system's directory for temporary files. */
  readonly stateDir?: string | undefined
}

/** A context for testing one processor alone: remembers what the processor asks for, and does nothing itself. */
export class MockProcessorContext<KOut = unknown, VOut = unknown> implements ProcessorContext<KOut, VOut> {
  readonly applicationId: string
  readonly taskId: TaskId
  readonly stateDir: string
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  /** To be set by the test. */
  currentStreamTimeMs = -1
  currentSystemTimeMs = 0
  recordMetadata: RecordMetadata | undefined = undefined
  /** What was forwarded, in order. */
  readonly forwarded: CapturedForward<KOut, VOut>[] = []
  readonly scheduledPunctuators: CapturedPunctuator[] = []
  /** True when the processor asked for a commit. */
  committed = false
  /** Metrics that the processor records; read them with `metrics.metrics()`. */
  readonly metrics: StreamsMetrics = new Sensors(new MetricsRegistry({ time: { ...systemTime, now: () => this.currentSystemTimeMs } }), 'mock')
  readonly #config: StreamsConfig
  readonly #stores = new Map<string, StateStore>()
  readonly #calls: Promise<void>[] = []

  constructor(options: MockProcessorContextOptions = {}) {
    this.#config = new StreamsConfig({ applicationId: 'mock-processor-context', ...options.config })
    const serdes = defaultSerdes(this.#config)
    this.applicationId = this.#config.settings.applicationId
    this.taskId = options.taskId ?? taskId(0, 0)
    this.stateDir = options.stateDir ?? tmpdir()
    this.keySerde = serdes.key
    this.valueSerde = serdes.value
  }

  forward<K extends KOut, V extends VOut>(record: Record<K, V>, child?: string): void {
    this.forwarded.push({ record, child })
  }

  /** What was forwarded to that child, or to all of them. */
  forwardedTo(child: string): CapturedForward<KOut, VOut>[] {
    return this.forwarded.filter((each) => each.child === undefined || each.child === child)
  }

  /** Says which source record the processor under test will see as {@link recordMetadata}. */
  setRecordMetadata(topic: string, partition: number, offset: number): void {
    this.recordMetadata = { topic, partition, offset }
  }

  resetForwards(): void {
    this.forwarded.length = 0
  }

  resetCommit(): void {
    this.committed = false
  }

  /** Forgets what was forwarded and that a commit was asked for. */
  reset(): void {
    this.resetForwards()
    this.resetCommit()
  }

  /** Builds and opens a store, so that the processor finds it. Give it a builder of a store in memory. */
  addStateStore<S extends StateStore>(builder: StoreBuilder<S>): S {
    const store = builder.build()
    this.#stores.set(builder.name, store)
    const opening = store.init(this.stateStoreContext(), store)
    if (opening !== undefined) throw new StreamsError('MILLRACE_TESTING_SLOW_STORE', `Store ${builder.name} opens asynchronously; open it before and use a store in memory in tests.`)
    return store
  }

  getStateStore<S extends StateStore>(store: StoreBuilder<S> | string): S {
    const name = typeof store === 'string' ? store : store.name
    const found = this.#stores.get(name)
    if (found === undefined) throw new StreamsError('MILLRACE_STORE_NOT_CONNECTED', `The test did not add a store ${name}: call addStateStore(builder) before init().`)
    return found as S
  }

  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator, options?: { startMs?: number }): Cancellable {
    const captured: CapturedPunctuator = { intervalMs, type, startMs: options?.startMs, punctuator, cancelled: false }
    this.scheduledPunctuators.push(captured)
    return {
      cancel: () => {
        captured.cancelled = true
      },
    }
  }

  /** Makes each call at once; its result is handed over when it is there: see {@link settled}. Options have no effect. */
  asyncCalls(options: AsyncOptions = {}): AsyncCalls {
    checkAsyncOptions(options)
    return {
      start: <K, V, R>({ timestamp, headers }: Record<K, V>, call: (call: AsyncCall) => R | PromiseLike<R>, done: (result: R) => void) => {
        const where = this.recordMetadata ?? { topic: undefined, partition: -1, offset: -1 }
        const { signal } = new AbortController()
        const finished = new Promise<R>((resolve) => resolve(call({ ...where, timestamp, headers, signal }))).then(done)
        finished.catch(() => {})
        this.#calls.push(finished)
      },
    }
  }

  /** Resolves when the calls that the processor under test made, and what it does with their results, are done. @throws the first error */
  async settled(): Promise<void> {
    while (this.#calls.length > 0) await Promise.all(this.#calls.splice(0))
  }

  commit(): void {
    this.committed = true
  }

  appConfigs(): Readonly<globalThis.Record<string, unknown>> {
    return this.#config.originals()
  }

  appConfigsWithPrefix(prefix: string): Readonly<globalThis.Record<string, unknown>> {
    return this.#config.originalsWithPrefix(prefix)
  }

  /** A context for opening stores of the test: no changelog, no cache. */
  stateStoreContext(): StateStoreContext {
    const unlogged = {
      applicationId: this.applicationId,
      taskId: this.taskId,
      stateDir: this.stateDir,
      keySerde: this.keySerde,
      valueSerde: this.valueSerde,
      ephemeral: true,
      recordMetadata: this.recordMetadata,
      currentTimestamp: 0,
      currentHeaders: Headers.empty,
      streamTime: -1,
      changelog: () => undefined,
      register: () => {},
      logChange: () => {},
      appConfigs: () => this.appConfigs(),
      appConfigsWithPrefix: (prefix: string) => this.appConfigsWithPrefix(prefix),
    }
    return unlogged
  }
}
