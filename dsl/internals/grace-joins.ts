import { TopologyError } from '../../lib/core/errors.ts'
import { GraceBufferBuilder } from '../../stores/internals/buffer/grace-buffer-builder.ts'
import type { ValueJoiner } from '../functions.ts'
import type { Joined } from '../options.ts'
import { GraceJoinNode, notVersioned } from './graph/grace-join-node.ts'
import { TableJoinNode } from './graph/table-join-node.ts'
import type { KTableImpl } from './ktable-impl.ts'
import { GraceJoinProcessor } from './processors/grace-join.ts'
import type { StreamParts } from './stream-parts.ts'

interface GraceJoin<K, V> {
  readonly joiner: ValueJoiner<K, V, unknown, unknown>
  readonly isLeft: boolean
  readonly joined: Joined<K, V>
}

/** The step of a join whose stream waits until the table is as far. */
export const addGraceJoin = <K, V>(
  name: string,
  parts: StreamParts<K, V>,
  table: KTableImpl<K, unknown>,
  { joiner, isLeft, joined }: GraceJoin<K, V>,
): GraceJoinNode => {
  const { node: above } = table.parts
  // Joins of tables know no earlier versions of their rows, unless they are kept in a store that does.
  if (above.isVersioned === false || (above instanceof TableJoinNode && above.isVersioned === undefined)) throw notVersioned()
  const { gracePeriodMs = 0 } = joined
  if (!Number.isFinite(gracePeriodMs)) throw new TopologyError(`The grace period of a join is a number of ms, but got ${gracePeriodMs}`)
  const storeName = `${name}-Buffer`
  if (joined.name === undefined) parts.build.generated.addStore(storeName, true)
  const [key, value] = [joined.key ?? parts.key, joined.value ?? parts.value]
  const buffer = new GraceBufferBuilder<K, V>(storeName, gracePeriodMs, key, value)
  const view = table.valueGetterSupplier()
  const lacks = { key: key === undefined, value: value === undefined }
  const get = () => new GraceJoinProcessor({ table: view.get(), joiner, selector: undefined, isLeft, storeName, lacks })
  return new GraceJoinNode(name, { get }, { buffer, tableStores: () => view.storeNames, gracePeriodMs })
}
