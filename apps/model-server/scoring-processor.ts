import { performance } from 'node:perf_hooks'
import type { Processor, ProcessorContext, Record, StateStore } from '../../lib/index.ts'
import type { Model, OutputValue, WineRecord } from '../../lib/models/index.ts'
import type { LimitedConsole } from './console.ts'
import type { ModelCatalog, ReadyModel } from './model-catalog.ts'
import type { ServingState, StoredModel } from './serving-state.ts'
import type { Statistics } from './statistics.ts'
import { compareArrivals, freshStatistics, withScore } from './statistics.ts'

/** What goes to the output topic for one record, as JSON. */
export interface ScoreMessage {
  /** Name of the model that scored. */
  readonly model: string
  readonly score: OutputValue
  /** The record's key as text; null when it has none. */
  readonly key: string | null
  readonly dataType: string
  /** Scoring time in ms. */
  readonly duration: number
  /** Where the scored record is. */
  readonly partition: number
  readonly offset: number
}

export interface ScoringOptions {
  readonly catalog: ModelCatalog
  readonly console: LimitedConsole
  /** The task's state behind the store of that name, whatever kind it is. */
  readonly storeName: string
  readonly open: (store: StateStore) => ServingState
  /** Called when a model goes into service in a task: the instance's tasks do so one by one. */
  readonly announce: (ready: ReadyModel) => void
}

/** What is in service for one data type, in memory; the state has the same. */
interface Serving {
  current?: { readonly model: Model; readonly stored: StoredModel; statistics: Statistics }
  /** Noted in the state, and takes over with the next record. */
  next?: StoredModel
}

const NOTICE_INTERVAL_MS = 1000

/** Scores records with the model in service. A ready new model takes over between two records, with fresh statistics. */
export class ScoringProcessor implements Processor<Uint8Array | undefined, WineRecord, Uint8Array | undefined, ScoreMessage> {
  readonly #options: ScoringOptions
  readonly #serving = new Map<string, Serving>()
  #context!: ProcessorContext<Uint8Array | undefined, ScoreMessage>
  #state!: ServingState

  constructor(options: ScoringOptions) {
    this.#options = options
  }

  init(context: ProcessorContext<Uint8Array | undefined, ScoreMessage>): void {
    this.#context = context
    this.#state = this.#options.open(context.getStateStore(this.#options.storeName))
    context.schedule(NOTICE_INTERVAL_MS, 'wall-clock-time', () => {
      for (const [dataType, serving] of this.#serving) this.#notice(dataType, serving)
    })
  }

  process(record: Record<Uint8Array | undefined, WineRecord>): void | Promise<void> {
    const { dataType } = record.value
    const serving = this.#serving.get(dataType)
    if (serving?.current) return this.#score(record, serving)
    if (serving && !this.#options.catalog.isLoading) return this.#score(record, serving)
    // The first record after a (re)start waits for the model from before it, and for one that is just being loaded.
    return this.#resume(dataType).then((resumed) => this.#score(record, resumed))
  }

  #score(record: Record<Uint8Array | undefined, WineRecord>, serving: Serving): void {
    const { dataType } = record.value
    this.#notice(dataType, serving)
    this.#takeOver(dataType, serving)
    const current = serving.current
    if (!current) {
      this.#options.console.print('no model', () => 'No model available - skipping')
      return
    }
    const start = performance.now()
    const { value } = current.model.score(record.value)
    const duration = performance.now() - start
    current.statistics = withScore(current.statistics, duration)
    this.#state.putStatistics('current', dataType, current.statistics)
    this.#options.console.print('score', () => `Calculated quality - ${shown(value)} calculated in ${duration.toFixed(3)} ms`)
    const { partition = -1, offset = -1 } = this.#context.recordMetadata ?? {}
    const key = record.key === undefined ? null : Buffer.from(record.key).toString()
    this.#context.forward(record.withValue({ model: current.stored.name, score: value, key, dataType, duration, partition, offset }))
  }

  /** Brings back what the state holds from before a restart. */
  async #resume(dataType: string): Promise<Serving> {
    const { catalog } = this.#options
    await catalog.settled()
    const serving: Serving = {}
    const stored = this.#state.model('current', dataType)
    if (stored) {
      const statistics = this.#state.statistics('current', dataType) ?? freshStatistics(stored, Date.now())
      serving.current = { model: await catalog.load(stored), stored, statistics }
    }
    const next = this.#state.model('new', dataType)
    if (next) {
      await catalog.load(next)
      serving.next = next
    }
    this.#serving.set(dataType, serving)
    return serving
  }

  /** A newer model is ready: it is put down as the new one, which survives a crash until it takes over. */
  #notice(dataType: string, serving: Serving): void {
    const latest = this.#options.catalog.latest(dataType)?.stored
    if (!latest) return
    const known = serving.next ?? serving.current?.stored
    if (known === latest || (known && compareArrivals(latest.arrival, known.arrival) <= 0)) return
    serving.next = latest
    this.#state.putModel('new', dataType, latest)
    this.#state.putStatistics('new', dataType, freshStatistics(latest, Date.now()))
  }

  /** Between two records: the new model and its statistics become the current ones. */
  #takeOver(dataType: string, serving: Serving): void {
    const ready = serving.next && this.#options.catalog.latest(dataType)
    if (!ready) return
    const { stored, model } = ready
    const statistics = freshStatistics(stored, Date.now())
    this.#state.putModel('current', dataType, stored)
    this.#state.putStatistics('current', dataType, statistics)
    this.#state.putModel('new', dataType, undefined)
    this.#state.putStatistics('new', dataType, undefined)
    serving.current = { model, stored, statistics }
    delete serving.next
    this.#options.announce(ready)
  }
}

const shown = (value: OutputValue): string => (typeof value === 'number' ? String(Number(value.toPrecision(10))) : String(value))
