import type { ProducerMessage } from '../../../lib/client/types.ts'
import { QueryableStoreTypes, StoreQueryParameters } from '../../../lib/index.ts'
import type { KafkaStreams } from '../../../lib/index.ts'
import type { Apps } from './apps.ts'
import { eventually, untilState } from './apps.ts'
import { ChildApp } from './child-app.ts'
import { answerTo, exactlyOnceConfig, exactlyOnceTopology, groupOf, WINDOW_MS } from './exactly-once-app.ts'
import type { ExactlyOnceApp, ExactlyOnceTopics } from './exactly-once-app.ts'
import type { ReadRecord, TestCluster, TopicReader } from './test-cluster.ts'

const PARTITIONS = 3
const KEYS = 12
const HOUR_MS = 3_600_000
/** As long as results appear they may take this many times as long as they may fail to. */
const LONGEST_PATIENCES = 5
const OUTPUTS = ['counts', 'windows', 'pairs', 'answers', 'ticks'] as const
type Output = (typeof OUTPUTS)[number]

interface Event {
  readonly key: string
  readonly id: string
  readonly timestamp: number
}

export interface ExactlyOnceRunOptions extends Pick<ExactlyOnceApp, 'guarantee' | 'storeType' | 'caching' | 'threads' | 'workers' | 'standbys' | 'sessionTimeoutMs'> {
  readonly recordsPerRound: number
  readonly pauseMs: number
  /** How much later the next record is, ms. All of a run must be within the hour that windows are kept. */
  readonly stepMs: number
  /** How long results may fail to appear after the last record, ms. */
  readonly patienceMs: number
}

const textOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.toString()}`
const numberOf = ({ value }: ReadRecord): number => Number(value?.readBigInt64BE() ?? -1)

const byKey = (records: readonly ReadRecord[]): Map<string, number[]> => {
  const numbers = new Map<string, number[]>()
  for (const record of records) {
    const key = record.key?.toString() ?? ''
    const known = numbers.get(key)
    if (known === undefined) numbers.set(key, [numberOf(record)])
    else known.push(numberOf(record))
  }
  return numbers
}

/** An application of several processes with its input, what should come of it, and what does. */
export class ExactlyOnceRun {
  readonly applicationId: string
  readonly #cluster: TestCluster
  readonly #apps: Apps
  readonly #options: ExactlyOnceRunOptions
  readonly #topics: ExactlyOnceTopics
  readonly #readers: Readonly<Record<Output, TopicReader>>
  readonly #processes = new Set<ChildApp>()
  readonly #events: Event[] = []

  private constructor(cluster: TestCluster, apps: Apps, options: ExactlyOnceRunOptions, topics: ExactlyOnceTopics, readers: Record<Output, TopicReader>) {
    this.applicationId = cluster.unique('exactly')
    this.#cluster = cluster
    this.#apps = apps
    this.#options = options
    this.#topics = topics
    this.#readers = readers
  }

  static async prepare(cluster: TestCluster, apps: Apps, options: ExactlyOnceRunOptions): Promise<ExactlyOnceRun> {
    const topics = { events: await cluster.topic('events', PARTITIONS), others: await cluster.topic('others', PARTITIONS) }
    const outputs = await Promise.all(OUTPUTS.map(async (name) => [name, await cluster.topic(name, 2)] as const))
    const readers = await Promise.all(outputs.map(async ([name, topic]) => [name, await cluster.read(topic, 'read_committed')] as const))
    const all = { ...topics, ...Object.fromEntries(outputs) } as ExactlyOnceTopics
    return new ExactlyOnceRun(cluster, apps, options, all, Object.fromEntries(readers) as Record<Output, TopicReader>)
  }

  #app(stateDir: string): ExactlyOnceApp {
    const { guarantee = 'exactly_once_v2', storeType, caching, threads, workers = false, standbys, sessionTimeoutMs } = this.#options
    const { applicationId } = this
    const { bootstrapServers } = this.#cluster
    return { applicationId, guarantee, bootstrapServers, stateDir, storeType, caching, threads, workers, standbys, sessionTimeoutMs, topics: this.#topics }
  }

  /** A process more; it may take a while until it runs. */
  startProcess(stateDir: string): ChildApp {
    const child = new ChildApp('exactly-once-child.ts', [JSON.stringify(this.#app(stateDir))])
    this.#processes.add(child)
    return child
  }

  /** Runs the application in this process, to be queried. */
  async startHere(stateDir = this.#apps.directory()): Promise<KafkaStreams> {
    const app = this.#app(stateDir)
    const streams = this.#apps.make(exactlyOnceTopology(app.topics, app), exactlyOnceConfig(app))
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    return streams
  }

  get #isExact(): boolean {
    return this.#options.guarantee !== 'at_least_once'
  }

  /** How many events have been sent. */
  get sent(): number {
    return this.#events.length
  }

  /** Sends rounds, slowly, as long as `isMore`: an event and its partner of the same time in each record. */
  async sendWhile(isMore: (round: number) => boolean): Promise<void> {
    const { recordsPerRound, pauseMs, stepMs } = this.#options
    const base = (Math.floor(Date.now() / HOUR_MS) - 1) * HOUR_MS
    for (let round = 0; isMore(round); round++) {
      const events = Array.from({ length: recordsPerRound }, (_, i): Event => {
        const number = round * recordsPerRound + i
        return { key: `k${(number * 5) % KEYS}`, id: String(number), timestamp: base + number * stepMs }
      })
      this.#events.push(...events)
      const messages = (prefix: string): ProducerMessage[] => events.map(({ key, id, timestamp }) => ({ key, value: prefix + id, timestamp }))
      await Promise.all([this.#cluster.send(this.#topics.events, messages('')), this.#cluster.send(this.#topics.others, messages('o'))])
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** How many records each group, or key and window, has. */
  #expectedCounts(output: 'counts' | 'windows'): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { key, id, timestamp } of this.#events) {
      const place = output === 'counts' ? groupOf(id) : `${key}@${timestamp - (timestamp % WINDOW_MS)}`
      counts.set(place, (counts.get(place) ?? 0) + 1)
    }
    return counts
  }

  #expectedTexts(output: 'pairs' | 'answers'): Set<string> {
    return new Set(this.#events.map(({ key, id }) => `${key}=${output === 'pairs' ? `${id}+o${id}` : answerTo(id)}`))
  }

  /** What is wrong in an output so far; `isMissing`: only what has not come yet. */
  differences(): string[] {
    const found: string[] = []
    for (const output of ['counts', 'windows'] as const) {
      const read = byKey(this.#readers[output].records)
      for (const [key, count] of this.#expectedCounts(output)) {
        const numbers = read.get(key) ?? []
        // at least once, a process that was stopped sends late what it had counted before
        const reached = this.#isExact ? (numbers.at(-1) ?? 0) : numbers.reduce((most, number) => Math.max(most, number), 0)
        if (this.#isExact ? reached !== count : reached < count) found.push(`${output}: missing, ${key} is ${reached} of ${count}`)
      }
    }
    for (const output of ['pairs', 'answers'] as const) {
      const read = new Set(this.#readers[output].records.map(textOf))
      for (const text of this.#expectedTexts(output)) if (!read.has(text)) found.push(`${output}: missing, ${text}`)
    }
    return [...found, ...this.wrongs()]
  }

  /** What can never become right: something twice, out of order, or that should not be there at all. */
  wrongs(): string[] {
    const found: string[] = []
    for (const output of this.#isExact ? (['counts', 'windows', 'ticks'] as const) : []) {
      const expected = output === 'ticks' ? undefined : this.#expectedCounts(output)
      // a cache leaves out what changes again before a commit
      const mayLeaveOut = output !== 'ticks' && this.#options.caching
      for (const [key, numbers] of byKey(this.#readers[output].records)) {
        const wrong = numbers.findIndex((number, i) => (mayLeaveOut ? number <= (numbers[i - 1] ?? 0) : number !== i + 1))
        if (wrong >= 0) found.push(`${output}: ${key} goes ${numbers.slice(Math.max(0, wrong - 2), wrong + 3).join(' ')} at ${wrong}`)
        const count = expected?.get(key)
        if (expected !== undefined && (numbers.at(-1) ?? 0) > (count ?? 0)) found.push(`${output}: ${key} is ${numbers.at(-1)}, not ${count}`)
      }
    }
    for (const output of ['pairs', 'answers'] as const) {
      const expected = this.#expectedTexts(output)
      const seen = new Set<string>()
      for (const text of this.#readers[output].records.map(textOf)) {
        if (this.#isExact && seen.has(text)) found.push(`${output}: twice, ${text}`)
        if (!expected.has(text)) found.push(`${output}: too much, ${text}`)
        seen.add(text)
      }
    }
    return found
  }

  /** What is wrong once everything has come, or patience ends. */
  async finalDifferences(): Promise<string[]> {
    const { patienceMs } = this.#options
    const last = Date.now() + LONGEST_PATIENCES * patienceMs
    const read = (): number => OUTPUTS.reduce((sum, output) => sum + (output === 'ticks' ? 0 : this.#readers[output].records.length), 0)
    let seen = read()
    let end = Date.now() + patienceMs
    await eventually(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      // a machine that is busy may take its time, as long as it comes on
      if (read() > seen) {
        seen = read()
        end = Math.min(last, Date.now() + patienceMs)
      }
      return this.differences().length === 0 || this.wrongs().length > 0 || Date.now() > end
    })
    return this.differences().slice(0, 20)
  }

  get ticks(): number {
    return this.#readers.ticks.records.length
  }

  /** What is wrong in the stores, and in their changelogs as those read them who read only what is committed. */
  async differencesInStores(streams: KafkaStreams): Promise<string[]> {
    const found: string[] = []
    const compare = (where: string, is: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void => {
      for (const [key, count] of expected) {
        const stored = is.get(key) ?? 0
        if (this.#isExact ? stored !== count : stored < count) found.push(`${where}: ${key} is ${stored}, not ${count}`)
      }
      for (const key of is.keys()) if (!expected.has(key)) found.push(`${where}: ${key} is too much`)
    }
    const counts = new Map<string, number>()
    for await (const [key, count] of streams.store<string, number>('counts').all()) counts.set(key, Number(count))
    compare('store counts', counts, this.#expectedCounts('counts'))
    const windows = new Map<string, number>()
    const rows = streams.store(StoreQueryParameters.fromNameAndType('windows', QueryableStoreTypes.windowStore<string, number>()))
    for await (const [{ key, window }, count] of rows.all()) windows.set(`${key}@${window.start}`, Number(count))
    compare('store windows', windows, this.#expectedCounts('windows'))
    const changelog = await this.#cluster.read(`${this.applicationId}-counts-changelog`, 'read_committed')
    const last = (): Map<string, number> => new Map(changelog.records.map((record) => [record.key?.toString() ?? '', numberOf(record)]))
    await eventually(() => last().size >= counts.size && [...last().values()].reduce((sum, count) => sum + count, 0) >= this.#events.length)
    compare('changelog counts', last(), this.#expectedCounts('counts'))
    return found
  }

  async end(): Promise<void> {
    for (const child of this.#processes) await child.kill('SIGKILL')
  }
}
