import type { LatencyNotes } from '../metrics/latency-notes.ts'
import type { Processor, Record } from '../../topology/api.ts'
import type { ProcessingErrors } from './error-handling.ts'
import type { PendingWork } from './pending-work.ts'
import type { TaskNode } from './task-node.ts'

/** Runs one processor. What it throws goes to the processing handler here, at the hop where it happened. */
export class ProcessorNode implements TaskNode {
  readonly name: string
  readonly children: TaskNode[] = []
  readonly processor: Processor<unknown, unknown>
  /** Of a node without children. */
  latencies: LatencyNotes | undefined
  readonly #errors: ProcessingErrors
  readonly #pending: PendingWork
  /** Kept from the first record on: to find a method in one of many classes costs a part of each hop. */
  #process: Processor<unknown, unknown>['process'] | undefined
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
      const process = (this.#process ??= this.processor.process)
      const promise = this.#running === undefined ? process.call(this.processor, record) : this.#processAfter(this.#running, record)
      if (promise !== undefined) this.#wait(promise, record)
      if (this.latencies !== undefined) this.latencies.note(record.timestamp)
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
