import { performance } from 'node:perf_hooks'

/** How long one slice of processing may keep the event loop, ms (measured: 1 to 4 keep the jitter small). */
const SLICE_MS = 2

/** What the loop drives. All calls come from one place at a time. */
export interface LoopWork {
  /** Processes some records; answers how many. 0: nothing to do until {@link ProcessingLoop.wake}. */
  processSome(): number
  /** True when nothing may be processed until {@link drained}. */
  readonly full: boolean
  drained(): Promise<void>
  /** Runs what is due by the clock (punctuation, commit), once per slice; resolves when done, undefined when nothing was. */
  housekeeping(): Promise<void> | undefined
  /** When housekeeping is due next, ms since the epoch; Infinity: only a wake-up changes that. */
  nextDeadline(): number
  now(): number
  /** The loop has had to wait so long, ms: for something to do, or for room. */
  waited?(elapsedMs: number): void
}

/**
 * Runs work in slices of a few milliseconds, each in its own turn of the event loop, so that heartbeats, sockets and
 * timers stay responsive. When there is nothing to do it sleeps until woken or until the next deadline: an idle thread
 * costs nothing.
 */
export class ProcessingLoop {
  readonly #work: LoopWork
  readonly #onError: (error: unknown) => void
  #running = false
  #scheduled = false
  /** Somebody called {@link wake} during a turn: there may be more to do after it. */
  #woken = false
  #turn: Promise<void> | undefined
  /** Ends the waiting for room of a turn. */
  #stopWaiting: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  /** Since when there is nothing to do (performance.now()); -1 while there is. */
  #idleAt = -1

  constructor(work: LoopWork, onError: (error: unknown) => void) {
    this.#work = work
    this.#onError = onError
  }

  get isRunning(): boolean {
    return this.#running
  }

  resume(): void {
    this.#running = true
    this.wake()
  }

  /** Resolves when no turn is under way and none will come before {@link resume}. Not to be awaited inside a turn. */
  async pause(): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    this.#stopWaiting?.()
    await this.#turn
  }

  /** There may be something to do: new records, an acknowledgement, a request to commit. Cheap; calls are merged. */
  wake(): void {
    this.#woken = true
    if (this.#scheduled || !this.#running || this.#turn !== undefined) return
    this.#scheduled = true
    setImmediate(this.#slice)
  }

  readonly #slice = (): void => {
    this.#scheduled = false
    this.#woken = false
    if (!this.#running) return
    clearTimeout(this.#timer)
    if (this.#idleAt >= 0) this.#waited(this.#idleAt)
    this.#idleAt = -1
    try {
      const waiting = this.#work.full ? this.#work.drained() : undefined
      const processed = waiting === undefined ? this.#process() : 0
      const chores = this.#work.housekeeping()
      if (waiting === undefined && chores === undefined) this.#goOn(processed)
      else this.#turn = this.#finish(processed, waiting, chores)
    } catch (error) {
      this.#fail(error)
    }
  }

  #process(): number {
    const end = performance.now() + SLICE_MS
    let total = 0
    while (!this.#work.full) {
      const processed = this.#work.processSome()
      total += processed
      if (processed === 0 || performance.now() >= end) break
    }
    return total
  }

  async #finish(processed: number, waiting: Promise<void> | undefined, chores: Promise<void> | undefined): Promise<void> {
    const begunAt = waiting === undefined ? -1 : performance.now()
    try {
      await Promise.all([chores, waiting && this.#unlessPaused(waiting)])
      if (begunAt >= 0) this.#waited(begunAt)
      this.#turn = undefined
      this.#goOn(waiting === undefined ? processed : 1)
    } catch (error) {
      this.#turn = undefined
      this.#fail(error)
    }
  }

  /** There may be room only when the broker is back: nobody who wants to stop waits for that. */
  #unlessPaused(waiting: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stopWaiting = resolve
      waiting.then(resolve, reject)
    })
  }

  #goOn(processed: number): void {
    if (!this.#running) return
    if (processed > 0 || this.#woken) return this.wake()
    this.#idleAt = performance.now()
    const deadline = this.#work.nextDeadline()
    if (deadline === Infinity) return
    this.#timer = setTimeout(() => this.wake(), Math.max(0, deadline - this.#work.now()))
  }

  #waited(since: number): void {
    this.#work.waited?.(performance.now() - since)
  }

  #fail(error: unknown): void {
    this.#running = false
    this.#onError(error)
  }
}
