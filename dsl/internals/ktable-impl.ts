import type { KeyValueMapper, Predicate, ValueJoiner, ValueMapper, ValueTransformerWithKeySupplier } from '../functions.ts'
import type { KGroupedTable } from '../kgrouped.ts'
import type { KeyValue, KStream } from '../kstream.ts'
import type { KTable } from '../ktable.ts'
import type { Grouped, Materialized, Named, ProcessOptions, Store, TableJoined } from '../options.ts'
import type { Suppressed } from '../suppressed.ts'
import { addForeignKeyJoin } from './foreign-key-joins.ts'
import { isVersioned } from './graph/graph-node.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { KGroupedTableImpl } from './kgrouped-table-impl.ts'
import { KStreamImpl, namesOf } from './kstream-impl.ts'
import type { MaterializedStore } from './materialized.ts'
import { hasName, materializeIfAsked, nodeName } from './materialized.ts'
import { prefixes } from './names.ts'
import { ChangeSerde } from './changed-serde.ts'
import type { RowMapper } from './processors/derived-table.ts'
import { DerivedTable } from './processors/derived-table.ts'
import { NewValueProcessor } from './processors/table-to-stream.ts'
import type { TableProcessorSupplier, TableView, ValueGetterSupplier } from './processors/table.ts'
import { TableRegroupProcessor } from './processors/table-regroup.ts'
import { TransformedTable } from './processors/transform-values.ts'
import type { StreamParts } from './stream-parts.ts'
import { foreignOperand, isOperand } from './stream-parts.ts'
import { addSuppress } from './suppress.ts'
import type { TableJoinKind } from './table-joins.ts'
import { addTableTableJoin } from './table-joins.ts'

type AnyTableSupplier<K, V> = Pick<TableProcessorSupplier<never, never, K, V>, 'view' | 'enableSendingOldValues'>

const isMapper = <K, V, KR>(argument: KeyValueMapper<K, V, KR> | Named | undefined): argument is KeyValueMapper<K, V, KR> =>
  typeof argument === 'function'

export class KTableImpl<K, V> implements KTable<K, V>, TableView<K, V> {
  readonly parts: StreamParts<K, V>
  readonly queryableStoreName: string | undefined
  readonly #supplier: AnyTableSupplier<K, V>
  #sendsOldValues = false

  constructor(parts: StreamParts<K, V>, supplier: AnyTableSupplier<K, V>, queryableStoreName: string | undefined) {
    this.parts = parts
    this.queryableStoreName = queryableStoreName
    this.#supplier = supplier
  }

  valueGetterSupplier(): ValueGetterSupplier<K, V> {
    return this.#supplier.view()
  }

  enableSendingOldValues(forceMaterialization: boolean): boolean {
    this.#sendsOldValues ||= this.#supplier.enableSendingOldValues(forceMaterialization)
    return this.#sendsOldValues
  }

  filter(predicate: Predicate<K, V>, store?: Store<K, V>): KTable<K, V> {
    return this.#filter((value, key) => (predicate(key, value) ? value : undefined), store)
  }

  filterNot(predicate: Predicate<K, V>, store?: Store<K, V>): KTable<K, V> {
    return this.#filter((value, key) => (predicate(key, value) ? undefined : value), store)
  }

  #filter(mapper: RowMapper<K, V, V>, store: Store<K, V> | undefined): KTable<K, V> {
    return this.#derive(mapper, store, { prefix: prefixes.tableFilter, valueSerde: this.parts.value, skipsEmptyChanges: true })
  }

  mapValues<VR>(mapper: ValueMapper<K, V, VR>, store?: Store<K, VR>): KTable<K, VR> {
    return this.#derive(mapper, store, { prefix: prefixes.tableMapValues, valueSerde: undefined, skipsEmptyChanges: false })
  }

  #derive<VR>(
    mapper: RowMapper<K, V, VR>,
    described: Store<K, VR> | undefined,
    how: { readonly prefix: string; readonly valueSerde: StreamParts<K, VR>['value']; readonly skipsEmptyChanges: boolean },
  ): KTable<K, VR> {
    const { names } = this.parts.build.plan
    const store = materializeIfAsked(described, () => names.newStoreName(how.prefix))?.withDefaults(this.parts.key, how.valueSerde)
    const name = names.nameOr(nodeName(described), how.prefix)
    // Behind versioned tables a filter passes all changes on, since the old values at hand need not be those that are replaced.
    const skipsEmptyChanges = how.skipsEmptyChanges && !isVersioned(this.parts.node)
    const supplier = new DerivedTable<K, V, VR>(this, mapper, { storeName: store?.queryableStoreName, isFilter: how.skipsEmptyChanges, skipsEmptyChanges })
    const serdes = store === undefined ? { key: this.parts.key, value: how.valueSerde } : { key: store.keySerde, value: store.valueSerde }
    return this.#below(new ProcessorGraphNode(name, supplier, { own: this.#ownStore(store) }), supplier, serdes, store)
  }

  #ownStore<VR>(store: MaterializedStore<K, VR> | undefined) {
    return () => (store?.isQueryable && hasName(store) ? this.parts.build.tableStore(store) : undefined)
  }

  #below<VR>(
    node: ProcessorGraphNode,
    supplier: AnyTableSupplier<K, VR>,
    serdes: Pick<StreamParts<K, VR>, 'key' | 'value'>,
    store: MaterializedStore<K, VR> | undefined,
  ): KTable<K, VR> {
    this.parts.build.plan.add(this.parts.node, node)
    if (store !== undefined) node.isVersioned = store.isVersioned
    return new KTableImpl<K, VR>({ ...this.parts, ...serdes, name: node.name, node }, supplier, store?.queryableStoreName)
  }

  transformValues<VR>(
    transformer: ValueTransformerWithKeySupplier<K, V, VR>,
    options?: Materialized<K, VR> & { readonly stores?: ProcessOptions['stores'] },
  ): KTable<K, VR> {
    const { stores, ...described } = options ?? {}
    // What is said about connected stores says nothing about one of the table's own.
    const asked = Object.keys(described).length === 0 ? undefined : described
    const store = materializeIfAsked<K, VR>(asked)?.withDefaults(this.parts.key, undefined)
    const name = this.parts.build.plan.names.nameOr(options?.name, prefixes.tableTransformValues)
    const supplier = new TransformedTable<K, V, VR>(this, transformer, store?.queryableStoreName)
    const node = new ProcessorGraphNode(name, supplier, { own: this.#ownStore(store), connected: () => namesOf(stores) })
    return this.#below(node, supplier, { key: store?.keySerde ?? this.parts.key, value: store?.valueSerde }, store)
  }

  toStream<KR>(mapper: KeyValueMapper<K, V, KR>, options?: Named): KStream<KR, V>
  toStream(options?: Named): KStream<K, V>
  toStream<KR>(mapper?: KeyValueMapper<K, V, KR> | Named, options?: Named): KStream<K, V> | KStream<KR, V> {
    return isMapper(mapper) ? this.#toStream(options).selectKey(mapper) : this.#toStream(mapper)
  }

  #toStream(options: Named | undefined): KStream<K, V> {
    const { plan } = this.parts.build
    const name = plan.names.nameOr(options?.name, prefixes.tableToStream)
    const node = plan.add(this.parts.node, new ProcessorGraphNode(name, { get: () => new NewValueProcessor() }))
    return new KStreamImpl({ ...this.parts, name, node }, false)
  }

  groupBy<KR, VR>(selector: KeyValueMapper<K, V, KeyValue<KR, VR>>, grouped: Grouped<KR, VR> = {}): KGroupedTable<KR, VR> {
    const { plan } = this.parts.build
    const name = plan.names.nameOr(grouped.name, prefixes.tableSelect)
    const change = new ChangeSerde(grouped.value)
    const node = new ProcessorGraphNode(name, { get: () => new TableRegroupProcessor(selector, change) })
    plan.add(this.parts.node, node)
    this.enableSendingOldValues(true)
    return new KGroupedTableImpl({ ...this.parts, name, node, key: grouped.key, value: grouped.value }, change, grouped.name)
  }

  join<VO, VR>(other: KTable<K, VO>, joiner: ValueJoiner<K, V, VO, VR>, store?: Store<K, VR>): KTable<K, VR>
  join<KO, VO, VR>(
    other: KTable<KO, VO>,
    extractor: ValueMapper<K, V, KO | undefined>,
    joiner: ValueJoiner<K, V, VO, VR>,
    joined?: TableJoined<K, KO>,
    store?: Store<K, VR>,
  ): KTable<K, VR>
  join(other: object, ...rest: never[]): KTable<K, unknown> {
    return this.#joinByEither('inner', other, rest)
  }

  leftJoin<VO, VR>(other: KTable<K, VO>, joiner: ValueJoiner<K, V, VO | undefined, VR>, store?: Store<K, VR>): KTable<K, VR>
  leftJoin<KO, VO, VR>(
    other: KTable<KO, VO>,
    extractor: ValueMapper<K, V, KO | undefined>,
    joiner: ValueJoiner<K, V, VO | undefined, VR>,
    joined?: TableJoined<K, KO>,
    store?: Store<K, VR>,
  ): KTable<K, VR>
  leftJoin(other: object, ...rest: never[]): KTable<K, unknown> {
    return this.#joinByEither('left', other, rest)
  }

  outerJoin<VO, VR>(
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, V | undefined, VO | undefined, VR>,
    store?: Store<K, VR>,
  ): KTable<K, VR> {
    return this.#join('outer', other, joiner, store)
  }

  /** Two functions: a join by a foreign key. One: by the primary keys. */
  #joinByEither(kind: 'inner' | 'left', other: object, rest: readonly never[]): KTable<K, unknown> {
    if (typeof rest[1] !== 'function') {
      const [joiner, store] = rest as unknown as [ValueJoiner<K, never, never, unknown>, Store<K, unknown>?]
      return this.#join(kind, other as KTable<K, unknown>, joiner, store)
    }
    if (!isOperand(other, KTableImpl<unknown, unknown>, this.parts.build)) throw foreignOperand(kind === 'inner' ? 'join' : 'leftJoin', 'KTable')
    const [extractor, joiner, joined, store] = rest as unknown as [
      ValueMapper<K, V, unknown>,
      ValueJoiner<K, V, unknown, unknown>,
      TableJoined<K, unknown>?,
      Store<K, unknown>?,
    ]
    const result = addForeignKeyJoin(this, other, { kind, extractor, joiner, joined: joined ?? {}, store })
    return new KTableImpl(result.parts, result.supplier, result.queryableStoreName)
  }

  #join<VO, VR>(
    kind: TableJoinKind,
    other: KTable<K, VO>,
    joiner: ValueJoiner<K, never, never, VR>,
    store: Store<K, VR> | undefined,
  ): KTable<K, VR> {
    if (!isOperand(other, KTableImpl<K, VO>, this.parts.build)) throw foreignOperand(kind === 'inner' ? 'join' : `${kind}Join`, 'KTable')
    const joined = addTableTableJoin(this, other, { kind, joiner: joiner as ValueJoiner<K, V | undefined, VO | undefined, VR>, store })
    return new KTableImpl(joined.parts, joined.supplier, joined.queryableStoreName)
  }

  suppress(suppressed: Suppressed<K>): KTable<K, V> {
    const { parts, supplier } = addSuppress(this, suppressed)
    return new KTableImpl(parts, supplier, undefined)
  }
}
