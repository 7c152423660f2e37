import type { Counter } from '../metrics/metrics-registry.ts'
import type { ErrorHandling } from './error-handling.ts'
import { asError, NodeFailure, ProcessingError } from './errors.ts'
import type { PendingWork } from './pending-work.ts'
import type { ProcessorNode } from './processor-node.ts'
import type { PunctuationQueue } from './punctuation-queue.ts'
import type { RecordState } from './record-state.ts'

export interface PunctuationOptions {
  readonly state: RecordState
  readonly pending: PendingWork
  readonly errors: ErrorHandling
  readonly punctuated: Counter
}

/** Calls the punctuators of a task that are due, in the context that punctuators have. */
export class Punctuation {
  readonly #options: PunctuationOptions

  constructor(options: PunctuationOptions) {
    this.#options = options
  }

  /** Returns how many were called; stops at one that returns a promise. @throws {ProcessingError} */
  run(queue: PunctuationQueue<ProcessorNode>, nowMs: number): number {
    const { state, pending, punctuated } = this.#options
    if (queue.nextMs > nowMs) return 0
    const count = queue.run(nowMs, (node, punctuator) => {
      state.setPunctuation(nowMs)
      try {
        const promise = punctuator(nowMs)
        if (promise !== undefined) pending.add(promise.catch((error: unknown) => this.#failed(node, error)))
      } catch (error) {
        this.#failed(node, error)
      }
      return pending.isEmpty
    })
    punctuated.add(count)
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
