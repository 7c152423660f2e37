import type { Producer } from 'kafkajs'
import { Partitioners } from 'kafkajs'
import { encodeModelDescriptor, encodeWineRecord } from '../../lib/models/index.ts'
import { createTopics, kafkaClient } from '../shared/kafka.ts'
import { DATA_TOPIC, MODELS_TOPIC } from '../shared/topics.ts'
import type { DataSet } from './data-set.ts'

export interface ProviderOptions {
  readonly brokers: readonly string[]
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

/** Sends records and models in turn, from the first again after the last, until closed. */
export const startProvider = async (options: ProviderOptions): Promise<Provider> => {
  const { dataSet, print } = options
  const kafka = kafkaClient(options.brokers, 'millrace-data-provider')
  await createTopics(kafka, [DATA_TOPIC, MODELS_TOPIC], options.partitions)
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()

  const sendRecord = async (sent: number): Promise<void> => {
    const record = dataSet.records[sent % dataSet.records.length]
    if (!record) return
    await producer.send({ topic: DATA_TOPIC, messages: [{ key: null, value: encodeWineRecord(record) }] })
    if ((sent + 1) % PROGRESS_EVERY === 0) print(`printed ${sent + 1} records`)
  }
  const publishModel = async (sent: number): Promise<void> => {
    const model = dataSet.models[sent % dataSet.models.length]
    if (!model) return
    await producer.send({ topic: MODELS_TOPIC, messages: [{ key: null, value: encodeModelDescriptor(model) }] })
    print(`Published Model ${model.description} (${model.name})`)
  }

  const loops = [
    new Loop(publishModel, options.modelIntervalMs, (error) => print(`A model could not be sent: ${messageOf(error)}`)),
    new Loop(sendRecord, options.dataIntervalMs, (error) => print(`A record could not be sent: ${messageOf(error)}`)),
  ]
  return { close: () => stop(loops, producer) }
}

const stop = async (loops: readonly Loop[], producer: Producer): Promise<void> => {
  await Promise.all(loops.map((loop) => loop.close()))
  await producer.disconnect()
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
