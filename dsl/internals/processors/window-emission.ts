import type { ProcessorContext } from '../../../topology/api.ts'
import type { DslContext } from './context.ts'
import { dslContext } from './context.ts'

/** A setting that Java keeps to itself too: ms of the clock between two rounds in which closed windows are sent. */
const INTERVAL_SETTING = '__emit.interval.ms.kstreams.windowed.aggregation__'
const DEFAULT_INTERVAL_MS = 1000

const NONE = -1

/**
 * When the closed windows of an aggregation are due: at a record that makes the closing time pass on, but not more often than
 * once an interval. How far it came is kept with the committed offsets, so that a restart sends no window twice.
 */
export class WindowEmission {
  readonly #context: DslContext
  readonly #name: string
  readonly #intervalMs: number
  #nextMs = 0
  #closedUntil: number

  /** `name` tells this aggregation from others of the task: that of its store. */
  constructor(context: ProcessorContext, name: string) {
    this.#context = dslContext(context)
    this.#name = name
    this.#intervalMs = Number(context.appConfigs()[INTERVAL_SETTING] ?? DEFAULT_INTERVAL_MS)
    this.#closedUntil = this.#context.rememberedTime(name) ?? NONE
  }

  /** The closing time of the last round, or undefined before the first one. */
  get closedUntil(): number | undefined {
    return this.#closedUntil === NONE ? undefined : this.#closedUntil
  }

  /** True when windows that end at `closeTime` are to be sent now; the next round is then an interval away in any case. */
  isDue(closeTime: number): boolean {
    const now = this.#context.currentSystemTimeMs
    if (now < this.#nextMs) return false
    this.#nextMs = now + this.#intervalMs
    return this.#closedUntil === NONE || this.#closedUntil < closeTime
  }

  /** Remembers that everything until `closeTime` was sent. */
  sent(closeTime: number): void {
    this.#closedUntil = closeTime
    this.#context.rememberTime(this.#name, closeTime)
  }
}
