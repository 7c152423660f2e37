import { performance } from 'node:perf_hooks'
import type { Sensor } from '../metrics/sensor.ts'
import type { Cancellable, PunctuationType, Punctuator } from '../../topology/api.ts'
import type { CommitNeeds } from './commit-needs.ts'
import type { ErrorHandling } from './error-handling.ts'
import { asError, NodeFailure, ProcessingError } from './errors.ts'
import type { PendingWork } from './pending-work.ts'
import type { ProcessorNode } from './processor-node.ts'
import { firstAnchored, PunctuationQueue } from './punctuation-queue.ts'
import type { RecordState } from './record-state.ts'

const NS_PER_MS = 1e6

export interface PunctuationOptions {
  readonly state: RecordState
  readonly pending: PendingWork
  readonly errors: ErrorHandling
  readonly needs: CommitNeeds
  readonly punctuated: Sensor
}

/** What a node wants to be called for. */
export interface PunctuationRequest {
  readonly node: ProcessorNode
  readonly intervalMs: number
  readonly punctuator: Punctuator
  readonly startMs: number | undefined
}

/** The punctuators of a task: calls those that are due, in the context that punctuators have. */
export class Punctuation {
  /** From which stream time on a punctuator is due; a field, since it is asked for after each record. */
  nextStreamMs = Infinity
  readonly #options: PunctuationOptions
  readonly #byStreamTime = new PunctuationQueue<ProcessorNode>()
  readonly #byWallClock = new PunctuationQueue<ProcessorNode>()

  constructor(options: PunctuationOptions) {
    this.#options = options
  }

  /** `nowMs`: the time of that kind. */
  schedule({ node, intervalMs, punctuator, startMs }: PunctuationRequest, type: PunctuationType, nowMs: number): Cancellable {
    if (type === 'wall-clock-time') {
      const first = startMs === undefined ? nowMs + intervalMs : firstAnchored(startMs, intervalMs, nowMs)
      return this.#byWallClock.schedule(node, first, intervalMs, punctuator)
    }
    const first = startMs === undefined ? 0 : firstAnchored(startMs, intervalMs, nowMs)
    const cancellable = this.#byStreamTime.schedule(node, first, intervalMs, punctuator)
    this.nextStreamMs = this.#byStreamTime.nextMs
    return cancellable
  }

  /** When the next wall-clock punctuator is due, ms since the epoch; Infinity without one. */
  get nextWallClockMs(): number {
    return this.#byWallClock.nextMs
  }

  /** False when a punctuator returned a promise. @throws {ProcessingError} */
  runStreamTime(streamTime: number): boolean {
    this.#run(this.#byStreamTime, streamTime)
    this.nextStreamMs = this.#byStreamTime.nextMs
    return this.#options.pending.isEmpty
  }

  /** Returns how many were called. @throws {ProcessingError} */
  runWallClock(nowMs: number): number {
    return this.#run(this.#byWallClock, nowMs)
  }

  /** Stops at a punctuator that returns a promise. */
  #run(queue: PunctuationQueue<ProcessorNode>, nowMs: number): number {
    const { state, pending, needs, punctuated } = this.#options
    if (queue.nextMs > nowMs) return 0
    const count = queue.run(nowMs, (node, punctuator) => {
      state.setPunctuation(nowMs)
      const begunAt = punctuated.isRecording ? performance.now() : 0
      try {
        const promise = punctuator(nowMs)
        if (promise !== undefined) pending.add(promise.catch((error: unknown) => this.#failed(node, error)))
      } catch (error) {
        this.#failed(node, error)
      }
      if (punctuated.isRecording) punctuated.record((performance.now() - begunAt) * NS_PER_MS)
      return pending.isEmpty
    })
    if (count > 0) needs.isNeeded = true
    if (pending.isEmpty) state.leave()
    return count
  }

  #failed(node: ProcessorNode, error: unknown): void {
    try {
      this.#options.errors.processingFailed(node.name, undefined, error)
    } catch (failure) {
      if (!(failure instanceof NodeFailure)) throw failure
      const cause = asError(failure.cause)
      throw new ProcessingError(`Exception caught while punctuating processor '${node.name}': ${cause.message}`, { cause })
    }
  }
}
