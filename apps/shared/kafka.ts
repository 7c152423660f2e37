import { Kafka, logLevel } from 'kafkajs'

/** A kafkajs client: the programs that feed and watch a model server use another client than the server does. */
export const kafkaClient = (brokers: readonly string[], clientId: string): Kafka =>
  new Kafka({ clientId, brokers: [...brokers], logLevel: logLevel.ERROR, retry: { initialRetryTime: 100, retries: 12 } })

/** Makes the topics that do not exist yet. */
export const createTopics = async (kafka: Kafka, topics: readonly string[], numPartitions: number): Promise<void> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const there = new Set(await admin.listTopics())
    const missing = topics.filter((topic) => !there.has(topic))
    if (missing.length === 0) return
    await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions })), waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
}

/** `host:port,host:port` as a list. */
export const brokerList = (text: string): string[] =>
  text
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
