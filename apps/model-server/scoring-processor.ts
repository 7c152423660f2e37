import { performance } from 'node:perf_hooks'
import type { Processor, ProcessorContext, Record, StateStore } from '../../lib/index.ts'
import type { Model, WineRecord } from '../../lib/models/index.ts'
import { RecordNotScoredError } from './bad-records.ts'
import type { LimitedConsole } from './console.ts'
import type { ModelCatalog, ReadyModel } from './model-catalog.ts'
import type { ScoreMessage, ScoreValue } from './score-message.ts'
import { scoreValue, shownScore } from './score-message.ts'
import type { ServingState, Slot, StoredModel } from './serving-state.ts'
import type { Statistics } from './statistics.ts'
import { compareArrivals, freshStatistics, withScore } from './statistics.ts'

/** How a model got into service in a task. */
export type Entry = 'new' | 'restored'

export interface ScoringOptions {
  readonly catalog: ModelCatalog
  readonly console: LimitedConsole
  /** The task's state behind the store of that name, whatever kind it is. */
  readonly storeName: string
  readonly open: (store: StateStore) => ServingState
  /** Called when a model goes into service in a task: the instance's tasks do so one by one. */
  readonly announce: (ready: ReadyModel, entry: Entry) => void
}

type Key = Uint8Array | undefined

/** What is in service for one data type, in memory; the state has the same. */
interface Serving {
  current?: { readonly model: Model; readonly stored: StoredModel; statistics: Statistics }
  /** Noted in the state, and takes over with the next record. */
  next?: ReadyModel
}

const NOTICE_INTERVAL_MS = 1000

/** Scores records with the model in service. A ready new model takes over between two records, with fresh statistics. */
export class ScoringProcessor implements Processor<Key, WineRecord, Key, ScoreMessage> {
  readonly #options: ScoringOptions
  readonly #serving = new Map<string, Serving>()
  #context!: ProcessorContext<Key, ScoreMessage>
  #state!: ServingState

  constructor(options: ScoringOptions) {
    this.#options = options
  }

  init(context: ProcessorContext<Key, ScoreMessage>): void {
    this.#context = context
    this.#state = this.#options.open(context.getStateStore(this.#options.storeName))
    context.schedule(NOTICE_INTERVAL_MS, 'wall-clock-time', (now) => {
      for (const [dataType, serving] of this.#serving) this.#notice(dataType, serving, now)
    })
  }

  process(record: Record<Key, WineRecord>): void | Promise<void> {
    const serving = this.#serving.get(record.value.dataType)
    if (serving) return this.#serve(record, serving)
    // Once for each data type after a (re)start; from then on nothing is waited for.
    return this.#resume(record.value.dataType).then((resumed) => this.#serve(record, resumed))
  }

  #serve(record: Record<Key, WineRecord>, serving: Serving): void {
    const { dataType } = record.value
    this.#notice(dataType, serving)
    if (serving.next) this.#takeOver(dataType, serving, serving.next)
    const { current } = serving
    if (!current) {
      this.#options.console.print('no model', () => 'No model available - skipping')
      return
    }
    const { model, stored } = current
    const start = performance.now()
    const score = predicted(model, record.value)
    const duration = performance.now() - start
    current.statistics = withScore(current.statistics, duration)
    this.#state.putStatistics('current', dataType, current.statistics)
    this.#options.console.print('scores', () => `Calculated quality - ${shownScore(score)} calculated in ${duration.toFixed(3)} ms`)
    const { partition = -1, offset = -1 } = this.#context.recordMetadata ?? {}
    const key = record.key === undefined ? null : Buffer.from(record.key).toString()
    this.#context.forward(record.withValue({ model: stored.name, score, key, dataType, duration, partition, offset }))
  }

  /** Brings back what the state holds from before a restart; with nothing there, waits for models that are just being loaded. */
  async #resume(dataType: string): Promise<Serving> {
    const serving: Serving = {}
    const current = await this.#restored('current', dataType)
    if (current) {
      const statistics = this.#state.statistics('current', dataType) ?? freshStatistics(current.stored, Date.now())
      serving.current = { ...current, statistics }
      this.#options.announce(current, 'restored')
    }
    const next = await this.#restored('new', dataType)
    if (next) serving.next = next
    if (!current && !next) await this.#options.catalog.settled(dataType)
    this.#serving.set(dataType, serving)
    return serving
  }

  async #restored(slot: Slot, dataType: string): Promise<ReadyModel | undefined> {
    const stored = this.#state.model(slot, dataType)
    if (!stored) return undefined
    try {
      return { stored, model: await this.#options.catalog.restore(stored) }
    } catch (error) {
      if (this.#options.catalog.isClosed) throw error
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.console.always(`Model in the state cannot be used any more - ${stored.name}: ${reason}`)
      return undefined
    }
  }

  /** A newer model is ready: it is put down as the new one, which survives a crash until it takes over. */
  #notice(dataType: string, serving: Serving, now?: number): void {
    const latest = this.#options.catalog.latest(dataType)
    if (!latest) return
    const known = serving.next?.stored ?? serving.current?.stored
    if (known === latest.stored || (known && compareArrivals(latest.stored.arrival, known.arrival) <= 0)) return
    serving.next = latest
    this.#state.putModel('new', dataType, latest.stored)
    this.#state.putStatistics('new', dataType, freshStatistics(latest.stored, now ?? Date.now()))
  }

  /** Between two records: the new model and its statistics become the current ones. */
  #takeOver(dataType: string, serving: Serving, ready: ReadyModel): void {
    const { stored, model } = ready
    const statistics = freshStatistics(stored, Date.now())
    this.#state.putModel('current', dataType, stored)
    this.#state.putStatistics('current', dataType, statistics)
    this.#state.putModel('new', dataType, undefined)
    this.#state.putStatistics('new', dataType, undefined)
    serving.current = { model, stored, statistics }
    delete serving.next
    this.#options.announce(ready, 'new')
  }
}

/** @throws {RecordNotScoredError} whatever keeps the model from scoring this record: others may be fine */
const predicted = (model: Model, record: WineRecord): ScoreValue => {
  try {
    return scoreValue(model.score(record).value)
  } catch (error) {
    throw new RecordNotScoredError(model.name, error)
  }
}
