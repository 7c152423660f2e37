import type { LogSource } from '../topics/topic-registry.ts'
import { MemoryStorage } from './log-storage.ts'
import { MemoryBudget } from './memory-budget.ts'

/** The logs of a broker without a directory. */
export class MemoryLogs implements LogSource {
  readonly #budget: MemoryBudget

  constructor(maxBytes: number) {
    this.#budget = new MemoryBudget(maxBytes)
  }

  storage(): MemoryStorage {
    return new MemoryStorage(this.#budget)
  }

  whenFull(makeRoom: () => void): void {
    this.#budget.whenFull(makeRoom)
  }

  restore(): void {}

  restored(): void {}
}
