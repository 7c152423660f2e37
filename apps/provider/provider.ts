import { setTimeout as pause } from 'node:timers/promises'
import type { Producer } from 'kafkajs'
import { Partitioners } from 'kafkajs'
import { encodeModelDescriptor, encodeWineRecord } from '../../lib/models/index.ts'
import { createTopics, kafkaClient, modelsTopicConfig, untilReachable } from '../shared/kafka.ts'
import type { Topics } from '../shared/topics.ts'
import type { DataSet } from './data-set.ts'

export interface ProviderOptions {
  readonly brokers: readonly string[]
  /** How long to wait for a broker to answer, ms. */
  readonly brokerTimeoutMs: number
  readonly topics: Pick<Topics, 'data' | 'models'>
  readonly dataSet: DataSet
  /** Between two records, in ms. */
  readonly dataIntervalMs: number
  /** Between two models, in ms. */
  readonly modelIntervalMs: number
  /** Of the topics, where they do not exist yet. */
  readonly partitions: number
  readonly print: (line: string) => void
}

/** A running provider. */
export interface Provider {
  /** Stops sending, waits for what is under way and disconnects. */
  close(): Promise<void>
}

const PROGRESS_EVERY = 10

/** How long what is being sent may take at the end, ms: a broker that is away is not waited for. */
const CLOSE_TIMEOUT_MS = 2000

/** Sends records and models in turn, from the first again after the last, until closed. */
export const startProvider = async (options: ProviderOptions): Promise<Provider> => {
  const { brokers, dataSet, topics, partitions: numPartitions, print } = options
  const clientId = 'millrace-data-provider'
  await untilReachable(brokers, clientId, options.brokerTimeoutMs, print)
  const kafka = kafkaClient(brokers, clientId)
  await createTopics(kafka, [
    { topic: topics.data, numPartitions },
    { topic: topics.models, numPartitions, config: modelsTopicConfig },
  ])
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()

  const sendRecord = async (sent: number): Promise<void> => {
    const record = dataSet.records[sent % dataSet.records.length]
    if (!record) return
    await producer.send({ topic: topics.data, messages: [{ key: null, value: encodeWineRecord(record) }] })
    if ((sent + 1) % PROGRESS_EVERY === 0) print(`printed ${sent + 1} records`)
  }
  const publishModel = async (sent: number): Promise<void> => {
    const model = dataSet.models[sent % dataSet.models.length]
    if (!model) return
    await producer.send({ topic: topics.models, messages: [{ key: null, value: encodeModelDescriptor(model) }] })
    print(`Published Model ${model.description} (${model.name})`)
  }

  const loops = [
    new Loop(publishModel, options.modelIntervalMs, (error) => print(`A model could not be sent: ${messageOf(error)}`)),
    new Loop(sendRecord, options.dataIntervalMs, (error) => print(`A record could not be sent: ${messageOf(error)}`)),
  ]
  return { close: () => stop(loops, producer) }
}

const stop = async (loops: readonly Loop[], producer: Producer): Promise<void> => {
  const patience = new AbortController()
  const outOfTime = pause(CLOSE_TIMEOUT_MS, undefined, { signal: patience.signal }).catch(() => {})
  await Promise.race([Promise.all(loops.map((loop) => loop.close())), outOfTime])
  patience.abort()
  await producer.disconnect().catch(() => {})
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Calls a step every interval, one at a time; a step that failed is tried again with the same number. */
class Loop {
  readonly #step: (sent: number) => Promise<void>
  readonly #intervalMs: number
  readonly #onError: (error: unknown) => void
  #sent = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(step: (sent: number) => Promise<void>, intervalMs: number, onError: (error: unknown) => void) {
    this.#step = step
    this.#intervalMs = intervalMs
    this.#onError = onError
    this.#turn()
  }

  #turn(): void {
    const started = performance.now()
    this.#running = this.#step(this.#sent)
      .then(() => {
        this.#sent++
      })
      .catch(this.#onError)
      .then(() => {
        if (this.#closed) return
        this.#timer = setTimeout(() => this.#turn(), Math.max(0, this.#intervalMs - (performance.now() - started)))
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
