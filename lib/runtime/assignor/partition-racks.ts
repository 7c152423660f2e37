import type { BrokerNode, TopicMetadata } from '../../client/types.ts'
import type { PartitionRacks } from './application-state.ts'

/** The racks of partitions by what brokers tell of themselves. A partition none of whose brokers has a rack has none. */
export const partitionRacks = (topics: ReadonlyMap<string, TopicMetadata>, brokers: readonly BrokerNode[]): PartitionRacks => {
  const rackOf = new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack]))
  return (topic, partition) => {
    const replicas = topics.get(topic)?.partitions[partition]?.replicas ?? []
    const racks = new Set(replicas.map((id) => rackOf.get(id)).filter((rack) => rack !== undefined))
    return racks.size === 0 ? undefined : racks
  }
}
