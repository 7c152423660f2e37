import { createTopics as createTopicsApi } from '../protocol/messages/19-create-topics.ts'
import { deleteTopics as deleteTopicsApi } from '../protocol/messages/20-delete-topics.ts'
import { createPartitions as createPartitionsApi } from '../protocol/messages/37-create-partitions.ts'
import { errorCodes } from '../protocol/error-table.ts'
import type { ApiDefinition, RequestInput, ResponseOf } from '../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import type { RequestOptions } from './connection.ts'
import { UnknownTopicError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { errorOf } from './kafka-errors.ts'
import type { NewTopic } from './types.ts'

/** How soon to look again whether topics have appeared or gone, ms: they do within a few. */
const LOOK_AGAIN_MS = 5

/** The newest DeleteTopics that takes names alone. */
const DELETE_VERSION = 5

/** To the controller when it is known, else to any broker, which passes it on (KRaft). */
const askController = <A extends ApiDefinition>(cluster: Cluster, api: A, body: RequestInput<A>, options?: RequestOptions): Promise<ResponseOf<A>> =>
  cluster.controllerId >= 0
    ? cluster.request(cluster.controllerId, 'admin', api, body, options)
    : cluster.requestAny('admin', api, body, options)

/** The first error that does not pass by itself, else the first. */
const worst = (failures: readonly ClientError[]): ClientError | undefined => failures.find((error) => !error.retriable) ?? failures[0]

export const createTopics = async (
  cluster: Cluster,
  topics: readonly NewTopic[],
  { ifNotExists = false, validateOnly = false },
): Promise<readonly string[]> => {
  const open = new Map(topics.map((topic) => [topic.name, topic]))
  const created: string[] = []
  await onController(cluster, 'creating topics', async (attempt) => {
    const response = await askController(cluster, createTopicsApi, {
      topics: [...open.values()].map(newTopic),
      timeoutMs: cluster.options.requestTimeoutMs,
      validateOnly,
    })
    const failures: ClientError[] = []
    for (const { name, errorCode, errorMessage } of response.topics) {
      // After a failed attempt the topic may exist because that attempt did work.
      const exists = errorCode === errorCodes.TOPIC_ALREADY_EXISTS && (ifNotExists || attempt > 0)
      if (errorCode !== 0 && !exists) failures.push(errorOf(errorCode, `creating topic ${name}`, errorMessage))
      else if (open.delete(name) && (errorCode === 0 || !ifNotExists)) created.push(name)
    }
    const failure = worst(failures)
    if (failure !== undefined) throw failure
  })
  if (!validateOnly) await visible(cluster, topics)
  return created
}

const newTopic = ({ name, numPartitions, replicationFactor, configs }: NewTopic) => ({
  name,
  numPartitions: numPartitions ?? -1,
  replicationFactor: replicationFactor ?? -1,
  assignments: [],
  configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
})

export const deleteTopics = async (cluster: Cluster, names: readonly string[], { ifExists = false }): Promise<void> => {
  const open = new Set(names)
  await onController(cluster, 'deleting topics', async (attempt) => {
    const body = { topicNames: [...open], timeoutMs: cluster.options.requestTimeoutMs }
    const response = await askController(cluster, deleteTopicsApi, body, { maxVersion: DELETE_VERSION })
    const failures: ClientError[] = []
    for (const { name, errorCode, errorMessage } of response.responses) {
      const gone = errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION && (ifExists || attempt > 0)
      if (errorCode === 0 || gone) open.delete(name!)
      else failures.push(definite(errorOf(errorCode, `deleting topic ${name}`, errorMessage)))
    }
    const failure = worst(failures)
    if (failure !== undefined) throw failure
  })
  await poll(cluster, 'waiting until topics are gone', async () => {
    const left = await cluster.metadata(names, { refresh: true })
    if (left.size > 0) throw new UnknownTopicError(`${[...left.keys()].join(', ')} is deleted and still in metadata`)
  })
}

/** The controller knows all topics: what it does not know, it will not know a second later either. */
const definite = (error: ClientError): ClientError =>
  error instanceof UnknownTopicError ? new UnknownTopicError(error.message, { retriable: false }) : error

export const createPartitions = async (cluster: Cluster, topic: string, totalCount: number): Promise<void> => {
  await onController(cluster, 'adding partitions', async () => {
    const response = await askController(cluster, createPartitionsApi, {
      topics: [{ name: topic, count: totalCount, assignments: undefined }],
      timeoutMs: cluster.options.requestTimeoutMs,
      validateOnly: false,
    })
    for (const { name, errorCode, errorMessage } of response.results) {
      if (errorCode !== 0) throw definite(errorOf(errorCode, `adding partitions to topic ${name}`, errorMessage))
    }
  })
  await visible(cluster, [{ name: topic, numPartitions: totalCount }])
}

/** Retries, and learns who the controller is, when it was not the one that was asked. */
const onController = (cluster: Cluster, doing: string, attempt: (n: number) => Promise<void>): Promise<void> =>
  cluster.retrying(doing, async (n) => {
    if (n > 0 || cluster.brokers().length === 0) await cluster.metadata([], { refresh: true })
    await attempt(n)
  })

const visible = (cluster: Cluster, topics: readonly NewTopic[]): Promise<void> =>
  poll(cluster, 'waiting until topics are visible', async () => {
    const found = await cluster.metadata(topics.map((topic) => topic.name), { refresh: true })
    for (const { name, numPartitions } of topics) {
      const partitions = found.get(name)?.partitions ?? []
      const ready = partitions.length > 0 && partitions.length >= (numPartitions ?? 1) && partitions.every((part) => part.leader >= 0)
      if (!ready) throw new UnknownTopicError(`topic ${name} is created and not yet visible in metadata with leaders for all partitions`)
    }
  })

const poll = (cluster: Cluster, doing: string, look: () => Promise<void>): Promise<void> =>
  cluster.retrying(doing, look, { baseMs: LOOK_AGAIN_MS })
