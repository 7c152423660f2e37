import { setTimeout as pause } from 'node:timers/promises'
import type { ITopicConfig } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'

/** How long programs wait for a cluster that does not answer, unless told otherwise, ms. */
export const BROKER_TIMEOUT_MS = 15_000
const ATTEMPT_EVERY_MS = 500

/** A kafkajs client: the programs that feed and watch a model server use another client than the server does. */
export const kafkaClient = (brokers: readonly string[], clientId: string): Kafka =>
  new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    retry: { initialRetryTime: 100, maxRetryTime: 5000, retries: 12 },
  })

/**
 * Resolves when some broker answers; tells of it when one has to be waited for.
 * @throws {Error} when none does within `timeoutMs`
 */
export const untilReachable = async (
  brokers: readonly string[],
  clientId: string,
  timeoutMs: number,
  print: (line: string) => void,
): Promise<void> => {
  const client = new Kafka({ clientId, brokers: [...brokers], logLevel: logLevel.NOTHING, connectionTimeout: 3000, retry: { retries: 0 } })
  const deadline = performance.now() + timeoutMs
  for (let attempt = 0; ; attempt++) {
    const admin = client.admin()
    try {
      await admin.connect()
      await admin.describeCluster()
      return
    } catch (error) {
      if (performance.now() >= deadline) throw unreachable(brokers, timeoutMs, error)
      if (attempt === 0) print(`Waiting for a broker on ${brokers.join(', ')} …`)
      await pause(ATTEMPT_EVERY_MS)
    } finally {
      await admin.disconnect().catch(() => {})
    }
  }
}

const unreachable = (brokers: readonly string[], timeoutMs: number, cause: unknown): Error =>
  new Error(
    `no broker on ${brokers.join(', ')} answered within ${timeoutMs / 1000} s (${cause instanceof Error ? cause.message : String(cause)}): ` +
      'start one, such as node apps/data-provider.js, or name another with --brokers',
    { cause },
  )

/** A topic to be there. */
export interface WantedTopic {
  readonly topic: string
  readonly numPartitions: number
  readonly config?: Readonly<Record<string, string>>
}

/** Makes the topics that do not exist yet. */
export const createTopics = async (kafka: Kafka, topics: readonly WantedTopic[]): Promise<void> => {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const there = new Set(await admin.listTopics())
    const missing = topics.filter(({ topic }) => !there.has(topic))
    if (missing.length === 0) return
    await admin.createTopics({ topics: missing.map(topicConfig), waitForLeaders: true })
  } finally {
    await admin.disconnect()
  }
}

/** Replication factor -1: what the cluster has for new topics. */
const topicConfig = ({ topic, numPartitions, config = {} }: WantedTopic): ITopicConfig => ({
  topic,
  numPartitions,
  replicationFactor: -1,
  configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
})

/** Models are kept for as long as they may be needed: an instance that starts anew reads all of them. */
export const modelsTopicConfig = { 'retention.ms': '-1' } as const

/** `host:port,host:port` as a list. @throws {Error} when it has none */
export const brokerList = (text: string): string[] => {
  const brokers = text
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
  if (brokers.length === 0) throw new Error('no broker is named: give host:port with --brokers')
  return brokers
}
