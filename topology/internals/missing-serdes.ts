import { StreamsError } from '../../lib/core/errors.ts'
import type { StoreBuilder } from '../api.ts'
import type { StreamsSettings } from './config-settings.ts'
import type { InternalTopologyBuilder } from './internal-topology-builder.ts'
import type { NodeSpec } from './node-spec.ts'
import type { ProcessorTopology } from './processor-topology.ts'

export type SerdeSide = 'key' | 'value'

/** What a store builder, serializer or deserializer may say: for these sides it needs the configured default serde. */
export interface NeedsDefaults {
  readonly needsDefaults: readonly SerdeSide[]
}

interface Missing {
  readonly side: SerdeSide
  readonly where: string
  readonly advice: string
}

const needsOf = (part: object | undefined): readonly SerdeSide[] =>
  part !== undefined && 'needsDefaults' in part ? (part as NeedsDefaults).needsDefaults : []

const storeNeeds = (store: StoreBuilder): Missing[] =>
  needsOf(store).map((side) => ({ side, where: `store ${store.name}`, advice: `give the store a ${side} serde where it is described ({ store, key, value })` }))

const nodeNeeds = (node: NodeSpec): Missing[] => {
  if (node.kind === 'processor') return []
  const [key, value, verb] = node.kind === 'source'
    ? [node.keyDeserializer, node.valueDeserializer, 'read']
    : [node.keySerializer, node.valueSerializer, 'written']
  const sides: SerdeSide[] = []
  if (key === undefined) sides.push('key')
  if (value === undefined || needsOf(value).includes('value')) sides.push('value')
  return sides.map((side) => ({ side, where: `${node.kind} node ${node.name}`, advice: `name a ${side} serde where the topic is ${verb} ({ key, value })` }))
}

/** In the order in which a task finds them: its stores, then its nodes. */
const needs = (topology: ProcessorTopology, stores: readonly StoreBuilder[]): Missing[] => [
  ...stores.flatMap(storeNeeds),
  ...topology.nodes.flatMap(nodeNeeds),
]

/**
 * Finds out, before anything runs, whether every source, sink and store has its serdes, of its own or by default.
 * @throws {StreamsError} MILLRACE_TOPOLOGY_NO_SERDE naming the first that has not, in Java's words, and what to do
 */
export const requireSerdes = (builder: InternalTopologyBuilder, { defaultKeySerde, defaultValueSerde }: StreamsSettings): void => {
  if (defaultKeySerde !== undefined && defaultValueSerde !== undefined) return
  const global = builder.buildGlobalStateTopology()
  const tasks = builder.buildTopology()
  const all = [...(global === undefined ? [] : needs(global, global.stores)), ...needs(tasks, tasks.stores)]
  const missing = all.filter(({ side }) => (side === 'key' ? defaultKeySerde : defaultValueSerde) === undefined)
  const [first, ...others] = missing
  if (first === undefined) return
  const { side, where, advice } = first
  const more = others.length === 0 ? '' : ` Serdes are missing too for: ${others.map((other) => `${other.where} (${other.side})`).join(', ')}.`
  throw new StreamsError(
    'MILLRACE_TOPOLOGY_NO_SERDE',
    `Failed to initialize ${side} serdes for ${where}: Please specify a ${side} serde or set one through ` +
      `StreamsConfig#DEFAULT_${side.toUpperCase()}_SERDE_CLASS_CONFIG (default.${side}.serde): ${advice}.${more}`,
  )
}
