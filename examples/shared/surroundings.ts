import { Kafka, logLevel } from 'kafkajs'

/** What an example is given to run with. */
export interface Surroundings {
  readonly bootstrapServers: string
  /** Where state is kept between runs. */
  readonly stateDir: string
  /** Ends the example. */
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** A topic to be there, and records to begin with: key, value, and where it matters the timestamp, ms since the epoch. */
export interface SampleTopic {
  readonly topic: string
  readonly records?: readonly (readonly [key: string | null, value: string, timestamp?: number])[]
  /** @default 1 */
  readonly partitions?: number
}

const connect = ({ bootstrapServers }: Surroundings): Kafka =>
  new Kafka({ clientId: 'example', brokers: bootstrapServers.split(','), logLevel: logLevel.ERROR })

/** Makes the topics that do not exist yet, and writes the records in the given order. */
export const prepareTopics = async (surroundings: Surroundings, topics: readonly SampleTopic[]): Promise<void> => {
  const kafka = connect(surroundings)
  const admin = kafka.admin()
  const producer = kafka.producer()
  await Promise.all([admin.connect(), producer.connect()])
  try {
    const there = new Set(await admin.listTopics())
    const missing = topics.filter(({ topic }) => !there.has(topic)).map(({ topic, partitions = 1 }) => ({ topic, numPartitions: partitions }))
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
    for (const { topic, records = [] } of topics) {
      const messages = records.map(([key, value, timestamp = Date.now()]) => ({ key, value, timestamp: String(timestamp) }))
      if (messages.length > 0) await producer.send({ topic, messages })
    }
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

/** Prints the records of a topic, `key -> value`. Returns how to stop. */
export const printTopic = async (surroundings: Surroundings, topic: string, show: (value: Buffer) => string): Promise<() => Promise<void>> => {
  const consumer = connect(surroundings).consumer({ groupId: `example-reader-${topic}`, maxWaitTimeInMs: 200 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message: { key, value } }) => surroundings.print(`${key?.toString() ?? ''} -> ${value === null ? 'deleted' : show(value)}`),
  })
  return () => consumer.disconnect()
}
