import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import type { IHeaders } from 'kafkajs'
import type { ExchangedRecord } from './exchanged-record.ts'

const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP } as const

/** The codecs that kafkajs has without plug-ins. */
export type KafkajsCompression = keyof typeof codecs
export const kafkajsCompressions = Object.keys(codecs) as KafkajsCompression[]

const PATIENCE_MS = 20_000

const asHeaders = (headers: ExchangedRecord['headers']): IHeaders => {
  const result: Record<string, Buffer | Buffer[] | undefined> = {}
  for (const [name, value] of headers) {
    const before = result[name]
    if (before === undefined || value === undefined) result[name] = value
    else result[name] = Array.isArray(before) ? [...before, value] : [before, value]
  }
  return result
}

const asPairs = (headers: IHeaders | undefined): ExchangedRecord['headers'] =>
  Object.entries(headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [name, each == null ? undefined : Buffer.from(each)] as const),
  )

/** Writes and reads one partition with kafkajs. */
export class KafkajsClient {
  readonly #kafka: Kafka

  constructor(brokers: string) {
    this.#kafka = new Kafka({ brokers: brokers.split(','), clientId: 'kafkajs-interop', logLevel: logLevel.NOTHING })
  }

  async write(topic: string, records: readonly ExchangedRecord[], compression: KafkajsCompression): Promise<void> {
    const producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const messages = records.map(({ key, value, timestamp, headers }) => ({
      key: key ?? null,
      value: value ?? null,
      partition: 0,
      ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
      headers: asHeaders(headers),
    }))
    await producer.send({ topic, compression: codecs[compression], messages })
    await producer.disconnect()
  }

  async read(topic: string, count: number): Promise<ExchangedRecord[]> {
    const consumer = this.#kafka.consumer({ groupId: `${topic}-kafkajs`, maxWaitTimeInMs: 100 })
    const records: ExchangedRecord[] = []
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    let complete: () => void = () => {}
    const finished = new Promise<void>((resolve) => (complete = resolve))
    const timer = setTimeout(() => complete(), PATIENCE_MS)
    await consumer.run({
      eachMessage: async ({ message: { key, value, timestamp, headers } }) => {
        records.push({ key: key ?? undefined, value: value ?? undefined, timestamp: Number(timestamp), headers: asPairs(headers) })
        if (records.length >= count) complete()
      },
    })
    await finished
    clearTimeout(timer)
    await consumer.disconnect()
    return records
  }
}
