import { QueryableStoreTypes, StoreQueryParameters } from '../../../lib/index.ts'
import type { KafkaStreams } from '../../../lib/index.ts'
import type { Apps } from './apps.ts'
import { eventually, untilState } from './apps.ts'
import { ChildApp } from './child-app.ts'
import { ANY_TIMESTAMP, appConfig } from './stateful-apps.ts'
import type { FamilyApp } from './stateful-apps.ts'
import { familyTopology } from './stateful-topologies.ts'
import type { Family, FamilyOptions } from './stateful-topologies.ts'
import { badRecords, differences, expectedOf, FAR_FUTURE, isClosing, stateOf, Workload } from './stateful-workload.ts'
import type { Expected, Side } from './stateful-workload.ts'
import type { TestCluster, TopicReader } from './test-cluster.ts'

const PARTITIONS = 3
const SIDES = ['left', 'right', 'rows', 'others'] as const

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const topicOfAnyTime = async (cluster: TestCluster, name: string, numPartitions: number): Promise<string> => {
  const topic = cluster.unique(name)
  await cluster.admin.createTopics([{ name: topic, numPartitions, configs: ANY_TIMESTAMP }])
  return topic
}

export interface RunOptions {
  readonly families: readonly Family[]
  readonly options: (family: Family) => FamilyOptions
  readonly seed: number
  readonly rounds: number
  readonly recordsPerRound: number
  readonly pauseMs: number
  /** How long a result may take after the last record, ms. */
  readonly patienceMs: number
  readonly exactlyOnce?: boolean
}

/** Applications of several families on the same input, and what is known of it. */
export class FamilyRun {
  readonly workload: Workload
  readonly apps: FamilyApp[] = []
  readonly #cluster: TestCluster
  readonly #apps: Apps
  readonly #options: RunOptions
  readonly #readers = new Map<Family, TopicReader>()
  readonly #processes = new Set<ChildApp>()
  #inputs: Record<Side, string> = { left: '', right: '', rows: '', others: '' }

  private constructor(cluster: TestCluster, apps: Apps, options: RunOptions) {
    this.workload = new Workload(options.seed)
    this.#cluster = cluster
    this.#apps = apps
    this.#options = options
  }

  static async prepare(cluster: TestCluster, apps: Apps, options: RunOptions): Promise<FamilyRun> {
    const run = new FamilyRun(cluster, apps, options)
    for (const side of SIDES) run.#inputs[side] = await topicOfAnyTime(cluster, side, PARTITIONS)
    for (const family of options.families) {
      const output = await topicOfAnyTime(cluster, family, 2)
      run.#readers.set(family, await cluster.read(output, 'read_committed'))
      run.apps.push({
        ...options.options(family),
        exactlyOnce: options.exactlyOnce === true,
        family, applicationId: cluster.unique(family), bootstrapServers: cluster.bootstrapServers, stateDir: apps.directory(),
        topics: { ...run.#inputs, output },
      })
    }
    return run
  }

  /** What comes next has nothing but changelogs to go on from. */
  moveToFreshDirectories(): void {
    this.apps.forEach((app, i) => (this.apps[i] = { ...app, stateDir: this.#apps.directory() }))
  }

  /** A process with all applications, as the only member of each group unless `changes` says otherwise. */
  async startProcess(changes: (app: FamilyApp) => Partial<FamilyApp> = () => ({ instanceId: 'only' })): Promise<ChildApp> {
    const child = new ChildApp('stateful-child.ts', [JSON.stringify(this.apps.map((app) => ({ ...app, ...changes(app) })))])
    this.#processes.add(child)
    await child.running()
    return child
  }

  /** Sends all rounds, slowly. */
  async sendAll(): Promise<void> {
    const { rounds, recordsPerRound, pauseMs } = this.#options
    for (let round = 0; round < rounds; round++) {
      const events = this.workload.round(recordsPerRound)
      for (const side of SIDES) await this.#cluster.send(this.#inputs[side], events[side])
      await pause(pauseMs)
    }
  }

  /** Sends bad records to each partition of all topics, and good ones that come after them. */
  async sendBadAndGood(goodKey: string): Promise<void> {
    const good = [1, 2].map((number) => ({ key: goodKey, value: `${goodKey}|${number}`, timestamp: FAR_FUTURE + number * 1000 }))
    for (const side of SIDES) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await this.#cluster.send(this.#inputs[side], badRecords().map((record) => ({ ...record, partition })))
      }
      await this.#cluster.send(this.#inputs[side], good)
    }
    await this.close(FAR_FUTURE + 2000)
  }

  /** Resolves when the results of every family have that text in their key or value. */
  async allHave(text: string): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) =>
      reader.until((read) => read.some(({ key, value }) => key?.includes(text) === true && value?.includes(text) === true))))
  }

  /** Sends what closes all windows. */
  async close(from?: number): Promise<void> {
    const closing = this.workload.closing(PARTITIONS, from)
    for (const side of ['left', 'right'] as const) await this.#cluster.send(this.#inputs[side], closing)
  }

  expected(family: Family): Expected {
    return expectedOf(family, this.workload.events)
  }

  differencesOf(family: Family): string[] {
    const expected = this.expected(family)
    const read = this.#readers.get(family)?.records ?? []
    return differences(expected, stateOf(expected.counts, read.map(({ key, value }) => ({ key: String(key), value: value?.toString() }))))
  }

  /** Results that a family may give once only, and gave twice. */
  twice(family: Family): string[] {
    if (this.expected(family).counts === 'last') return []
    const texts = (this.#readers.get(family)?.records ?? []).filter(({ key }) => !isClosing(String(key))).map(({ key, value }) => `${key}=${value}`)
    return texts.filter((text, i) => texts.indexOf(text) !== i)
  }

  /** How many results there are, without those of the records that only pass time on. */
  resultsOf(family: Family): number {
    return (this.#readers.get(family)?.records ?? []).filter(({ key }) => !isClosing(String(key))).length
  }

  /** What is wrong with the results by family, once all of them are right or patience ends. */
  async differences(): Promise<Record<string, string[]>> {
    const end = Date.now() + this.#options.patienceMs
    let left = [...this.#options.families]
    await eventually(async () => {
      await pause(100)
      left = left.filter((family) => this.differencesOf(family).length > 0)
      return left.length === 0 || Date.now() > end
    })
    return Object.fromEntries(this.apps.map((app) => [nameOf(app), this.differencesOf(app.family)] as const).filter(([, found]) => found.length > 0))
  }

  /** Runs the applications in this process, to be queried. */
  async startHere(changes: Partial<FamilyApp> = { instanceId: 'only' }): Promise<Map<Family, KafkaStreams>> {
    const all = new Map<Family, KafkaStreams>()
    await Promise.all(this.apps.map(async (app) => {
      const streams = this.#apps.make(familyTopology(app.family, app.topics, app), appConfig({ ...app, ...changes }))
      const running = untilState(streams, 'RUNNING')
      await streams.start()
      await running
      all.set(app.family, streams)
    }))
    return all
  }

  /** What is wrong with the rows of the table behind the results, by query. */
  async differencesInStore(family: Family, streams: KafkaStreams): Promise<string[]> {
    const state = new Map<string, string>()
    const fromParameters = StoreQueryParameters.fromNameAndType
    if (windowed.has(family)) {
      const rows = streams.store(fromParameters('results', QueryableStoreTypes.windowStore<string, string>()))
      for await (const [{ key, window }, value] of rows.all()) state.set(`${key}@${window.start}`, value)
    } else if (family === 'sessions') {
      const rows = streams.store(fromParameters('results', QueryableStoreTypes.sessionStore<string, string>()))
      for (const key of new Set(this.workload.events.left.map((event) => event.key))) {
        for await (const [{ window }, value] of rows.fetch(key)) state.set(`${key}@${window.start}-${window.end}`, value)
      }
    } else {
      for await (const [key, value] of streams.store<string, string>('results').all()) if (value !== '') state.set(key, value)
    }
    for (const key of state.keys()) if (isClosing(key)) state.delete(key)
    return differences(this.expected(family), state)
  }

  async end(): Promise<void> {
    for (const child of this.#processes) await child.kill('SIGKILL')
  }
}

const windowed: ReadonlySet<Family> = new Set<Family>(['tumbling', 'hopping', 'sliding', 'cogroup'])

/** Families whose end result is a table that can be queried. */
export const queryable: readonly Family[] = [
  ...windowed, 'sessions', 'foreign-inner', 'foreign-left', 'table-inner', 'table-outer', 'table-groups',
]

const nameOf = ({ family, storeType, caching }: FamilyApp): string => `${family}, ${storeType}${caching ? ', cached' : ''}`
