import type { Serde } from '../../lib/serdes/serde.ts'
import type { KeyValueStoreSupplier } from '../../stores/store-suppliers.ts'
import type { KeyValueStoreHandle, Materialized, Store } from '../options.ts'
import type { DslStoreSuppliers } from '../dsl-store-suppliers.ts'
import type { DslStoreType } from '../store-type.ts'
import type { BuildContext } from './build-context.ts'
import { checkName } from './names.ts'

/** The name an operator's node was given, when its last argument is a description and not a handle. */
export const nodeName = <K, V>(store: Store<K, V> | undefined): string | undefined =>
  store === undefined || isHandle(store) ? undefined : (store as Materialized<K, V>).name

export const isHandle = (store: object): store is KeyValueStoreHandle<never, never> => 'build' in store

/** True when something is said about the store itself, and not only about the node; an empty description says: a store. */
export const describesStore = <K, V>(store: Store<K, V>): boolean => {
  if (isHandle(store)) return true
  const said = Object.keys(store)
  return said.length === 0 || said.some((key) => key !== 'name')
}

/** What is known of the store behind a table: the user's description, with what operators fill in. */
export class MaterializedStore<K, V> {
  /** Undefined: the operator may choose to have no store. */
  readonly storeName: string | undefined
  /** True when the user named the store, which thereby can be queried. */
  readonly isQueryable: boolean
  keySerde: Serde<K> | undefined
  valueSerde: Serde<V> | undefined
  /** The user's choice of storage; undefined: by type. */
  readonly supplier: KeyValueStoreSupplier | undefined
  logging: boolean
  readonly logConfig: Readonly<Record<string, string>>
  readonly caching: boolean
  readonly storeType: DslStoreType | DslStoreSuppliers | undefined

  constructor(store: Store<K, V> | undefined, generateName?: () => string) {
    const described: Materialized<K, V> = store === undefined ? {} : isHandle(store) ? { store } : (store as Materialized<K, V>)
    const target = described.store
    const handle = typeof target === 'object' && isHandle(target) ? (target as KeyValueStoreHandle<K, V>) : undefined
    const named = typeof target === 'object' ? target.name : target
    this.isQueryable = named !== undefined
    this.storeName = named === undefined ? generateName?.() : checkName(named)
    this.keySerde = described.key ?? handle?.keySerde
    this.valueSerde = described.value ?? handle?.valueSerde
    this.supplier = handle?.supplier ?? (typeof target === 'object' ? (target as KeyValueStoreSupplier) : undefined)
    this.logging = described.logging === undefined ? (handle?.loggingEnabled ?? true) : described.logging !== false
    this.logConfig = typeof described.logging === 'object' ? described.logging : (handle?.logConfig ?? {})
    this.caching = described.caching ?? handle?.cachingEnabled ?? true
    this.storeType = described.storeType
  }

  get queryableStoreName(): string | undefined {
    return this.isQueryable ? this.storeName : undefined
  }

  /** Serdes that count more than those of the description: those that read the table's topic. */
  withOverrides(key: Serde<K> | undefined, value: Serde<V> | undefined): this {
    this.keySerde = key ?? this.keySerde
    this.valueSerde = value ?? this.valueSerde
    return this
  }

  /** The same store with its changelog elsewhere (its source topic), or with none. */
  withoutLogging(): this {
    this.logging = false
    return this
  }

  /** Serdes to use where the user named none. */
  withDefaults(key: Serde<K> | undefined, value: Serde<V> | undefined): this {
    this.keySerde ??= key
    this.valueSerde ??= value
    return this
  }
}

/** A store whose name is known. */
export type NamedStore<K, V> = MaterializedStore<K, V> & { readonly storeName: string }

export const hasName = <K, V>(store: MaterializedStore<K, V> | undefined): store is NamedStore<K, V> => store?.storeName !== undefined

/** For operators that always have a store: named by the user, or generated. `isLogged`: unless the user says otherwise. */
export const materialize = <K, V>(
  store: Store<K, V> | undefined,
  { plan, generated }: Pick<BuildContext, 'plan' | 'generated'>,
  prefix: string,
  isLogged = true,
): NamedStore<K, V> => {
  const made = new MaterializedStore(store, () => plan.names.newStoreName(prefix)) as NamedStore<K, V>
  if (!isLogged) made.withoutLogging()
  if (!made.isQueryable) generated.addStore(made.storeName, made.logging)
  return made
}

/** For operators that have a store only if the user names one; undefined when nothing was said about a store. */
export const materializeIfAsked = <K, V>(store: Store<K, V> | undefined, generateName?: () => string): MaterializedStore<K, V> | undefined =>
  store === undefined || !describesStore(store) ? undefined : new MaterializedStore(store, generateName)
