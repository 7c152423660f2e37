import { KafkaStreams, Serdes, StreamsBuilder } from '../lib/index.ts'
import type { Processor, ProcessorContext, ProcessorSupplier, QueryableStoreType, Record, StateStore, StateStoreContext, StoreBuilder, Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

export interface Score {
  readonly player: string
  readonly points: number
}

/** What queries may do with the store. */
export interface ReadableRanking {
  top(count: number): readonly Score[]
}

/** A store of a shape of its own: players in the order of their points. Change-logged, and restored from its changelog. */
export class RankingStore implements StateStore, ReadableRanking {
  readonly name: string
  readonly persistent = false
  #context: StateStoreContext | undefined
  #ranking: Score[] = []

  constructor(name: string) {
    this.name = name
  }

  get isOpen(): boolean {
    return this.#context !== undefined
  }

  init(context: StateStoreContext, root: StateStore): void {
    this.#context = context
    // bytes are valid during the call only, so they are turned into values at once
    context.register(root, (key, value) => this.#place(key.toString(), value === undefined ? undefined : Number(value.toString())))
  }

  close(): void {
    this.#context = undefined
  }

  put(player: string, points: number): void {
    this.#place(player, points)
    this.#context?.logChange(this.name, Buffer.from(player), Buffer.from(String(points)))
  }

  top(count: number): readonly Score[] {
    return this.#ranking.slice(0, count)
  }

  #place(player: string, points: number | undefined): void {
    const others = this.#ranking.filter((score) => score.player !== player)
    if (points !== undefined) {
      const below = others.findIndex((score) => score.points < points)
      others.splice(below < 0 ? others.length : below, 0, { player, points })
    }
    this.#ranking = others
  }
}

class RankingStoreBuilder implements StoreBuilder<RankingStore> {
  readonly name: string
  loggingEnabled = true
  logConfig: Readonly<{ [name: string]: string }> = {}

  constructor(name: string) {
    this.name = name
  }

  withLoggingEnabled(config: Readonly<{ [name: string]: string }> = {}): this {
    this.loggingEnabled = true
    this.logConfig = config
    return this
  }

  withLoggingDisabled(): this {
    this.loggingEnabled = false
    return this
  }

  /** There is nothing to cache: the store is in memory. */
  withCachingEnabled(): this {
    return this
  }

  withCachingDisabled(): this {
    return this
  }

  build(): RankingStore {
    return new RankingStore(this.name)
  }
}

export const ranking = new RankingStoreBuilder('ranking')

/** Lets queries read the rankings of all local partitions as one. */
export const rankingType: QueryableStoreType<ReadableRanking> = {
  name: 'ranking',
  accepts: (store) => store instanceof RankingStore,
  create: (provider) => ({
    top: (count) =>
      provider.stores().flatMap((store) => (store as RankingStore).top(count)).sort((a, b) => b.points - a.points).slice(0, count),
  }),
}

/** Passes on who leads, whenever that may have changed. */
class Leader implements Processor<string, number, string, number> {
  #context!: ProcessorContext<string, number>
  #ranking!: RankingStore

  init(context: ProcessorContext<string, number>): void {
    this.#context = context
    this.#ranking = context.getStateStore(ranking)
  }

  process(record: Record<string, number>): void {
    this.#ranking.put(record.key, record.value)
    const [leader] = this.#ranking.top(1)
    if (leader !== undefined) this.#context.forward(record.withKey(leader.player).withValue(leader.points))
  }
}

const leader: ProcessorSupplier<string, number, string, number> = { get: () => new Leader(), stores: [ranking] }

export const leaders = (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('points', { key: Serdes.string, value: Serdes.string })
    .mapValues(Number)
    .process(leader)
    .mapValues(String)
    .to('leaders', { key: Serdes.string, value: Serdes.string })
  return builder.build()
}

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal, print } = surroundings
  await prepareTopics(surroundings, [{ topic: 'points', records: [['ada', '3'], ['max', '7'], ['ada', '9']] }, { topic: 'leaders' }])
  const stopPrinting = await printTopic(surroundings, 'leaders', String)
  const streams = new KafkaStreams(leaders(), { applicationId: 'leaders', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  streams.setStateListener((state) => {
    if (state === 'RUNNING') print(`at the start: ${JSON.stringify(streams.store({ storeName: ranking.name, type: rankingType }).top(3))}`)
  })
  await streams.run({ signal }).finally(stopPrinting)
}
