import type { Sensor } from './sensor.ts'

const COUNT = 0
const SUM = 1
const MIN = 2
const MAX = 3

/**
 * Times of records that came by since the clock was last looked at: one look at it, once for many records, tells how late they
 * were. In an array of numbers, since fields that are no small integers are objects of their own (measured: a quarter of the cost).
 */
export class LatencyNotes {
  readonly #notes = new Float64Array([0, 0, Infinity, -Infinity])

  /** How many records were noted since the last {@link settle}. */
  get count(): number {
    return this.#notes[COUNT]!
  }

  note(timestamp: number): void {
    const notes = this.#notes
    notes[COUNT]!++
    notes[SUM]! += timestamp
    if (timestamp < notes[MIN]!) notes[MIN] = timestamp
    if (timestamp > notes[MAX]!) notes[MAX] = timestamp
  }

  /** Records how late they are now, and begins anew. */
  settle(sensor: Sensor, nowMs: number): void {
    const notes = this.#notes
    const count = notes[COUNT]!
    if (count === 0) return
    sensor.recordMany(count, count * nowMs - notes[SUM]!, nowMs - notes[MAX]!, nowMs - notes[MIN]!, nowMs)
    notes[COUNT] = 0
    notes[SUM] = 0
    notes[MIN] = Infinity
    notes[MAX] = -Infinity
  }
}
