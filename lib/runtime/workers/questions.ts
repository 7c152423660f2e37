import { InvalidStateStoreError } from '../../core/errors.ts'
import { fromPortable } from './portable-error.ts'
import type { PortableError } from './portable-error.ts'

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** Questions to a worker whose answers are still to come. */
export class Questions {
  readonly #threadName: string
  readonly #waiting = new Map<number, Waiting>()
  #next = 1
  #isOver = false

  constructor(threadName: string) {
    this.#threadName = threadName
  }

  /** `send` asks with an id. @throws {InvalidStateStoreError} when the worker ends before it has answered */
  ask(send: (id: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(this.#ended())
      const id = this.#next++
      this.#waiting.set(id, { resolve, reject })
      send(id)
    })
  }

  answered(id: number, answer: unknown): void {
    this.#take(id)?.resolve(answer)
  }

  refused(id: number, error: PortableError): void {
    this.#take(id)?.reject(fromPortable(error))
  }

  /** No answer will come any more. */
  end(): void {
    this.#isOver = true
    for (const { reject } of this.#waiting.values()) reject(this.#ended())
    this.#waiting.clear()
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #ended(): InvalidStateStoreError {
    return new InvalidStateStoreError(`the stores of ${this.#threadName} cannot be read any more: its worker has ended; try again soon`)
  }
}
