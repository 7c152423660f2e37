import type { BrokerState } from '../broker-state.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { whyInvalid } from '../config/setting.ts'
import { topicSettings } from '../config/topic-settings.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { whyInvalidTopicName } from './topic-name.ts'
import type { Assignment } from './topic-registry.ts'
import type { Topic } from './topic.ts'

/** Why something about topics was refused: Kafka's error code and words for people. */
export interface Refusal {
  readonly error: number
  readonly message: string
}

const refuse = (error: number, message: string): Refusal => ({ error, message })

/** No request makes more partitions: they would take minutes, and all memory. */
const MAX_NEW_PARTITIONS = 10_000

/** Why a request for so many new partitions is refused; `undefined` when it is not. */
export const whyTooMany = (newPartitions: number): Refusal | undefined =>
  newPartitions <= MAX_NEW_PARTITIONS ? undefined : refuse(errorCodes.POLICY_VIOLATION, 'Excessively large number of partitions per request.')

/** A topic that somebody wants; -1 for numbers stands for the broker's defaults. */
export interface TopicWish {
  readonly name: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[]
  readonly configs: readonly { readonly name: string; readonly value?: string | undefined }[]
}

/** Checks the settings of a topic; `undefined` when they are all known and good. */
export const whyInvalidTopicConfigs = (configs: Iterable<readonly [name: string, value: string]>): string | undefined => {
  for (const [name, value] of configs) {
    const setting = topicSettings.get(name)
    if (setting === undefined) return `Unknown topic config name: ${name}`
    const invalid = whyInvalid(setting, value)
    if (invalid !== undefined) return invalid
  }
  return undefined
}

/** What is wrong with the brokers of a partition; `undefined` when nothing is. */
export const whyInvalidReplicas = (replicas: readonly number[], cluster: Cluster): string | undefined => {
  if (replicas.length === 0) return 'The manual partition assignment includes an empty replica list.'
  const twice = replicas.find((id, i) => replicas.indexOf(id) !== i)
  if (twice !== undefined) return `The manual partition assignment includes the broker ${twice} more than once.`
  const unknown = replicas.find((id) => !cluster.has(id))
  return unknown === undefined ? undefined : `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`
}

const whyInvalidAssignment = ({ assignments }: TopicWish, cluster: Cluster): string | undefined => {
  const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
  for (let i = 0; i < assignments.length; i++) if (!indexes.has(i)) return `the assignment has no partition ${i}, or one twice`
  for (const { brokerIds } of assignments) {
    const invalid = whyInvalidReplicas(brokerIds, cluster)
    if (invalid !== undefined) return invalid
    if (brokerIds.length !== assignments[0]!.brokerIds.length) return 'the partitions of the assignment have different numbers of replicas'
  }
  return undefined
}

/** What topics are made of and with. */
export type TopicParts = Pick<BrokerState, 'topics' | 'config' | 'cluster'>

/** What a wish comes to: where its partitions go, or why it cannot be had. */
export const checkTopicWish = (wish: TopicWish, broker: TopicParts): Refusal | { readonly assignment: Assignment; readonly configs: ReadonlyMap<string, string> } => {
  if (broker.topics.get(wish.name) !== undefined) return refuse(errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${wish.name}' already exists.`)
  const invalidName = whyInvalidTopicName(wish.name)
  if (invalidName !== undefined) return refuse(errorCodes.INVALID_TOPIC_EXCEPTION, invalidName)
  const colliding = broker.topics.collidingWith(wish.name)
  if (colliding !== undefined) return refuse(errorCodes.INVALID_TOPIC_EXCEPTION, `Topic '${wish.name}' collides with existing topic: ${colliding}`)
  if (wish.assignments.length > 0) {
    if (wish.numPartitions !== -1 || wish.replicationFactor !== -1) return refuse(errorCodes.INVALID_REQUEST, 'with an assignment, partitions and replication factor are -1')
    const invalid = whyInvalidAssignment(wish, broker.cluster)
    if (invalid !== undefined) return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, invalid)
  } else {
    if (wish.numPartitions !== -1 && wish.numPartitions < 1) return refuse(errorCodes.INVALID_PARTITIONS, `a topic has at least one partition, not ${wish.numPartitions}`)
    const most = broker.cluster.nodeIds.length
    if (wish.replicationFactor !== -1 && (wish.replicationFactor < 1 || wish.replicationFactor > most)) {
      return refuse(errorCodes.INVALID_REPLICATION_FACTOR, `the replication factor cannot be ${wish.replicationFactor}: there ${most === 1 ? 'is 1 broker' : `are ${most} brokers`}`)
    }
  }
  const configs = new Map<string, string>()
  for (const { name, value } of wish.configs) {
    if (value === undefined) return refuse(errorCodes.INVALID_CONFIG, `Null value not supported for topic configs: ${name}`)
    configs.set(name, value)
  }
  const invalid = whyInvalidTopicConfigs(configs)
  if (invalid !== undefined) return refuse(errorCodes.INVALID_CONFIG, invalid)
  return { assignment: assignmentOf(wish, broker), configs }
}

const assignmentOf = ({ assignments, numPartitions, replicationFactor }: TopicWish, { config, cluster }: TopicParts): Assignment => {
  if (assignments.length > 0) return [...assignments].sort((a, b) => a.partitionIndex - b.partitionIndex).map(({ brokerIds }) => brokerIds)
  const partitions = numPartitions === -1 ? config.number('num.partitions') : numPartitions
  return cluster.place(partitions, replicationFactor === -1 ? Math.min(config.number('default.replication.factor'), cluster.nodeIds.length) : replicationFactor)
}

/** Makes a topic because a client asked for it; an error code when it cannot be. */
export const autoCreateTopic = (name: string, broker: TopicParts): Topic | number => {
  const checked = checkTopicWish({ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }, broker)
  return 'error' in checked ? checked.error : broker.topics.create(name, checked.assignment, checked.configs)
}
