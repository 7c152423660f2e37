import { mkdirSync } from 'node:fs'
import type { Headers } from '../core/headers.ts'
import type { Serde } from '../serdes/serde.ts'
import type { RecordContext, RecordMetadata, StateRestoreCallback, StateStore, TaskId } from '../../topology/api.ts'
import type { ChangelogAppender, ContextHolder, InternalStoreContext } from '../../stores/internals/store-context.ts'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { RecordState } from './record-state.ts'
import type { TaskEnvironment } from './task-environment.ts'

/** What the context asks of the state manager that made it. */
export interface StoreHost {
  register(store: StateStore, restore: StateRestoreCallback | undefined): void
  changelog(storeName: string): ChangelogAppender | undefined
  readonly streamTime: number
}

/** The context of all stores of one task. */
export class TaskStoreContext implements InternalStoreContext {
  readonly applicationId: string
  readonly taskId: TaskId
  readonly ephemeral: boolean
  readonly keySerde: Serde<unknown>
  readonly valueSerde: Serde<unknown>
  readonly cache: ThreadCache | undefined
  readonly #environment: TaskEnvironment
  readonly #state: RecordState
  readonly #host: StoreHost
  readonly #onDropped: (reason: string) => void
  #hasDirectory = false

  /** `onDropped` counts records that come too late for a windowed store. */
  constructor(
    environment: TaskEnvironment,
    serdes: { readonly key: Serde<unknown>; readonly value: Serde<unknown> },
    state: RecordState,
    host: StoreHost,
    cache: ThreadCache | undefined,
    onDropped: (reason: string) => void = () => {},
  ) {
    this.applicationId = environment.applicationId
    this.taskId = environment.taskId
    this.ephemeral = environment.ephemeral
    this.keySerde = serdes.key
    this.valueSerde = serdes.value
    this.cache = cache
    this.#environment = environment
    this.#state = state
    this.#host = host
    this.#onDropped = onDropped
  }

  get stateDir(): string {
    if (!this.#hasDirectory) mkdirSync(this.#environment.stateDir, { recursive: true })
    this.#hasDirectory = true
    return this.#environment.stateDir
  }

  register(store: StateStore, restore?: StateRestoreCallback): void {
    this.#host.register(store, restore)
  }

  changelog(storeName: string): ChangelogAppender | undefined {
    return this.#host.changelog(storeName)
  }

  logChange(storeName: string, key: Uint8Array, value: Uint8Array | undefined, timestamp?: number): void {
    const appender = this.#host.changelog(storeName)
    if (appender === undefined) return
    const latin1 = Buffer.from(key.buffer, key.byteOffset, key.byteLength).latin1Slice()
    appender.append(latin1, value, timestamp ?? this.currentTimestamp, this.currentHeaders)
  }

  get currentTimestamp(): number {
    return this.#state.timestamp
  }

  get currentHeaders(): Headers {
    return this.#state.headers
  }

  get streamTime(): number {
    return this.#host.streamTime
  }

  get recordMetadata(): RecordMetadata | undefined {
    return this.#state.metadata()
  }

  recordDropped(reason: string): void {
    this.#onDropped(reason)
  }

  saveRecordContext(): RecordContext | undefined {
    return this.#state.isPresent ? this.#state.kept() : undefined
  }

  copyRecordContext(target: ContextHolder): boolean {
    this.#state.copyTo(target)
    return this.#state.isPresent
  }

  restoreRecordContext(saved: RecordContext | undefined): void {
    if (saved === undefined) this.#state.clear()
    else this.#state.set(saved)
  }

  appConfigs(): Readonly<Record<string, unknown>> {
    return this.#environment.config.originals()
  }

  appConfigsWithPrefix(prefix: string): Readonly<Record<string, unknown>> {
    return this.#environment.config.originalsWithPrefix(prefix)
  }
}
