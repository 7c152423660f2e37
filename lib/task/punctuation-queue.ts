import type { Cancellable, Punctuator } from '../../topology/api.ts'
import { JavaHeap } from './java-heap.ts'

/** One schedule of one node. */
interface Schedule<N> {
  readonly node: N
  readonly intervalMs: number
  readonly punctuator: Punctuator
  nextMs: number
  cancelled: boolean
}

/** The punctuators of a task that are moved by one kind of time; due ones run in the order of their due times. */
export class PunctuationQueue<N> {
  readonly #schedules = new JavaHeap<Schedule<N>>((a, b) => a.nextMs < b.nextMs)

  /** Due time of the next call, or Infinity; a cancelled one may still count. */
  get nextMs(): number {
    return this.#schedules.peek()?.nextMs ?? Infinity
  }

  /** Calls `punctuator` when the time reaches `firstMs`, and then every `intervalMs`. */
  schedule(node: N, firstMs: number, intervalMs: number, punctuator: Punctuator): Cancellable {
    const schedule: Schedule<N> = { node, intervalMs, punctuator, nextMs: firstMs, cancelled: false }
    this.#schedules.add(schedule)
    return {
      cancel: () => {
        schedule.cancelled = true
      },
    }
  }

  /**
   * Runs what is due at `nowMs`, each at most once: intervals that were missed are skipped, and the schedule keeps its grid.
   * Stops early when `punctuate` answers false. Returns how many ran.
   */
  run(nowMs: number, punctuate: (node: N, punctuator: Punctuator) => boolean): number {
    let count = 0
    for (let next = this.#schedules.peek(); next !== undefined && next.nextMs <= nowMs; next = this.#schedules.peek()) {
      this.#schedules.poll()
      if (next.cancelled) continue
      const goOn = punctuate(next.node, next.punctuator)
      count++
      // it may have cancelled itself
      if (!next.cancelled) {
        next.nextMs = after(next.nextMs, next.intervalMs, nowMs)
        this.#schedules.add(next)
      }
      if (!goOn) break
    }
    return count
  }
}

/** The first point of the grid `startMs + n * intervalMs` behind `nowMs`. */
const after = (startMs: number, intervalMs: number, nowMs: number): number =>
  startMs + (Math.floor((nowMs - startMs) / intervalMs) + 1) * intervalMs

/** When an anchored schedule that is made at `nowMs` is first due: at its start, unless that is past. */
export const firstAnchored = (startMs: number, intervalMs: number, nowMs: number): number =>
  nowMs <= startMs ? startMs : after(startMs, intervalMs, nowMs)
