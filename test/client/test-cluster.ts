import { Broker } from '../../lib/broker/index.ts'
import { Admin } from '../../lib/client/admin.ts'
import { Cluster } from '../../lib/client/cluster.ts'
import { Fetcher } from '../../lib/client/fetcher.ts'
import { Producer } from '../../lib/client/producer.ts'
import type { ClusterOptions, FetcherOptions, NewTopic, ProducerOptions } from '../../lib/client/types.ts'
import { readChunk } from './read-batch.ts'
import type { ReadRecord } from './read-batch.ts'

/** `host:port` of a real Kafka to run the tests on; without it each test file has an embedded broker. */
const REAL = process.env['MILLRACE_BROKERS']

const run = `${process.pid.toString(36)}-${Date.now().toString(36)}`
let names = 0

/** A name that no other test, and no other run on the same Kafka, uses. */
export const unique = (name: string): string => `client-test-${name}-${run}-${names++}`

const PATIENCE_MS = 20_000

/** Resolves when `condition` holds; fails when it does not for so long that it never will. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE_MS; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error(`still not so after ${PATIENCE_MS} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A broker and what a test opens on it; `close` ends everything. */
export class TestCluster {
  readonly address: string
  /** Undefined on a real Kafka. */
  readonly broker: Broker | undefined
  readonly cluster: Cluster
  readonly admin: Admin
  readonly #closers: (() => Promise<void>)[] = []

  private constructor(address: string, broker: Broker | undefined) {
    this.address = address
    this.broker = broker
    this.cluster = this.open()
    this.admin = new Admin(this.cluster)
  }

  static async start(): Promise<TestCluster> {
    if (REAL !== undefined) return new TestCluster(REAL, undefined)
    return TestCluster.embedded()
  }

  /** Always the embedded broker: for tests that make it fail. */
  static async embedded(): Promise<TestCluster> {
    const broker = await Broker.start({ port: 0, config: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 100 } })
    return new TestCluster(broker.address, broker)
  }

  open(options: Partial<ClusterOptions> = {}): Cluster {
    const cluster = new Cluster({ bootstrapServers: [this.address], retryBackoffMs: 10, reconnectBackoffMs: 10, ...options })
    this.#closers.push(() => cluster.close())
    return cluster
  }

  producer(options: ProducerOptions = {}, cluster = this.cluster): Producer {
    const producer = new Producer(cluster, options)
    this.#closers.push(() => producer.close({ timeoutMs: 0 }))
    return producer
  }

  fetcher(options: FetcherOptions, cluster = this.cluster): Fetcher {
    const fetcher = new Fetcher(cluster, { maxWaitMs: 100, ...options })
    this.#closers.push(() => fetcher.close())
    return fetcher
  }

  /** Creates a topic of its own for the test and gives its name. Its records stay, though their timestamps are old. */
  async topic(name: string, options: Omit<NewTopic, 'name'> = {}): Promise<string> {
    const topic = unique(name)
    const configs = { 'retention.ms': '-1', ...options.configs }
    await this.admin.createTopics([{ numPartitions: 1, replicationFactor: 1, ...options, configs, name: topic }])
    return topic
  }

  /** Waits until a partition has given `count` records from `offset` on. */
  async read(topic: string, count: number, options: Partial<FetcherOptions> & { partition?: number; offset?: number } = {}): Promise<ReadRecord[]> {
    const { partition = 0, offset = 0, ...rest } = options
    const records: ReadRecord[] = []
    const fetcher = this.fetcher({
      ...rest,
      onChunk: (_topic, _partition, chunk) => {
        records.push(...readChunk(chunk))
        chunk.release()
      },
    })
    fetcher.assign(topic, partition, offset)
    await until(() => records.length >= count)
    await fetcher.close()
    return records
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
    await this.broker?.close()
  }
}
