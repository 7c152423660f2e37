import { performance } from 'node:perf_hooks'
import type { Model, ModelDescriptor } from '../../lib/models/index.ts'
import { decodeModelDescriptor, encodeModelDescriptor } from '../../lib/models/index.ts'
import type { StoredModel } from './serving-state.ts'
import type { Arrival } from './statistics.ts'
import { compareArrivals } from './statistics.ts'

/** Turns a descriptor into a model that can score, and its bytes: what was referred to is fetched. `signal` ends it. */
export type LoadModel = (descriptor: ModelDescriptor, signal: AbortSignal) => Promise<{ model: Model; content: Uint8Array }>

/** A model that is ready to take over. */
export interface ReadyModel {
  readonly stored: StoredModel
  readonly model: Model
}

/** A model that did not get into service, and why. */
export interface RejectedModel {
  readonly arrival: Arrival
  readonly name: string
  readonly reason: string
}

export interface CatalogEvents {
  rejected(rejected: RejectedModel): void
  /** Models that newer ones made unnecessary before they were loaded. */
  passedOver(dataType: string, count: number): void
}

/** Loads of one data type at the same time: one that is slow does not hold up those after it. */
const LOADS_AT_ONCE = 4

/** Arrivals of one data type that may wait to be loaded; of more, as at the start on a long topic, the older ones are left out. */
const MAX_WAITING = 12

/** Loading begins when no more models have come for so long, ms: at the start they may come in thousands. */
const QUIET_MS = 50

/** But not later than so long after the first one, ms. */
const PATIENCE_MS = 2000

interface Arrived {
  readonly descriptor: ModelDescriptor
  readonly arrival: Arrival
}

/** What is going on for one data type. */
interface Lane {
  readonly waiting: Arrived[]
  /** When the first one that waits has come, ms; and what begins to load them. */
  waitingSince: number
  timer: NodeJS.Timeout | undefined
  /** How many were left out since it was last told. */
  passedOver: number
  loading: number
  /** Those who wait until nothing is being loaded. */
  readonly onIdle: (() => void)[]
  latest?: ReadyModel
}

/**
 * The models of one instance. Arrivals are loaded beside the model in service, which goes on scoring; only a model that is
 * complete and ready becomes the latest of its data type. One loaded model serves all tasks of the instance.
 */
export class ModelCatalog {
  readonly #load: LoadModel
  readonly #events: CatalogEvents
  readonly #quietMs: number
  readonly #lanes = new Map<string, Lane>()
  readonly #closing = new AbortController()

  /** `quietMs`: loading begins when no more models have come for so long. */
  constructor(load: LoadModel, events: CatalogEvents, { quietMs = QUIET_MS } = {}) {
    this.#load = load
    this.#events = events
    this.#quietMs = quietMs
  }

  /** The newest ready model of a data type. */
  latest(dataType: string): ReadyModel | undefined {
    return this.#lanes.get(dataType)?.latest
  }

  /** A model arrived on the topic: its descriptor is checked now, and it is loaded in the background. */
  arrive(bytes: Uint8Array | undefined, arrival: Arrival): void {
    let descriptor: ModelDescriptor
    try {
      descriptor = decodeModelDescriptor(bytes ?? new Uint8Array(0))
    } catch (error) {
      this.#reject(arrival, 'unknown', error)
      return
    }
    const { dataType } = descriptor
    const lane = this.#lane(dataType)
    const now = performance.now()
    if (lane.waiting.length === 0) lane.waitingSince = now
    lane.waiting.push({ descriptor, arrival })
    if (lane.waiting.length > 2 * MAX_WAITING) passOver(lane)
    clearTimeout(lane.timer)
    const delay = Math.min(this.#quietMs, Math.max(0, lane.waitingSince + PATIENCE_MS - now))
    lane.timer = setTimeout(() => {
      lane.timer = undefined
      this.#loadWaiting(dataType, lane)
    }, delay)
  }

  /** Resolves when no model of that data type is being loaded. @throws {Error} when the catalog is closed meanwhile */
  async settled(dataType: string): Promise<void> {
    const lane = this.#lane(dataType)
    while (lane.loading > 0 || lane.waiting.length > 0) await new Promise<void>((resolve) => lane.onIdle.push(resolve))
    this.#closing.signal.throwIfAborted()
  }

  /**
   * The model that a task's state holds from before a restart; shared with the instance's other tasks where it is the latest.
   * @throws {ModelError} when it cannot be loaded
   * @throws {Error} when the catalog is closed meanwhile
   */
  async restore(stored: StoredModel): Promise<Model> {
    const lane = this.#lane(stored.dataType)
    // What was referred to may have changed since: the state's model is the one that was in service.
    if (lane.latest?.stored.descriptor === stored.descriptor) return lane.latest.model
    const { model } = await this.#load(decodeModelDescriptor(Buffer.from(stored.descriptor, 'base64')), this.#closing.signal)
    offer(lane, { stored, model })
    return model
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Ends what is being loaded. Who waits for it is told: a record must not pass as one that no model was there for. */
  close(): void {
    this.#closing.abort(new Error('the server stops'))
    for (const [dataType, lane] of this.#lanes) {
      lane.waiting.length = 0
      clearTimeout(lane.timer)
      lane.timer = undefined
      this.#loadWaiting(dataType, lane)
    }
  }

  #lane(dataType: string): Lane {
    let lane = this.#lanes.get(dataType)
    if (!lane) this.#lanes.set(dataType, (lane = { waiting: [], waitingSince: 0, timer: undefined, passedOver: 0, loading: 0, onIdle: [] }))
    return lane
  }

  #loadWaiting(dataType: string, lane: Lane): void {
    passOver(lane)
    if (lane.passedOver > 0) this.#events.passedOver(dataType, lane.passedOver)
    lane.passedOver = 0
    while (lane.loading < LOADS_AT_ONCE) {
      const next = lane.waiting.shift()
      if (!next) break
      lane.loading++
      void this.#take(lane, next).then(() => {
        lane.loading--
        if (lane.timer === undefined) this.#loadWaiting(dataType, lane)
      })
    }
    if (lane.loading === 0) for (const resolve of lane.onIdle.splice(0)) resolve()
  }


  async #take(lane: Lane, { descriptor, arrival }: Arrived): Promise<void> {
    const { name, description, dataType, modelType } = descriptor
    try {
      const { model, content } = await this.#load(descriptor, this.#closing.signal)
      const whole = encodeModelDescriptor({ name, description, dataType, modelType, data: content })
      offer(lane, { stored: { arrival, name, description, dataType, descriptor: whole.toString('base64') }, model })
    } catch (error) {
      if (!this.isClosed) this.#reject(arrival, name, error)
    }
  }

  #reject(arrival: Arrival, name: string, error: unknown): void {
    this.#events.rejected({ arrival, name, reason: error instanceof Error ? error.message : String(error) })
  }
}

/** Leaves out the older ones of many. */
const passOver = (lane: Lane): void => {
  const { waiting } = lane
  if (waiting.length <= MAX_WAITING) return
  waiting.sort((a, b) => compareArrivals(a.arrival, b.arrival))
  lane.passedOver += waiting.splice(0, waiting.length - MAX_WAITING).length
}

/** Loads end in any order; an older arrival never replaces a newer one. */
const offer = (lane: Lane, ready: ReadyModel): void => {
  if (!lane.latest || compareArrivals(ready.stored.arrival, lane.latest.stored.arrival) > 0) lane.latest = ready
}
