import { splitPartitionKey } from '../client/partitions.ts'
import type { ClusterAdmin } from '../client/types.ts'
import type { Logger } from '../core/log.ts'

/** Deletes what is read and committed from repartition topics, which would otherwise grow for ever. */
export class RepartitionPurger {
  readonly #admin: ClusterAdmin
  readonly #isRepartition: (topic: string) => boolean
  readonly #intervalMs: number
  readonly #logger: Logger
  readonly #offsets = new Map<string, number>()
  #lastMs = 0
  #running: Promise<void> | undefined

  /** `intervalMs`: `repartition.purge.interval.ms`; `isRepartition` tells which topics may be purged. */
  constructor(admin: ClusterAdmin, isRepartition: (topic: string) => boolean, intervalMs: number, logger: Logger) {
    this.#admin = admin
    this.#isRepartition = isRepartition
    this.#intervalMs = intervalMs
    this.#logger = logger
  }

  /** Notes what was committed, by `partitionKey`, and purges when it is time. */
  committed(offsets: ReadonlyMap<string, number>, nowMs: number): void {
    for (const [key, offset] of offsets) if (this.#isRepartition(splitPartitionKey(key).topic)) this.#offsets.set(key, offset)
    if (this.#running !== undefined || this.#offsets.size === 0 || nowMs - this.#lastMs < this.#intervalMs) return
    this.#lastMs = nowMs
    this.#running = this.#purge().finally(() => (this.#running = undefined))
  }

  /** Resolves when no purge is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #purge(): Promise<void> {
    const partitions = [...this.#offsets].map(([key, offset]) => ({ ...splitPartitionKey(key), offset }))
    this.#offsets.clear()
    try {
      await this.#admin.deleteRecords(partitions)
    } catch (error) {
      // the next commits bring the same partitions again
      this.#logger.info({ err: error }, 'repartition topics could not be purged')
    }
  }
}
