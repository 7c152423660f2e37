import { invalid } from '../../topology/internals/invalid.ts'
import { SuppressionBufferBuilder } from '../../stores/internals/buffer/suppression-buffer-builder.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { Suppressed } from '../suppressed.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { isVersioned } from './graph/graph-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { prefixes } from './names.ts'
import { SuppressedTable } from './processors/suppress.ts'
import type { Suppression } from './processors/suppress.ts'
import type { TableProcessorSupplier, TableView } from './processors/table.ts'
import type { StreamParts } from './stream-parts.ts'

interface Operand<K, V> extends TableView<K, V> {
  readonly parts: StreamParts<K, V>
}

interface Result<K, V> {
  readonly parts: StreamParts<K, V>
  readonly supplier: TableProcessorSupplier<K, never, K, V>
}

/** A name given by the user uses up no number, and names the buffer too. */
export const addSuppress = <K, V>(table: Operand<K, V>, suppressed: Suppressed<K>): Result<K, V> => {
  const { parts } = table
  refuseVersions(parts.node)
  const { build } = parts
  const { names } = build.plan
  const { name: given, buffer } = suppressed
  const name = given ?? names.newProcessorName(prefixes.tableSuppress)
  const when = timing<K>(suppressed, parts.node)
  const storeName = given === undefined ? names.newStoreName(prefixes.tableSuppress) : `${given}-store`
  const supplier = new SuppressedTable<K, V>(table, {
    ...when,
    nodeName: name,
    storeName,
    maxRecords: buffer.maxRecords ?? Infinity,
    maxBytes: buffer.maxBytes ?? Infinity,
    shutsDownWhenFull: buffer.whenFull === 'shut-down',
    lacks: { key: parts.key === undefined, value: parts.value === undefined },
  })
  const store = new SuppressionBufferBuilder<K, V>({ name: storeName }, parts.key, parts.value)
  if (buffer.logging === false) store.withLoggingDisabled()
  else store.withLoggingEnabled(typeof buffer.logging === 'object' ? buffer.logging : {})
  if (given === undefined && store.loggingEnabled) build.generated.addStore(storeName, true)
  const node = build.plan.add(parts.node, new ProcessorGraphNode(name, supplier, { own: () => store }))
  node.isVersioned = false
  return { parts: { ...parts, name, node }, supplier }
}

/** What waits could be older than the row it would replace. */
const refuseVersions = (above: GraphNode): void => {
  const inherited = above.isVersioned === true ? '' : ' (note that version semantics might be inherited from upstream)'
  if (isVersioned(above)) throw invalid(`suppress() is only supported for non-versioned KTables${inherited}`)
}

/** Which time counts for an update, and how much later its turn comes. */
const timing = <K>(suppressed: Suppressed<K>, above: GraphNode): Pick<Suppression<K>, 'waitMs' | 'timeOf' | 'dropsDeletes'> => {
  const { timeToWaitForMoreEventsMs: limit } = suppressed
  if (limit !== undefined) return { waitMs: limit, timeOf: (_key, timestamp) => timestamp, dropsDeletes: false }
  const timeOf = (key: K): number => (key as Windowed<unknown>).window.end
  return { waitMs: windowGrace(above, ''), timeOf, dropsDeletes: true }
}

/** The longest grace of the windowed aggregations nearest above; there has to be one on every way up. */
const windowGrace = (node: GraphNode, below: string): number => {
  if (node.windowGraceMs !== undefined) return node.windowGraceMs
  const chain = below === '' ? node.name : `${node.name}->${below}`
  const parents = [...node.parents]
  if (parents.length === 0) throw invalid(`Window close time is only defined for windowed computations. Got [${chain}].`)
  return Math.max(...parents.map((parent) => windowGrace(parent, chain)))
}
