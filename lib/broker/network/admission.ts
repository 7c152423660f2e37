import type { BrokerConfig } from '../config/broker-config.ts'
import type { BrokerLimits } from '../options.ts'

/** Counts connections, of all listeners together and of each client address. */
export class Admission {
  readonly #limits: BrokerLimits
  readonly #config: BrokerConfig
  readonly #byAddress = new Map<string, number>()
  #total = 0

  constructor(limits: BrokerLimits, config: BrokerConfig) {
    this.#limits = limits
    this.#config = config
  }

  /** Lets a connection in, unless there are too many; the function that comes back counts it out. */
  admit(address: string): (() => void) | undefined {
    const ofAddress = this.#byAddress.get(address) ?? 0
    if (this.#total >= this.#limit('max.connections', this.#limits.maxConnections)) return undefined
    if (ofAddress >= this.#limit('max.connections.per.ip', this.#limits.maxConnectionsPerIp)) return undefined
    this.#total++
    this.#byAddress.set(address, ofAddress + 1)
    return () => this.#leave(address)
  }

  /** What an admin has set since goes before what the broker was started with. */
  #limit(name: string, atStart: number): number {
    const changed = this.#config.changed(name)
    return changed === undefined ? atStart : Number(changed)
  }

  #leave(address: string): void {
    this.#total--
    const left = this.#byAddress.get(address)! - 1
    if (left === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, left)
  }
}
