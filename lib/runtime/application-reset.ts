import { StreamsConfig } from '../../topology/config.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { Admin } from '../client/admin.ts'
import { Cluster } from '../client/cluster.ts'
import { splitPartitionKey } from '../client/partitions.ts'
import type { ClusterAdmin, OffsetAndMetadata } from '../client/types.ts'
import { StreamsError } from '../core/errors.ts'
import { silentLogger } from '../core/log.ts'
import type { Logger } from '../core/log.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { clusterOptions } from './client-options.ts'

export interface ResetOptions {
  readonly applicationId: string
  /** Source topics that will be read from the start (or from {@link toOffset}) again. */
  readonly inputTopics?: readonly string[]
  /** Internal topics to delete. Default: all topics named like the application's repartition topics, those of its foreign-key joins, and changelogs. */
  readonly internalTopics?: readonly string[]
  /** Where the input topics start again. Default `earliest`. */
  readonly toOffset?: 'earliest' | 'latest' | { readonly timestamp: number }
  /** Only says what would be done. Default false. */
  readonly dryRun?: boolean
}

export interface ResetReport {
  readonly deletedTopics: readonly string[]
  /** By `topic-partition`: the offsets now committed. */
  readonly committedOffsets: ReadonlyMap<string, number>
  /** Partitions of deleted topics whose committed offsets were removed. */
  readonly deletedOffsets: readonly string[]
}

/** Instances of the application are running: reset needs all of them stopped. */
export class ResetRefusedError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_RESET_REFUSED', message, options)
  }
}

/**
 * Makes an application start from nothing, in the cluster that `config` names (`bootstrap.servers` and what connecting to it
 * takes). See {@link ResetOptions}; instances must be stopped, and their local state goes with their `cleanUp()`.
 * @throws {ResetRefusedError} while the application has running instances, or for topics that are not its own
 */
export const resetApplication = async (
  { logger = silentLogger, ...options }: ResetOptions & { readonly logger?: Logger | undefined },
  config: StreamsConfigInput,
): Promise<ResetReport> => {
  const checked = new StreamsConfig({ ...config, applicationId: options.applicationId }).requireForRunning()
  const cluster = new Cluster(clusterOptions(checked, `${options.applicationId}-reset`, logger))
  try {
    return await resetWith(new Admin(cluster), options)
  } finally {
    await cluster.close()
  }
}

/**
 * Makes an application start from nothing: deletes its internal topics and sets its input topics' offsets. State on disk
 * goes with `cleanUp()` of each instance. All instances must be stopped.
 * @throws {ResetRefusedError} while the group has members, or for internal topics that are not the application's
 */
export const resetWith = async (admin: ClusterAdmin, options: ResetOptions): Promise<ResetReport> => {
  const { applicationId, inputTopics = [], toOffset = 'earliest', dryRun = false } = options
  await refuseWhileRunning(admin, applicationId)
  const deletedTopics = await internalTopics(admin, options)
  const partitions = await partitionsOf(admin, inputTopics)
  const targets = await targetOffsets(admin, partitions, toOffset)
  const committed = await admin.listGroupOffsets(applicationId)
  const internal = new Set(deletedTopics)
  const stale = [...committed.keys()].map(splitPartitionKey).filter(({ topic }) => internal.has(topic))
  if (!dryRun) {
    if (stale.length > 0) await admin.deleteGroupOffsets(applicationId, stale)
    if (targets.size > 0) await admin.alterGroupOffsets(applicationId, asMetadata(targets))
    if (deletedTopics.length > 0) await admin.deleteTopics(deletedTopics, { ifExists: true })
  }
  return { deletedTopics, committedOffsets: targets, deletedOffsets: stale.map(({ topic, partition }) => partitionKey(topic, partition)) }
}

const refuseWhileRunning = async (admin: ClusterAdmin, groupId: string): Promise<void> => {
  const members = (await admin.describeGroups([groupId])).get(groupId)?.members.length ?? 0
  if (members === 0) return
  throw new ResetRefusedError(
    `the application '${groupId}' has ${members} running instances: stop them, or wait until their session time-out has passed`,
  )
}

const internalTopics = async (admin: ClusterAdmin, { applicationId, internalTopics: named }: ResetOptions): Promise<string[]> => {
  const existing = await admin.listTopics()
  const own = existing.filter((topic) => isInternal(topic, applicationId)).sort()
  if (named === undefined) return own
  const foreign = named.filter((topic) => !own.includes(topic))
  if (foreign.length > 0) {
    throw new ResetRefusedError(`${foreign.join(', ')} are not internal topics of '${applicationId}': they have ${own.join(', ') || 'none'}`)
  }
  return [...named]
}

/** The names that Kafka Streams gives to internal topics, subscription topics of foreign-key joins included. */
const isInternal = (topic: string, applicationId: string): boolean =>
  topic.startsWith(`${applicationId}-`) &&
  /-(changelog|repartition|subscription-(registration|response)-topic)$|-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\d+-topic$/.test(topic)

const partitionsOf = async (admin: ClusterAdmin, topics: readonly string[]): Promise<TopicPartition[]> => {
  if (topics.length === 0) return []
  const described = await admin.describeTopics(topics)
  const missing = topics.filter((topic) => !described.has(topic))
  if (missing.length > 0) throw new ResetRefusedError(`the cluster has no topic ${missing.join(', ')}`)
  return [...described].flatMap(([topic, { partitions }]) => partitions.map(({ partition }) => ({ topic, partition })))
}

const targetOffsets = async (
  admin: ClusterAdmin,
  partitions: readonly TopicPartition[],
  spec: 'earliest' | 'latest' | { readonly timestamp: number },
): Promise<Map<string, number>> => {
  if (partitions.length === 0) return new Map()
  const listed = await admin.listOffsets(partitions.map((at) => ({ ...at, spec })))
  const younger = [...listed].filter(([, { offset }]) => offset < 0).map(([key]) => splitPartitionKey(key))
  const ends = younger.length > 0 ? await admin.listOffsets(younger.map((at) => ({ ...at, spec: 'latest' as const }))) : new Map()
  return new Map([...listed, ...ends].map(([key, { offset }]) => [key, offset]))
}

const asMetadata = (offsets: ReadonlyMap<string, number>): Map<string, OffsetAndMetadata> =>
  new Map([...offsets].map(([key, offset]) => [key, { offset }]))
