import type { metadata } from '../protocol/messages/03-metadata.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import { errorCodes } from '../protocol/error-table.ts'
import { errorOf } from './kafka-errors.ts'
import type { ClientError } from './errors.ts'
import type { BrokerNode, PartitionMetadata, TopicMetadata } from './types.ts'

type MetadataResponse = ResponseOf<typeof metadata>

/** What changed with one response. */
export interface MetadataChange {
  /** Topics whose number of partitions is another one now (0: gone), by name. */
  readonly partitionCounts: ReadonlyMap<string, number>
  /** Brokers that have another address now. */
  readonly movedBrokers: readonly number[]
  /** Topics that were asked for and could not be answered, with the reason. */
  readonly errors: ReadonlyMap<string, ClientError>
}

/** The cluster as the newest responses describe it. No I/O. */
export class MetadataCache {
  #brokers = new Map<number, BrokerNode>()
  readonly #topics = new Map<string, TopicMetadata>()
  clusterId: string | undefined
  controllerId = -1

  broker(nodeId: number): BrokerNode | undefined {
    return this.#brokers.get(nodeId)
  }

  brokers(): readonly BrokerNode[] {
    return [...this.#brokers.values()]
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  topicNames(): readonly string[] {
    return [...this.#topics.keys()]
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions[partition]
  }

  /** A broker that another response named (coordinators). */
  noteBroker(broker: BrokerNode): boolean {
    const known = this.#brokers.get(broker.nodeId)
    if (known?.host === broker.host && known.port === broker.port) return false
    this.#brokers.set(broker.nodeId, broker)
    return known !== undefined
  }

  /** A leader that a produce or fetch response named, before the next metadata (KIP-951). */
  noteLeader(topic: string, partition: number, leader: number, leaderEpoch: number): boolean {
    const known = this.#topics.get(topic)
    const old = known?.partitions[partition]
    if (known === undefined || old === undefined || leaderEpoch <= old.leaderEpoch || !this.#brokers.has(leader)) return false
    const partitions = known.partitions.slice()
    partitions[partition] = { ...old, leader, leaderEpoch }
    this.#topics.set(topic, { ...known, partitions })
    return true
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** Takes a response in. Topics it does not mention stay as they are. */
  update(response: MetadataResponse): MetadataChange {
    const movedBrokers = this.#updateBrokers(response)
    const partitionCounts = new Map<string, number>()
    const errors = new Map<string, ClientError>()
    for (const topic of response.topics) {
      const name = topic.name
      if (name === undefined) continue
      if (topic.errorCode !== 0) {
        errors.set(name, errorOf(topic.errorCode, `asking for the metadata of topic ${name}`))
        if (topic.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION && this.#topics.delete(name)) partitionCounts.set(name, 0)
        continue
      }
      const old = this.#topics.get(name)
      const merged = mergeTopic(old, topic)
      this.#topics.set(name, merged)
      if (old?.partitions.length !== merged.partitions.length) partitionCounts.set(name, merged.partitions.length)
    }
    return { partitionCounts, movedBrokers, errors }
  }

  #updateBrokers(response: MetadataResponse): number[] {
    if (response.brokers.length === 0) return []
    const brokers = new Map(response.brokers.map((broker): [number, BrokerNode] => [broker.nodeId, broker]))
    const moved = [...brokers.values()].filter(({ nodeId, host, port }) => {
      const old = this.#brokers.get(nodeId)
      return old !== undefined && (old.host !== host || old.port !== port)
    })
    this.#brokers = brokers
    this.clusterId = response.clusterId
    this.controllerId = response.controllerId
    return moved.map(({ nodeId }) => nodeId)
  }
}

/** The newer of what is known and what came, by leader epoch: a broker that lags behind must not bring old leaders back. */
const mergeTopic = (old: TopicMetadata | undefined, came: MetadataResponse['topics'][number]): TopicMetadata => {
  const same = old !== undefined && old.topicId === came.topicId
  const partitions: PartitionMetadata[] = []
  for (const part of came.partitions) {
    const known = same ? old.partitions[part.partitionIndex] : undefined
    partitions[part.partitionIndex] =
      known !== undefined && part.leaderEpoch >= 0 && known.leaderEpoch > part.leaderEpoch
        ? known
        : {
            partition: part.partitionIndex,
            leader: part.leaderId,
            leaderEpoch: part.leaderEpoch,
            replicas: part.replicaNodes,
            isr: part.isrNodes,
          }
  }
  return { name: came.name!, topicId: came.topicId, internal: came.isInternal, partitions }
}
