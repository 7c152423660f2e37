import { deferred } from './deferred.ts'
import type { ClientError } from './errors.ts'

/** One call of `flush`: settled when all batches it waits for are. Any number may wait for the same batch. */
export class FlushWaiter {
  readonly #done = deferred<void>()
  #pending: number
  #error: ClientError | undefined

  /** @param error a delivery error that nobody was told of yet */
  constructor(batches: number, error: ClientError | undefined) {
    this.#pending = batches
    this.#error = error
    if (batches === 0) this.#settle()
  }

  get promise(): Promise<void> {
    return this.#done.promise
  }

  /** One batch is done, or was given up with an error. */
  batchDone(error?: ClientError): void {
    this.#error ??= error
    this.#pending -= 1
    if (this.#pending === 0) this.#settle()
  }

  /** The batch became several. */
  batchSplit(parts: number): void {
    this.#pending += parts - 1
  }

  #settle(): void {
    if (this.#error === undefined) this.#done.resolve()
    else this.#done.reject(this.#error)
  }
}
