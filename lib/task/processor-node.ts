import type { Processor, Record } from '../../topology/api.ts'
import type { ProcessingErrors } from './error-handling.ts'
import type { PendingWork } from './pending-work.ts'
import type { TaskNode } from './task-node.ts'

/** Runs one processor. What it throws goes to the processing handler here, at the hop where it happened. */
export class ProcessorNode implements TaskNode {
  readonly name: string
  readonly children: TaskNode[] = []
  readonly processor: Processor<unknown, unknown>
  readonly #errors: ProcessingErrors
  readonly #pending: PendingWork
  /** What the processor promised and has not finished; later records wait for it, so that they stay in order. */
  #running: Promise<void> | undefined

  constructor(name: string, processor: Processor<unknown, unknown>, errors: ProcessingErrors, pending: PendingWork) {
    this.name = name
    this.processor = processor
    this.#errors = errors
    this.#pending = pending
  }

  process(record: Record<unknown, unknown>): void {
    try {
      const promise = this.#running === undefined ? this.processor.process(record) : this.#processAfter(this.#running, record)
      if (promise !== undefined) this.#wait(promise, record)
    } catch (error) {
      this.#errors.processingFailed(this.name, record, error)
    }
  }

  async #processAfter(running: Promise<void>, record: Record<unknown, unknown>): Promise<void> {
    await running
    await this.processor.process(record)
  }

  #wait(promise: Promise<void>, record: Record<unknown, unknown>): void {
    const handled = promise.then(undefined, (error: unknown) => this.#errors.processingFailed(this.name, record, error))
    this.#running = handled
    const finished = handled.finally(() => {
      if (this.#running === handled) this.#running = undefined
    })
    this.#pending.add(finished)
  }
}
