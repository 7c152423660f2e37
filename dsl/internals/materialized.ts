import type { Serde } from '../../lib/serdes/serde.ts'
import type { TableStoreSupplier } from '../../stores/store-suppliers.ts'
import type { KeyValueStoreHandle, Materialized } from '../options.ts'
import type { DslStoreSuppliers } from '../dsl-store-suppliers.ts'
import type { DslStoreType } from '../store-type.ts'
import type { BuildContext } from './build-context.ts'
import { checkName } from './names.ts'

/** A handle from `Stores` over storage of kind `S`: suppliers of key-value, window or session stores. */
interface StoreHandle<K, V, S> {
  readonly name: string
  readonly supplier: S
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  readonly loggingEnabled: boolean
  readonly logConfig: Readonly<Record<string, string>>
  readonly cachingEnabled: boolean
  build(): object
}

/** What operators take as the description of a store: {@link Store} and its forms for windows and sessions. */
export type StoreOf<K, V, S> = StoreHandle<K, V, S> | Materialized<K, V, S | StoreHandle<K, V, S>>

/** The name an operator's node was given, when its last argument is a description and not a handle. */
export const nodeName = <K, V, S>(store: StoreOf<K, V, S> | undefined): string | undefined =>
  store === undefined || isHandle(store) ? undefined : (store as Materialized<K, V>).name

export const isHandle = (store: object): store is KeyValueStoreHandle<never, never> => 'build' in store

/** True when something is said about the store itself, and not only about the node; an empty description says: a store. */
export const describesStore = <K, V, S>(store: StoreOf<K, V, S>): boolean => {
  if (isHandle(store)) return true
  const said = Object.keys(store)
  return said.length === 0 || said.some((key) => key !== 'name')
}

/** What is known of the store behind a table: the user's description, with what operators fill in. */
export class MaterializedStore<K, V, S extends { readonly name: string } = TableStoreSupplier> {
  /** Undefined: the operator may choose to have no store. */
  readonly storeName: string | undefined
  /** True when the user named the store, which thereby can be queried. */
  readonly isQueryable: boolean
  keySerde: Serde<K> | undefined
  valueSerde: Serde<V> | undefined
  /** The user's choice of storage; undefined: by type. */
  readonly supplier: S | undefined
  logging: boolean
  readonly logConfig: Readonly<Record<string, string>>
  readonly caching: boolean
  readonly storeType: DslStoreType | DslStoreSuppliers | undefined
  /** How long windows or sessions are kept, ms; undefined: as long as their size and grace need. */
  readonly retentionMs: number | undefined
  /**
   * True for the store of a derived table that nothing was said about but its name. Kafka Streams keeps it on disk, also where
   * tables are to be kept in memory; here it is kept where it should be, but its rows have the form they have there.
   */
  hasFormOfDisk = false

  constructor(store: StoreOf<K, V, S> | undefined, generateName?: () => string) {
    type Description = Materialized<K, V, S | StoreHandle<K, V, S>>
    const described = (store === undefined ? {} : isHandle(store) ? { store } : store) as Description
    const target = described.store
    const handle = typeof target === 'object' && isHandle(target) ? (target as unknown as StoreHandle<K, V, S>) : undefined
    const named = typeof target === 'object' ? target.name : target
    this.isQueryable = named !== undefined
    // As in Java the names of suppliers are not checked.
    this.storeName = named === undefined ? generateName?.() : typeof target === 'object' ? named : checkName(named)
    this.keySerde = described.key ?? handle?.keySerde
    this.valueSerde = described.value ?? handle?.valueSerde
    this.supplier = handle?.supplier ?? (typeof target === 'object' ? (target as S) : undefined)
    this.logging = described.logging === undefined ? (handle?.loggingEnabled ?? true) : described.logging !== false
    this.logConfig = typeof described.logging === 'object' ? described.logging : (handle?.logConfig ?? {})
    this.caching = described.caching ?? handle?.cachingEnabled ?? true
    this.storeType = described.storeType
    this.retentionMs = described.retentionMs
  }

  /** True for a table that can say what its rows were at earlier times. */
  get isVersioned(): boolean {
    return this.supplier !== undefined && 'historyRetentionMs' in this.supplier && this.supplier.historyRetentionMs !== undefined
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
export type NamedStore<K, V, S extends { readonly name: string } = TableStoreSupplier> = MaterializedStore<K, V, S> & {
  readonly storeName: string
}

export const hasName = <K, V>(store: MaterializedStore<K, V> | undefined): store is NamedStore<K, V> => store?.storeName !== undefined

/** For operators that always have a store: named by the user, or generated. `isLogged`: unless the user says otherwise. */
export const materialize = <K, V, S extends { readonly name: string } = TableStoreSupplier>(
  store: StoreOf<K, V, S> | undefined,
  { plan, generated }: Pick<BuildContext, 'plan' | 'generated'>,
  prefix: string,
  isLogged = true,
): NamedStore<K, V, S> => {
  const made = new MaterializedStore<K, V, S>(store, () => plan.names.newStoreName(prefix)) as NamedStore<K, V, S>
  if (!isLogged) made.withoutLogging()
  if (!made.isQueryable) generated.addStore(made.storeName, made.logging)
  return made
}

/** For operators that have a store only if the user names one; undefined when nothing was said about a store. */
export const materializeIfAsked = <K, V>(
  store: StoreOf<K, V, TableStoreSupplier> | undefined,
  generateName?: () => string,
): MaterializedStore<K, V> | undefined => {
  if (store === undefined || !describesStore(store)) return undefined
  const made = new MaterializedStore<K, V, TableStoreSupplier>(store, generateName)
  made.hasFormOfDisk = made.storeType === undefined && made.supplier === undefined
  return made
}
