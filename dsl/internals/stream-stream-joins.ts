import type { ValueJoiner } from '../functions.ts'
import type { StreamJoined } from '../options.ts'
import type { JoinWindows } from '../windows.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { StreamJoinNode } from './graph/stream-join-node.ts'
import { checkName, prefixes } from './names.ts'
import type { NameProvider } from './names.ts'
import { PassThroughProcessor } from './processors/stateless.ts'
import { StreamStreamJoinProcessor } from './processors/stream-stream-join.ts'
import { StreamSelfJoinProcessor } from './processors/stream-stream-self-join.ts'
import { SharedUnmatchedRecords } from './processors/stream-stream-unmatched.ts'
import { JoinWindowProcessor } from './processors/stream-stream-window.ts'
import { checkSuppliers, planUnmatchedStore, planWindowStore } from './stream-join-stores.ts'
import type { PlannedStore } from './stream-join-stores.ts'
import type { StreamParts } from './stream-parts.ts'
import { copartition } from './stream-parts.ts'
import { supplierOf } from './supplier.ts'

export type StreamJoinKind = 'inner' | 'left' | 'outer'

/** A stream as an operand of a join. */
interface Operand<K, V> {
  readonly parts: StreamParts<K, V>
  readonly repartitionRequired: boolean
  repartitionedFor(name: string | undefined, key?: StreamParts<K, V>['key'], value?: StreamParts<K, V>['value']): Operand<K, V>
}

export interface StreamStreamJoin<K, V, VO, VR> {
  readonly kind: StreamJoinKind
  readonly joiner: ValueJoiner<K, V, VO, VR>
  readonly windows: JoinWindows
  readonly joined: StreamJoined<K, V, VO>
}

/** Names of the two sides depend on who keeps records without a partner. */
const suffixes = (kind: StreamJoinKind) => ({
  left: kind === 'outer' ? '-outer-this-join' : '-this-join',
  right: kind === 'inner' ? '-other-join' : '-outer-other-join',
  unmatched: kind === 'outer' ? '-outer-shared-join' : '-left-shared-join',
})

/** All names of a join, in the order in which they use up numbers. The generated ones name stores also where nodes are named. */
const namesOf = (names: NameProvider, given: string | undefined, kind: StreamJoinKind) => {
  const { left, right } = suffixes(kind)
  const leftWindowed = names.suffixedOr(given, '-this-windowed', prefixes.streamWindowed)
  const rightWindowed = names.suffixedOr(given, '-other-windowed', prefixes.streamWindowed)
  const leftPrefix = kind === 'outer' ? prefixes.streamOuterThis : prefixes.streamJoinThis
  const leftGenerated = names.newProcessorName(leftPrefix)
  const rightGenerated = names.newProcessorName(kind === 'inner' ? prefixes.streamJoinOther : prefixes.streamOuterOther)
  return {
    leftWindowed,
    rightWindowed,
    leftGenerated,
    rightGenerated,
    unmatchedGenerated: prefixes.streamOuterShared + leftGenerated.slice(leftPrefix.length),
    left: given === undefined ? leftGenerated : given + left,
    right: given === undefined ? rightGenerated : given + right,
    merge: names.suffixedOr(given, '-merge', prefixes.streamMerge),
  }
}

/** A side that was repartitioned if its key may have changed. */
const partitioned = <K, V>(operand: Operand<K, V>, name: string | undefined, key: StreamParts<K, V>['key'], value: StreamParts<K, V>['value']): StreamParts<K, V> =>
  operand.repartitionRequired ? operand.repartitionedFor(name, key, value).parts : operand.parts

/** A node that keeps the records of a side in its store. */
const addWindowed = ({ build, node }: StreamParts<unknown, unknown>, name: string, store: PlannedStore): void => {
  build.plan.add(node, new ProcessorGraphNode(name, supplierOf(() => new JoinWindowProcessor(store.name)), { own: () => store.build() }))
}

/** A join of two streams: their records meet when they have the same key and their timestamps are within the windows. */
export const addStreamJoin = <K, V, VO, VR>(left: Operand<K, V>, right: Operand<K, VO>, join: StreamStreamJoin<K, V, VO, VR>): StreamParts<K, VR> => {
  const { kind, windows, joined } = join
  const joiner = join.joiner as ValueJoiner<unknown, unknown, unknown, unknown>
  const { build } = left.parts
  if (joined.name !== undefined) checkName(joined.name)
  const leftParts = partitioned(left, joined.name && `${joined.name}-left`, joined.key, joined.value)
  const rightParts = partitioned(right, joined.name && `${joined.name}-right`, joined.key, joined.otherValue)
  const sources = copartition(leftParts, rightParts)
  const names = namesOf(build.plan.names, joined.name, kind)
  checkSuppliers(joined as StreamJoined<unknown, unknown, unknown>, windows)

  const { left: leftSuffix, right: rightSuffix, unmatched: unmatchedSuffix } = suffixes(kind)
  const options = { joined: joined as StreamJoined<unknown, unknown, unknown>, windows, build }
  const storeName = (generated: string, suffix: string): string => (joined.store === undefined ? generated : joined.store + suffix)
  const leftStore = planWindowStore(options, { supplier: joined.thisStore, value: joined.value, name: storeName(names.leftGenerated, leftSuffix) })
  const rightStore = planWindowStore(options, { supplier: joined.otherStore, value: joined.otherValue, name: storeName(names.rightGenerated, rightSuffix) })
  addWindowed(leftParts, names.leftWindowed, leftStore)
  addWindowed(rightParts, names.rightWindowed, rightStore)
  const unmatchedStore = kind === 'inner' ? undefined : planUnmatchedStore(options, unmatchedSuffix, names.unmatchedGenerated)
  const unmatched = unmatchedStore && new SharedUnmatchedRecords(unmatchedStore.name, windows, joiner)

  const { beforeMs, afterMs } = windows
  const leftSide = { isLeft: true, otherStoreName: rightStore.name, joiner, beforeMs, afterMs, keepsUnmatched: kind !== 'inner', unmatched }
  const rightSide = { isLeft: false, otherStoreName: leftStore.name, joiner, beforeMs: afterMs, afterMs: beforeMs, keepsUnmatched: kind === 'outer', unmatched }
  const node = new StreamJoinNode(names.merge, {
    left: { name: names.left, windowedName: names.leftWindowed, store: leftStore.name, supplier: supplierOf(() => new StreamStreamJoinProcessor(leftSide)) },
    right: { name: names.right, windowedName: names.rightWindowed, store: rightStore.name, supplier: supplierOf(() => new StreamStreamJoinProcessor(rightSide)) },
    merge: supplierOf(() => new PassThroughProcessor()),
    selfJoin: supplierOf(() => new StreamSelfJoinProcessor({ storeName: leftStore.name, windows, joiner })),
    unmatchedStore: unmatchedStore && (() => unmatchedStore.build()),
  })
  node.acceptsNullKeys = kind !== 'inner'
  build.plan.add([leftParts.node, rightParts.node], node)
  // The serdes of the two streams may differ, so only what was said for the join is known.
  return { ...leftParts, name: names.merge, node, key: joined.key, value: undefined, sources }
}
