import type { Journal } from '../storage/journal.ts'

/** Something that works across brokers and grows by levels. */
export interface Feature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** The level at first. @default the highest */
  readonly initial?: number
}

const KEY = 'features'

/**
 * What the broker could do, as Kafka 4.3 has it. Clients look here for transactions v2, and for the group protocols that
 * depend on a level.
 */
const SUPPORTED: readonly Feature[] = [
  { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1 },
  { name: 'group.version', minVersion: 0, maxVersion: 1 },
  // Whether controllers may join and leave while they run: there are none, and nothing depends on it.
  { name: 'kraft.version', minVersion: 0, maxVersion: 1, initial: 0 },
  { name: 'metadata.version', minVersion: 7, maxVersion: 30 },
  { name: 'share.version', minVersion: 0, maxVersion: 1 },
  { name: 'streams.version', minVersion: 0, maxVersion: 1 },
  { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
]

/** The levels that are in force: at first mostly the highest. */
export class Features {
  readonly supported = SUPPORTED
  readonly #journal: Journal
  readonly #levels: Map<string, number>
  /** Grows with each change. */
  epoch: number

  constructor(journal: Journal) {
    this.#journal = journal
    this.#levels = new Map(SUPPORTED.map(({ name, maxVersion, initial = maxVersion }) => [name, initial]))
    const [stored] = journal.restored(KEY)
    const { epoch = 0, levels = {} } = (stored?.[1] ?? {}) as { readonly epoch?: number; readonly levels?: Readonly<Record<string, number>> }
    this.epoch = epoch
    for (const [name, level] of Object.entries(levels)) this.#levels.set(name, level)
  }

  level(name: string): number {
    return this.#levels.get(name) ?? 0
  }

  /** What clients are told is in force; level 0 is as good as not at all, and is left out. */
  get finalized(): { readonly name: string; readonly maxVersionLevel: number; readonly minVersionLevel: number }[] {
    return [...this.#levels].filter(([, level]) => level > 0).map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level }))
  }

  /** Sets levels, which the caller has checked. */
  update(levels: Iterable<readonly [name: string, level: number]>): void {
    for (const [name, level] of levels) this.#levels.set(name, level)
    this.epoch++
    this.#journal.put(KEY, { epoch: this.epoch, levels: Object.fromEntries(this.#levels) })
  }
}
