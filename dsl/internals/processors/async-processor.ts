import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { AsyncCall, AsyncCalls, AsyncOptions } from '../../../topology/async.ts'

/** One asynchronous operator: what is called for a record, and what becomes of the result. */
export interface AsyncOperator<K, V, R> {
  call(record: Record<K, V>, call: AsyncCall): R | PromiseLike<R>
  emit(context: ProcessorContext, record: Record<K, V>, result: R): void
}

/** Runs any of the asynchronous operators; order, limits and commits are the task's affair. */
export class AsyncProcessor<K, V, R> implements Processor<K, V> {
  readonly #operator: AsyncOperator<K, V, R>
  readonly #options: AsyncOptions
  #context!: ProcessorContext
  #calls!: AsyncCalls

  constructor(operator: AsyncOperator<K, V, R>, options: AsyncOptions) {
    this.#operator = operator
    this.#options = options
  }

  init(context: ProcessorContext): void {
    this.#context = context
    this.#calls = context.asyncCalls(this.#options)
  }

  process(record: Record<K, V>): void {
    const operator = this.#operator
    this.#calls.start(record, (call) => operator.call(record, call), (result: R) => operator.emit(this.#context, record, result))
  }
}
