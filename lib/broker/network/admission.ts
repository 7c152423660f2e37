import type { BrokerLimits } from '../options.ts'

/** Counts connections, of all listeners together and of each client address. */
export class Admission {
  readonly #limits: BrokerLimits
  readonly #byAddress = new Map<string, number>()
  #total = 0

  constructor(limits: BrokerLimits) {
    this.#limits = limits
  }

  /** Lets a connection in, unless there are too many; the function that comes back counts it out. */
  admit(address: string): (() => void) | undefined {
    const ofAddress = this.#byAddress.get(address) ?? 0
    if (this.#total >= this.#limits.maxConnections || ofAddress >= this.#limits.maxConnectionsPerIp) return undefined
    this.#total++
    this.#byAddress.set(address, ofAddress + 1)
    return () => this.#leave(address)
  }

  #leave(address: string): void {
    this.#total--
    const left = this.#byAddress.get(address)! - 1
    if (left === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, left)
  }
}
