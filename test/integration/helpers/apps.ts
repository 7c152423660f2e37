import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KafkaStreams, Serdes, Stores, StreamsBuilder } from '../../../lib/index.ts'
import type { AsyncCall, AsyncNamed, ClientState, KafkaStreamsOptions, StreamsConfigInput, Topology } from '../../../lib/index.ts'
import { ChildApp } from './child-app.ts'
import type { ReadRecord, TestCluster } from './test-cluster.ts'

/** The instances that a test starts, with directories of their own; all are closed and removed at its end. */
export class Apps {
  readonly #cluster: TestCluster
  readonly #running = new Set<KafkaStreams>()
  readonly #children = new Set<ChildApp>()
  readonly #directories = new Set<string>()

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
  }

  directory(): string {
    const directory = mkdtempSync(path.join(tmpdir(), 'millrace-test-'))
    this.#directories.add(directory)
    return directory
  }

  /** Makes an instance with quick settings; give `stateDir` to let a later one go on with the state. */
  make(topology: Topology, config: StreamsConfigInput, options: KafkaStreamsOptions = {}): KafkaStreams {
    const streams = new KafkaStreams(topology, {
      bootstrapServers: this.#cluster.bootstrapServers,
      stateDir: this.directory(),
      commitIntervalMs: 100,
      statestoreCacheMaxBytes: 0,
      consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50 },
      ...config,
    }, options)
    this.#running.add(streams)
    return streams
  }

  /** Makes and starts one, and waits until it runs. */
  async start(topology: Topology, config: StreamsConfigInput): Promise<KafkaStreams> {
    const streams = this.make(topology, config)
    const running = untilState(streams, 'RUNNING')
    await streams.start()
    await running
    return streams
  }

  /** Starts one in a process of its own, by a script of this folder, and waits until it runs. The brokers are the script's first argument. */
  async startChild(script: string, ...args: string[]): Promise<ChildApp> {
    const child = new ChildApp(script, [this.#cluster.bootstrapServers, ...args])
    this.#children.add(child)
    await child.running()
    return child
  }

  async closeAll(): Promise<void> {
    for (const child of this.#children) await child.kill('SIGKILL')
    this.#children.clear()
    for (const streams of this.#running) await streams.close()
    this.#running.clear()
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true })
    this.#directories.clear()
  }
}

/** Resolves when the client is in that state. To be called before `start`. */
export const untilState = (streams: KafkaStreams, wanted: ClientState): Promise<void> =>
  new Promise((resolve, reject) => {
    streams.setStateListener((state) => {
      if (state === wanted) resolve()
      else if (state === 'ERROR') reject(streams.error ?? new Error('the client failed'))
    })
  })

/** Resolves when `condition` holds; looked at every few milliseconds. */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Counts the words of the lines in `input` into `output` (long values), by way of a repartition topic. */
export const wordCount = (input: string, output: string, engine: 'memory' | 'leveldb' | 'lmdb' = 'memory'): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(input, { key: Serdes.string, value: Serdes.string })
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { key: Serdes.string, value: Serdes.string })
    .count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine }))
    .toStream()
    .to(output, { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

/** Counts the records of each key of `input` into `output` (long values), without a repartition topic. */
export const keyCount = (input: string, output: string, engine: 'memory' | 'leveldb' | 'lmdb' = 'memory'): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(input, { key: Serdes.string, value: Serdes.string })
    .groupByKey({ key: Serdes.string, value: Serdes.string })
    .count(Stores.keyValueStore('counts', { key: Serdes.string, value: Serdes.long, engine }))
    .toStream()
    .to(output, { key: Serdes.string, value: Serdes.long })
  return builder.build()
}

/** Writes what `service` says of each value of `input` to `output`. */
export const enriching = (input: string, output: string, service: (value: string, call: AsyncCall) => Promise<string>, options: AsyncNamed = {}): Topology => {
  const text = { key: Serdes.string, value: Serdes.string }
  const builder = new StreamsBuilder()
  builder.stream(input, text).mapValuesAsync((value, _key, call) => service(value, call), options).to(output, text)
  return builder.build()
}

/** `key=count` of each record of a count topic. */
export const countOf = ({ key, value }: ReadRecord): string => `${key?.toString()}=${value?.readBigInt64BE()}`

/** The last count of each key. */
export const lastCounts = (records: readonly ReadRecord[]): Map<string, number> =>
  new Map(records.map(({ key, value }) => [key?.toString() ?? '', Number(value?.readBigInt64BE() ?? -1)]))
