import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Admin, Consumer, IHeaders, Producer } from 'kafkajs'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { ScoreMessage } from '../../../apps/model-server/score-message.ts'
import type { ServedModel } from '../../../apps/model-server/statistics.ts'
import type { StoreKind } from '../../../apps/model-server/topologies.ts'
import type { defaultTopics } from '../../../apps/shared/topics.ts'
import { Broker } from '../../../lib/broker/index.ts'
import type { ModelDescriptor, WineRecord } from '../../../lib/models/index.ts'
import { encodeModelDescriptor, encodeWineRecord } from '../../../lib/models/index.ts'
import { Program } from './program.ts'

/** Resolves when `condition` holds; looked at every few milliseconds. */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

export interface ReadMessage {
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
}

/** A model server in a process of its own. */
export interface RunningServer {
  readonly program: Program
  readonly port: number
  /** The JSON and the status that an address of it answers; status 0 when nobody listens. */
  get(path: string): Promise<{ status: number; body: unknown }>
  value(): Promise<ServedModel | undefined>
}

type TopicNames = Readonly<Record<keyof typeof defaultTopics, string>>

export interface TestBenchOptions {
  readonly partitions?: number
  /** @default the cluster that MILLRACE_BROKERS names, or else an embedded broker */
  readonly brokers?: string | undefined
}

let benches = 0

/** A cluster with topics of its own, and whatever a test starts around it; all of it is gone at the end. */
export class TestBench {
  readonly topics: TopicNames
  readonly brokers: string
  /** Undefined: the cluster is one that was given. */
  broker: Broker | undefined
  readonly #name: string
  readonly #directories: string[]
  readonly #programs: Program[] = []
  readonly #consumers: Consumer[] = []
  readonly #producer: Producer
  readonly #admin: Admin
  readonly #kafka: Kafka

  private constructor(brokers: string, broker: Broker | undefined, directory: string | undefined) {
    this.brokers = brokers
    this.broker = broker
    this.#directories = directory === undefined ? [] : [directory]
    this.#name = `${process.pid}-${Date.now().toString(36)}-${benches++}`
    const topic = (kind: string): string => `models-${kind}-${this.#name}`
    this.topics = { data: topic('data'), models: topic('models'), scores: topic('scores'), deadLetters: topic('dead-letters') }
    this.#kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 30, maxRetryTime: 200 } })
    this.#producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    this.#admin = this.#kafka.admin()
  }

  static async start({ partitions = 1, brokers = process.env.MILLRACE_BROKERS }: TestBenchOptions = {}): Promise<TestBench> {
    const directory = brokers === undefined ? temporary() : undefined
    const broker = directory === undefined ? undefined : await startBroker(0, directory)
    const bench = new TestBench(brokers ?? broker!.address, broker, directory)
    await Promise.all([bench.#producer.connect(), bench.#admin.connect()])
    const topics = Object.values(bench.topics).map((topic) => ({ topic, numPartitions: partitions }))
    await bench.#admin.createTopics({ topics, waitForLeaders: true })
    return bench
  }

  /** Stops the embedded broker and starts it again on the same port with what it had. */
  async restartBroker(): Promise<void> {
    const port = Number(this.brokers.split(':').at(-1))
    await this.broker!.close()
    this.broker = await startBroker(port, this.#directories[0]!)
  }

  directory(): string {
    const directory = temporary()
    this.#directories.push(directory)
    return directory
  }

  run(name: string, args: readonly string[]): Program {
    const program = new Program(name, args)
    this.#programs.push(program)
    return program
  }

  /** Starts a model server and waits until it is ready. Sessions are short, so that a lost instance is soon missed. */
  async server(store: StoreKind, { port = 0, stateDir = this.directory(), args = [] as readonly string[] } = {}): Promise<RunningServer> {
    const program = this.run('server', [
      ...['--store', store, '--brokers', this.brokers, '--port', String(port), '--state-dir', stateDir],
      ...['--application-id', this.#applicationId(store), '--data-topic', this.topics.data, '--models-topic', this.topics.models],
      ...['--output-topic', this.topics.scores, '--dead-letter-topic', this.topics.deadLetters],
      ...['--config', `consumer.session.timeout.ms=${this.broker ? 2000 : 6000}`, '--config', 'consumer.heartbeat.interval.ms=200'],
      ...['--config', 'commit.interval.ms=100'],
      ...args,
    ])
    const line = await program.line(/^Model server \(/)
    const listening = Number(/:(\d+)\/state/.exec(line)?.[1])
    const get = async (address: string): Promise<{ status: number; body: unknown }> => {
      try {
        const response = await fetch(`http://127.0.0.1:${listening}${address}`)
        return { status: response.status, body: await response.json() }
      } catch {
        return { status: 0, body: undefined }
      }
    }
    await eventually(async () => (await get('/readyz')).status === 200)
    const value = async (): Promise<ServedModel | undefined> => {
      const { status, body } = await get('/state/value')
      return status === 200 ? (body as ServedModel) : undefined
    }
    return { program, port: listening, get, value }
  }

  async publish(...models: readonly ModelDescriptor[]): Promise<void> {
    await this.send(this.topics.models, models.map((model) => encodeModelDescriptor(model)))
  }

  /** Sends records to score with keys `<series>-0`, `<series>-1` and so on; without a key to partitions in turn. */
  async score(records: readonly WineRecord[], series: string, { keyed = true } = {}): Promise<void> {
    const messages = records.map((record, i) => ({ key: keyed ? `${series}-${i}` : null, value: encodeWineRecord(record) }))
    await this.#producer.send({ topic: this.topics.data, messages })
  }

  /** Sends one record after the other until the model of that name is in service. */
  async untilInService(server: RunningServer, name: string, record: WineRecord): Promise<void> {
    await eventually(async () => {
      await this.score([record], 'until')
      return (await server.value())?.name === name
    })
  }

  /** Waits until the servers have committed everything that was sent: a kill then takes nothing of it back. */
  async untilCommitted(store: StoreKind): Promise<void> {
    await eventually(async () => {
      const ends = await this.#admin.fetchTopicOffsets(this.topics.data)
      const [committed] = await this.#admin.fetchOffsets({ groupId: this.#applicationId(store), topics: [this.topics.data] })
      return ends.every(({ partition, high }) => Number(high) === 0 || committed?.partitions.find((each) => each.partition === partition)?.offset === high)
    })
  }

  #applicationId(store: StoreKind): string {
    return `models-${store}-${this.#name}`
  }

  async send(topic: string, values: readonly (Buffer | null)[]): Promise<void> {
    await this.#producer.send({ topic, messages: values.map((value) => ({ value })) })
  }

  /** Reads a topic from its start; the list grows by itself. */
  async read(topic: string): Promise<readonly ReadMessage[]> {
    const messages: ReadMessage[] = []
    const consumer = this.#kafka.consumer({ groupId: `reader-${topic}-${this.#consumers.length}`, maxWaitTimeInMs: 50 })
    this.#consumers.push(consumer)
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { offset, key, value, headers = {} } }) => {
        messages.push({ partition, offset: Number(offset), key, value, headers })
      },
    })
    return messages
  }

  /** Reads the scores from their start; the list grows by itself. */
  async scores(): Promise<() => readonly ScoreMessage[]> {
    const messages = await this.read(this.topics.scores)
    return () => messages.map(({ value }) => JSON.parse(String(value)) as ScoreMessage)
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop('SIGKILL')))
    await Promise.all(this.#consumers.map((consumer) => consumer.disconnect()))
    if (!this.broker) await this.#deleteTopics()
    await Promise.all([this.#producer.disconnect(), this.#admin.disconnect()])
    await this.broker?.close()
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true })
  }

  /** Also those that the servers made for themselves. */
  async #deleteTopics(): Promise<void> {
    const topics = (await this.#admin.listTopics()).filter((topic) => topic.includes(this.#name))
    await this.#admin.deleteTopics({ topics })
  }
}

const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'millrace-apps-'))

/** Groups form at once, and sessions may be short. */
const startBroker = (port: number, dir: string): Promise<Broker> =>
  Broker.start({ port, dir, config: { 'group.initial.rebalance.delay.ms': '0', 'group.min.session.timeout.ms': '500' } })
