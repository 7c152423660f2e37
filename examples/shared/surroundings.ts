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

/** A topic to be there, and records to begin with: pairs of key and value. */
export interface SampleTopic {
  readonly topic: string
  readonly records?: readonly (readonly [key: string | null, value: string])[]
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
    const missing = topics.filter(({ topic }) => !there.has(topic)).map(({ topic }) => ({ topic, numPartitions: 1 }))
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true })
    for (const { topic, records = [] } of topics) {
      if (records.length > 0) await producer.send({ topic, messages: records.map(([key, value]) => ({ key, value })) })
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
