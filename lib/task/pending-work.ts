/** The promises that processors and punctuators returned. While there is one, the task takes no further record. */
export class PendingWork {
  #count = 0
  #settled: Promise<void> | undefined
  #resolve: (() => void) | undefined
  #error: unknown

  get isEmpty(): boolean {
    return this.#count === 0
  }

  add(promise: Promise<unknown>): void {
    this.#count++
    promise.then(
      () => this.#done(),
      (error: unknown) => {
        this.#error ??= error
        this.#done()
      },
    )
  }

  #done(): void {
    if (--this.#count > 0) return
    const resolve = this.#resolve
    this.#settled = undefined
    this.#resolve = undefined
    resolve?.()
  }

  /** Resolves when nothing is pending any more, also when something failed: {@link takeError} has the failure. */
  settled(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    this.#settled ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#settled
  }

  /** The first error among what has finished, which is then forgotten. */
  takeError(): unknown {
    const error = this.#error
    this.#error = undefined
    return error
  }
}
