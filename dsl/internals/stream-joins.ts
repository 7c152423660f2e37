import type { KeyValueMapper, ValueJoiner } from '../functions.ts'
import type { Joined } from '../options.ts'
import type { GlobalKTableImpl } from './global-ktable-impl.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { addGraceJoin } from './grace-joins.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import type { KTableImpl } from './ktable-impl.ts'
import { prefixes } from './names.ts'
import { StreamTableJoinProcessor } from './processors/stream-table-join.ts'
import type { StreamParts } from './stream-parts.ts'
import { copartition } from './stream-parts.ts'

export interface TableJoinOptions<K, V> {
  readonly joiner: ValueJoiner<K, V, unknown, unknown>
  readonly isLeft: boolean
  readonly joined: Joined<K, V>
}

/** A join with a table of the same partitions. The result's value serde is not known. */
export const addTableJoin = <K, V, VR>(parts: StreamParts<K, V>, table: KTableImpl<K, unknown>, options: TableJoinOptions<K, V>): StreamParts<K, VR> => {
  const { isLeft, joined } = options
  const { plan } = parts.build
  const sources = copartition(parts, table.parts)
  const name = plan.names.nameOr(joined.name, isLeft ? prefixes.streamLeftJoin : prefixes.streamJoin)
  const node = joined.gracePeriodMs === undefined ? joinNode(name, table, options) : addGraceJoin(name, parts, table, options)
  node.acceptsNullKeys = isLeft
  plan.add(parts.node, node)
  return { ...parts, name, node, key: joined.key ?? parts.key, value: undefined, sources }
}

const joinNode = <K, V>(name: string, table: KTableImpl<K, unknown>, { joiner, isLeft }: TableJoinOptions<K, V>): ProcessorGraphNode => {
  const view = table.valueGetterSupplier()
  const get = () => new StreamTableJoinProcessor({ table: view.get(), joiner, selector: undefined, isLeft })
  return new ProcessorGraphNode(name, { get }, { connected: () => view.storeNames })
}

export interface GlobalJoinOptions<K, V> {
  readonly selector: KeyValueMapper<K, V, unknown>
  readonly joiner: ValueJoiner<K, V, unknown, unknown>
  readonly isLeft: boolean
  readonly name: string | undefined
}

/** A join with a table that every instance holds whole: by any key, without repartitioning. */
export const addGlobalJoin = <K, V>(
  parts: StreamParts<K, V>,
  table: GlobalKTableImpl<unknown, unknown>,
  { selector, joiner, isLeft, name: given }: GlobalJoinOptions<K, V>,
): GraphNode => {
  const { plan } = parts.build
  // Inner joins are named so too, as in Java.
  const name = plan.names.nameOr(given, prefixes.streamLeftJoin)
  const get = () => new StreamTableJoinProcessor({ table: table.view.get(), joiner, selector, isLeft })
  const node = new ProcessorGraphNode(name, { get })
  node.acceptsNullKeys = isLeft
  return plan.add(parts.node, node)
}
