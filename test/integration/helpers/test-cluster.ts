import { Broker } from '../../../lib/broker/index.ts'
import { Admin } from '../../../lib/client/admin.ts'
import { Cluster } from '../../../lib/client/cluster.ts'
import { Fetcher } from '../../../lib/client/fetcher.ts'
import { Producer } from '../../../lib/client/producer.ts'
import type { IsolationLevel, ProducerMessage } from '../../../lib/client/types.ts'
import type { Headers } from '../../../lib/core/headers.ts'

/** A record as a test reads it. */
export interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  readonly headers: Headers
}

/** What has been read of a topic so far; it grows by itself. */
export interface TopicReader {
  readonly records: readonly ReadRecord[]
  /** Resolves when `done` says so of all records read; looked at after each fetch. */
  until(done: (records: readonly ReadRecord[]) => boolean): Promise<readonly ReadRecord[]>
  close(): Promise<void>
}

let names = 0

type BrokerSettings = Readonly<Record<string, string | number>>

const startBroker = (dir: string | undefined, port: number, config: BrokerSettings = {}): Promise<Broker> =>
  Broker.start({ autoCreateTopics: false, config: { 'group.initial.rebalance.delay.ms': 0, ...config }, ...(dir === undefined ? {} : { dir }), port })

/** A cluster for one test file: the embedded broker, or the one that MILLRACE_BROKERS names. */
export class TestCluster implements AsyncDisposable {
  readonly bootstrapServers: string
  readonly admin: Admin
  readonly cluster: Cluster
  readonly #producer: Producer
  readonly #readers = new Set<TopicReader>()
  readonly #dir: string | undefined
  readonly #config: BrokerSettings | undefined
  #broker: Broker | undefined

  private constructor(bootstrapServers: string, broker: Broker | undefined, dir?: string, config?: BrokerSettings) {
    this.bootstrapServers = bootstrapServers
    this.#broker = broker
    this.#dir = dir
    this.#config = config
    this.cluster = new Cluster({ bootstrapServers: [bootstrapServers] })
    this.admin = new Admin(this.cluster)
    this.#producer = new Producer(this.cluster)
  }

  /** `config` and `dir`: of the embedded broker. */
  static async start(config?: BrokerSettings, dir?: string): Promise<TestCluster> {
    const given = process.env.MILLRACE_BROKERS
    if (given !== undefined) return TestCluster.at(given)
    return TestCluster.embedded(dir, config)
  }

  /** Brokers that run already. */
  static at(bootstrapServers: string): TestCluster {
    return new TestCluster(bootstrapServers, undefined)
  }

  /** An embedded broker in any case, with a directory when it is to be restarted. */
  static async embedded(dir?: string, config?: BrokerSettings): Promise<TestCluster> {
    const broker = await startBroker(dir, 0, config)
    return new TestCluster(broker.address, broker, dir, config)
  }

  /** A broker that the test has started by itself. */
  static over(broker: Broker): TestCluster {
    return new TestCluster(broker.address, broker)
  }

  /** Stops the embedded broker; answers what starts it again on the same port and directory. */
  async stopBroker(): Promise<() => Promise<void>> {
    const port = this.#broker?.port ?? 0
    await this.#broker?.close()
    return async () => {
      this.#broker = await startBroker(this.#dir, port, this.#config)
    }
  }

  /** The embedded broker, for faults on request; undefined with a real one. */
  get broker(): Broker | undefined {
    return this.#broker
  }

  /** A name that no other test uses, also on a cluster that is shared. */
  unique(name: string): string {
    return `${name}-${process.pid}-${Date.now().toString(36)}-${names++}`
  }

  /** Makes a topic of a unique name. */
  async topic(name: string, numPartitions = 1): Promise<string> {
    const topic = this.unique(name)
    await this.admin.createTopics([{ name: topic, numPartitions }])
    return topic
  }

  async send(topic: string, messages: readonly ProducerMessage[]): Promise<void> {
    await this.#producer.send(topic, messages)
  }

  /** Reads a topic from its start, all partitions. */
  async read(topic: string, isolationLevel?: IsolationLevel): Promise<TopicReader> {
    const partitions = (await this.cluster.metadata([topic], { refresh: true })).get(topic)?.partitions.length ?? 0
    const records: ReadRecord[] = []
    const waiting = new Set<() => void>()
    const fetcher = new Fetcher(this.cluster, {
      maxWaitMs: 50,
      isolationLevel,
      onChunk: (_topic, partition, chunk) => {
        const cursor = chunk.cursor()
        while (cursor.next()) {
          const { buffer, offset, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
          const copy = (start: number, end: number): Buffer | undefined => (start < 0 ? undefined : Buffer.from(buffer.subarray(start, end)))
          records.push({ partition, offset, timestamp, key: copy(keyStart, keyEnd), value: copy(valueStart, valueEnd), headers: cursor.headers() })
        }
        chunk.release()
        for (const look of waiting) look()
      },
    })
    for (let partition = 0; partition < partitions; partition++) fetcher.assign(topic, partition, 0)
    const reader: TopicReader = {
      records,
      until: (done) =>
        new Promise((resolve) => {
          const look = (): void => {
            if (!done(records)) return
            waiting.delete(look)
            resolve(records)
          }
          waiting.add(look)
          look()
        }),
      close: () => fetcher.close(),
    }
    this.#readers.add(reader)
    return reader
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close()
    await this.#producer.close()
    await this.cluster.close()
    await this.#broker?.close()
  }
}
