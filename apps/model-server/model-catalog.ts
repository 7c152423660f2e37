import type { Model, ModelDescriptor } from '../../lib/models/index.ts'
import { decodeModelDescriptor, encodeModelDescriptor } from '../../lib/models/index.ts'
import type { StoredModel } from './serving-state.ts'
import type { Arrival } from './statistics.ts'
import { compareArrivals } from './statistics.ts'

/** Turns a descriptor into a model that can score, and its bytes: what was referred to is fetched. */
export type LoadModel = (descriptor: ModelDescriptor) => Promise<{ model: Model; content: Uint8Array }>

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
}

/** How many rejections are remembered for questions. */
const REMEMBERED = 100

/**
 * The models of one instance. Arrivals are loaded beside the model in service, which goes on scoring; only a model that is
 * complete and ready becomes the latest of its data type. One loaded model serves all tasks of the instance.
 */
export class ModelCatalog {
  readonly #load: LoadModel
  readonly #events: CatalogEvents
  readonly #latest = new Map<string, ReadyModel>()
  readonly #loading = new Set<Promise<unknown>>()
  readonly #rejected: RejectedModel[] = []

  constructor(load: LoadModel, events: CatalogEvents) {
    this.#load = load
    this.#events = events
  }

  /** The newest ready model of a data type. */
  latest(dataType: string): ReadyModel | undefined {
    return this.#latest.get(dataType)
  }

  /** The newest rejections, newest last. */
  get rejected(): readonly RejectedModel[] {
    return this.#rejected
  }

  /** A model arrived on the topic: its descriptor is checked and loaded in the background. */
  arrive(bytes: Uint8Array | undefined, arrival: Arrival): void {
    let descriptor: ModelDescriptor
    try {
      descriptor = decodeModelDescriptor(bytes ?? new Uint8Array(0))
    } catch (error) {
      this.#reject(arrival, 'unknown', error)
      return
    }
    this.#track(this.#take(descriptor, arrival))
  }

  /** Resolves when nothing is being loaded any more. */
  async settled(): Promise<void> {
    while (this.#loading.size > 0) await Promise.all(this.#loading)
  }

  get isLoading(): boolean {
    return this.#loading.size > 0
  }

  /** The model that a task's state holds from before a restart; shared with the instance's other tasks where it is the latest. */
  async load(stored: StoredModel): Promise<Model> {
    const known = this.#latest.get(stored.dataType)
    if (known && compareArrivals(known.stored.arrival, stored.arrival) === 0) return known.model
    const { model } = await this.#load(decodeModelDescriptor(Buffer.from(stored.descriptor, 'base64')))
    this.#offer({ stored, model })
    return model
  }

  #track(work: Promise<void>): void {
    this.#loading.add(work)
    void work.finally(() => this.#loading.delete(work))
  }

  async #take(descriptor: ModelDescriptor, arrival: Arrival): Promise<void> {
    try {
      const { model, content } = await this.#load(descriptor)
      const { name, description, dataType, modelType } = descriptor
      const whole = encodeModelDescriptor({ name, description, dataType, modelType, data: content })
      this.#offer({ stored: { arrival, name, description, dataType, descriptor: whole.toString('base64') }, model })
    } catch (error) {
      this.#reject(arrival, descriptor.name, error)
    }
  }

  /** Loads end in any order; an older arrival never replaces a newer one. */
  #offer(ready: ReadyModel): void {
    const { dataType, arrival } = ready.stored
    const known = this.#latest.get(dataType)
    if (!known || compareArrivals(arrival, known.stored.arrival) > 0) this.#latest.set(dataType, ready)
  }

  #reject(arrival: Arrival, name: string, error: unknown): void {
    const rejected = { arrival, name, reason: error instanceof Error ? error.message : String(error) }
    this.#rejected.push(rejected)
    if (this.#rejected.length > REMEMBERED) this.#rejected.shift()
    this.#events.rejected(rejected)
  }
}
