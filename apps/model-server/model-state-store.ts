import type {
  QueryableStoreType,
  StateStore,
  StateStoreContext,
  StoreBuilder,
} from '../../lib/index.ts'
import type { ServingState, Slot, StoredModel } from './serving-state.ts'
import type { Statistics } from './statistics.ts'

/** What queries may see of a {@link ModelStateStore}. */
export interface ReadableModelState {
  /** Statistics of the models in service, one for each data type. */
  currentStatistics(): Statistics[]
}

/** What has a changelog record of its own: statistics, which change with every record, do not write the model again. */
type Part = 'model' | 'statistics'

/** What one data type has in one slot. */
interface Entry {
  model?: StoredModel
  statistics?: Statistics
  /** What has changed since it was last logged. */
  readonly changed: Set<Part>
}

/**
 * A store type of the application's own: a model server's state, kept in memory as what it is, change-logged and restored
 * from the changelog. Shows how users bring a store of any shape. What has changed is logged once a commit, a model together
 * with its statistics, however many records were scored since the last one.
 */
export class ModelStateStore implements StateStore, ServingState, ReadableModelState {
  readonly name: string
  readonly persistent = false
  #context: StateStoreContext | undefined
  readonly #entries = { current: new Map<string, Entry>(), new: new Map<string, Entry>() }

  constructor(name: string) {
    this.name = name
  }

  get isOpen(): boolean {
    return this.#context !== undefined
  }

  init(context: StateStoreContext, root: StateStore): void {
    this.#context = context
    context.register(root, (key, value) => this.#restore(key, value))
  }

  close(): void {
    this.#context = undefined
  }

  model(slot: Slot, dataType: string): StoredModel | undefined {
    return this.#entries[slot].get(dataType)?.model
  }

  putModel(slot: Slot, dataType: string, model: StoredModel | undefined): void {
    const entry = this.#entry(slot, dataType)
    entry.model = model
    entry.changed.add('model')
  }

  statistics(slot: Slot, dataType: string): Statistics | undefined {
    return this.#entries[slot].get(dataType)?.statistics
  }

  putStatistics(slot: Slot, dataType: string, statistics: Statistics | undefined): void {
    const entry = this.#entry(slot, dataType)
    entry.statistics = statistics
    entry.changed.add('statistics')
  }

  /** Before each commit. */
  flushCache(): void {
    for (const slot of ['current', 'new'] as const) {
      for (const [dataType, entry] of this.#entries[slot]) {
        for (const part of entry.changed) this.#log(slot, part, dataType, entry[part])
        entry.changed.clear()
      }
    }
  }

  currentStatistics(): Statistics[] {
    return [...this.#entries.current.values()].flatMap(({ statistics }) => statistics ?? [])
  }

  #entry(slot: Slot, dataType: string): Entry {
    const entries = this.#entries[slot]
    let entry = entries.get(dataType)
    if (!entry) entries.set(dataType, (entry = { changed: new Set() }))
    return entry
  }

  #log(slot: Slot, part: Part, dataType: string, content: StoredModel | Statistics | undefined): void {
    const value = content === undefined ? undefined : Buffer.from(JSON.stringify(content))
    this.#context?.logChange(this.name, Buffer.from(JSON.stringify([slot, part, dataType])), value, Date.now())
  }

  #restore(key: Buffer, value: Buffer | undefined): void {
    const [slot, part, dataType] = JSON.parse(key.toString()) as [Slot, Part, string]
    const content: unknown = value === undefined ? undefined : JSON.parse(value.toString())
    Object.assign(this.#entry(slot, dataType), { [part]: content })
  }
}

/** Builds {@link ModelStateStore}s. */
export class ModelStateStoreBuilder implements StoreBuilder<ModelStateStore> {
  readonly name: string
  #loggingEnabled = true
  #logConfig: Readonly<Record<string, string>> = {}

  constructor(name: string) {
    this.name = name
  }

  get loggingEnabled(): boolean {
    return this.#loggingEnabled
  }

  get logConfig(): Readonly<Record<string, string>> {
    return this.#logConfig
  }

  withLoggingEnabled(config: Readonly<Record<string, string>> = {}): this {
    this.#loggingEnabled = true
    this.#logConfig = config
    return this
  }

  withLoggingDisabled(): this {
    this.#loggingEnabled = false
    return this
  }

  /** The store is its own cache. */
  withCachingEnabled(): this {
    return this
  }

  withCachingDisabled(): this {
    return this
  }

  build(): ModelStateStore {
    return new ModelStateStore(this.name)
  }
}

/** Lets queries read all {@link ModelStateStore}s of an instance as one. */
export const modelStateStoreType: QueryableStoreType<ReadableModelState> = {
  name: 'modelState',
  accepts: (store) => store instanceof ModelStateStore,
  create: (provider) => ({
    currentStatistics: () => provider.stores().flatMap((store) => (store as ModelStateStore).currentStatistics()),
  }),
}
