import { JoinWindows, Record, Serdes, Stores, StreamsBuilder, TimeWindows } from '../../../lib/index.ts'
import type { KeyValueStore, Processor, ProcessorContext, StreamsConfigInput, Topology } from '../../../lib/index.ts'

/** One application, whose results tell how often each record was processed: exactly once, or at least once when asked. */
export interface ExactlyOnceApp {
  readonly applicationId: string
  readonly guarantee?: 'exactly_once_v2' | 'at_least_once'
  readonly bootstrapServers: string
  readonly stateDir: string
  readonly storeType: 'in_memory' | 'rocksDB'
  readonly caching: boolean
  readonly threads: number
  /** Each stream thread is a worker thread. */
  readonly workers?: boolean
  readonly standbys: number
  readonly sessionTimeoutMs: number
  readonly topics: ExactlyOnceTopics
}

export interface ExactlyOnceTopics {
  readonly events: string
  readonly others: string
  readonly counts: string
  readonly windows: string
  readonly pairs: string
  readonly answers: string
  readonly ticks: string
}

export const GROUPS = 7
export const WINDOW_MS = 10_000
/** Partners are of the same time. */
const pairWindows = JoinWindows.ofTimeDifferenceAndGrace(1, 3_600_000)
const text = { key: Serdes.string, value: Serdes.string }
const counted = { key: Serdes.string, value: Serdes.long }

export const groupOf = (id: string): string => `g${Number(id) % GROUPS}`
export const answerTo = (id: string): string => `${id}!`

/** Answers after 0 to 9 ms, so that answers come in another order than records. */
const service = (id: string): Promise<string> => new Promise((resolve) => setTimeout(() => resolve(answerTo(id)), (Number(id) * 7) % 10))

/** Every now and then it sends the next number, which is kept in a store. */
class Ticker implements Processor<string, string, string, number> {
  #store!: KeyValueStore<string, number>

  init(context: ProcessorContext<string, number>): void {
    this.#store = context.getStateStore('ticks')
    const key = `p${context.taskId.partition}`
    context.schedule(40, 'wall-clock-time', (now) => {
      const next = Number(this.#store.get(key) ?? 0) + 1
      this.#store.put(key, next)
      context.forward(new Record(key, next, now))
    })
  }

  process(): void {}
}

export const exactlyOnceTopology = (topics: ExactlyOnceTopics, { storeType, caching }: Pick<ExactlyOnceApp, 'storeType' | 'caching'>): Topology => {
  const builder = new StreamsBuilder({ 'default.dsl.store': storeType })
  const events = builder.stream(topics.events, text)
  const others = builder.stream(topics.others, text)
  events.selectKey((_key, id) => groupOf(id)).groupByKey(text).count({ ...counted, store: 'counts', caching }).toStream().to(topics.counts, counted)
  events
    .groupByKey(text)
    .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW_MS, 3_600_000))
    .count({ ...counted, store: 'windows', caching })
    .toStream(({ key, window }) => `${key}@${window.start}`)
    .to(topics.windows, counted)
  events.join(others, (id, other) => `${id}+${other}`, pairWindows, { ...text, otherValue: Serdes.string, storeType }).to(topics.pairs, text)
  events.mapValuesAsync(service, { order: 'key' }).to(topics.answers, text)
  const ticks = Stores.keyValueStore('ticks', { ...counted, engine: storeType === 'in_memory' ? 'memory' : 'leveldb' })
  builder.addStateStore(ticks)
  events.process(() => new Ticker(), { stores: [ticks] }).to(topics.ticks, counted)
  return builder.build()
}

export const exactlyOnceConfig = (app: ExactlyOnceApp): StreamsConfigInput => ({
  applicationId: app.applicationId,
  bootstrapServers: app.bootstrapServers,
  stateDir: app.stateDir,
  processingGuarantee: app.guarantee ?? 'exactly_once_v2',
  numStreamThreads: app.threads,
  numStandbyReplicas: app.standbys,
  // so that instances that come warm up before tasks move to them
  acceptableRecoveryLag: 100,
  statestoreCacheMaxBytes: app.caching ? 1_000_000 : 0,
  ...(app.guarantee === 'at_least_once' ? {} : { producer: { 'transaction.timeout.ms': 4000 } }),
  consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': app.sessionTimeoutMs, 'fetch.max.wait.ms': 50 },
})
