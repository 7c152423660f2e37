import { deferred } from './deferred.ts'
import type { Deferred } from './deferred.ts'

/** Something that has to be done, with the reason for it; raised any number of times, lowered by whoever begins to do it. */
export class Signal {
  #reason: string | undefined
  #waiter: Deferred<void> | undefined

  raise(reason: string): void {
    this.#reason ??= reason
    this.#waiter?.resolve()
    this.#waiter = undefined
  }

  /** Takes the reason it was raised for, if it was. */
  lower(): string | undefined {
    const reason = this.#reason
    this.#reason = undefined
    return reason
  }

  /** Resolves when it is raised: at once when it is. */
  wait(): Promise<void> {
    if (this.#reason !== undefined) return Promise.resolve()
    return (this.#waiter ??= deferred<void>()).promise
  }
}
