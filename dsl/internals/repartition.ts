import type { Serde } from '../../lib/serdes/serde.ts'
import type { Repartitioned } from '../options.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { RepartitionNode } from './graph/repartition-node.ts'
import { prefixes } from './names.ts'
import type { StreamParts } from './stream-parts.ts'

/**
 * A repartition that an operator needs, which the optimiser may merge with others. With `shared` that node is used, and only
 * the numbers of a new one are used up.
 */
export const addRepartition = <K, V>(
  parts: StreamParts<K, V>,
  topicPrefix: string,
  key: Serde<K> | undefined,
  value: Serde<V> | undefined,
  shared?: GraphNode,
): StreamParts<K, V> => {
  const { plan } = parts.build
  const made = new RepartitionNode(plan.names, { key, value, topicPrefix })
  const node = shared ?? plan.add(parts.node, made)
  return { ...parts, name: node.name, node, key, value, sources: new Set([node.name]) }
}

/** A repartition that the user asked for. */
export const addExplicitRepartition = <K, V>(parts: StreamParts<K, V>, repartitioned: Repartitioned<K, V>): StreamParts<K, V> => {
  const { plan } = parts.build
  const key = repartitioned.key ?? parts.key
  const value = repartitioned.value ?? parts.value
  const topicPrefix = repartitioned.name ?? plan.names.newProcessorName(prefixes.streamRepartition)
  const properties = { partitions: repartitioned.numberOfPartitions }
  const partitioner = repartitioned.partitioner as RepartitionPartitioner
  const node = plan.add(parts.node, new RepartitionNode(plan.names, { key, value, topicPrefix, explicit: { properties, partitioner } }))
  return { ...parts, name: node.name, node, key, value, sources: new Set([node.name]) }
}

type RepartitionPartitioner = NonNullable<ConstructorParameters<typeof RepartitionNode>[1]['explicit']>['partitioner']
