import type { ValueJoiner } from '../functions.ts'
import type { Store } from '../options.ts'
import { TableJoinNode } from './graph/table-join-node.ts'
import { describesStore, materialize, nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import { TableJoinMerge } from './processors/table-join-merge.ts'
import { TableJoinSide } from './processors/table-join.ts'
import type { TableView } from './processors/table.ts'
import type { StreamParts } from './stream-parts.ts'
import { copartition } from './stream-parts.ts'

export type TableJoinKind = 'inner' | 'left' | 'outer'

/** A table as an operand of a join. */
interface Operand<K, V> extends TableView<K, V> {
  readonly parts: StreamParts<K, V>
}

export interface TableTableJoin<K, V, VO, VR> {
  readonly kind: TableJoinKind
  readonly joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>
  readonly store: Store<K, VR> | undefined
}

/** A join of two tables by their primary keys. */
export const addTableTableJoin = <K, V, VO, VR>(left: Operand<K, V>, right: Operand<K, VO>, join: TableTableJoin<K, V, VO, VR>) => {
  const { build } = left.parts
  const { names } = build.plan
  const { kind, joiner } = join
  const given = nodeName(join.store)
  // A join always keeps its result where a store is described at all, named or not.
  const store = join.store !== undefined && describesStore(join.store) ? materialize(join.store, build, prefixes.tableMerge) : undefined
  store?.withDefaults(left.parts.key, undefined)
  const mergeName = names.nameOr(given, prefixes.tableMerge)
  const sources = copartition(left.parts, right.parts)
  if (kind !== 'inner') left.enableSendingOldValues(true)
  if (kind === 'outer') right.enableSendingOldValues(true)

  const keepsLeft = kind !== 'inner'
  const keepsRight = kind === 'outer'
  const reversed = (value: VO | undefined, other: V | undefined, key: K): VR => joiner(other, value, key)
  const leftSide = new TableJoinSide(left, right, joiner, { keepsThis: keepsLeft, keepsOther: keepsRight })
  const rightSide = new TableJoinSide(right, left, reversed, { keepsThis: keepsRight, keepsOther: keepsLeft })
  const merge = new TableJoinMerge<K, VR>(leftSide, rightSide, store?.storeName)

  const node = new TableJoinNode(mergeName, {
    sides: [
      {
        name: names.suffixedOr(given, '-join-this', prefixes.tableJoinThis),
        parentName: left.parts.name,
        supplier: leftSide,
        storeNames: right.valueGetterSupplier().storeNames,
      },
      {
        name: names.suffixedOr(given, '-join-other', prefixes.tableJoinOther),
        parentName: right.parts.name,
        supplier: rightSide,
        storeNames: left.valueGetterSupplier().storeNames,
      },
    ],
    merge,
    store: () => store && build.tableStore(store),
  })
  build.plan.add([left.parts.node, right.parts.node], node)
  node.isVersioned = store?.isVersioned ?? false
  const parts: StreamParts<K, VR> = { ...left.parts, name: mergeName, node, key: store?.keySerde ?? left.parts.key, value: store?.valueSerde, sources }
  return { parts, supplier: merge, queryableStoreName: store?.storeName }
}
