import { TopologyError } from '../../lib/core/errors.ts'
import { JoinWindowStoreBuilder, SuppliedJoinWindowStoreBuilder } from '../../stores/internals/timed/join-window-store-builder.ts'
import type { KeyValueStoreSupplier, WindowStoreSupplier } from '../../stores/store-suppliers.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { StreamJoined } from '../options.ts'
import type { JoinWindows } from '../windows.ts'
import { EmitStrategy } from '../windows.ts'
import type { BuildContext } from './build-context.ts'
import { UnmatchedStoreBuilder } from './unmatched-store-builder.ts'

/** A store whose name is known before the storage it will have. */
export interface PlannedStore {
  readonly name: string
  /** To be called once, when the node is written: only then is the whole configuration known. */
  build(): StoreBuilder
}

const STORE_SUFFIX = '-store'

type AnyStreamJoined = StreamJoined<unknown, unknown, unknown>

interface JoinStoreOptions {
  readonly joined: AnyStreamJoined
  readonly windows: JoinWindows
  readonly build: BuildContext
}

interface WindowOptions {
  readonly supplier: WindowStoreSupplier | undefined
  readonly value: Serde<unknown> | undefined
  /** Without suffix. */
  readonly name: string
}

/** @throws {TopologyError} when the suppliers given do not fit the windows */
export const checkSuppliers = ({ thisStore, otherStore }: AnyStreamJoined, windows: JoinWindows): void => {
  if (thisStore !== undefined && thisStore.name === otherStore?.name) {
    throw new TopologyError(`Both StoreSuppliers have the same name.  StoreSuppliers must provide unique names, but both are ${thisStore.name}`)
  }
  for (const supplier of [thisStore, otherStore]) {
    if (supplier === undefined) continue
    if (supplier.retainDuplicates !== true) {
      throw new TopologyError(`The StoreSupplier must set retainDuplicates=true, found retainDuplicates=false in ${supplier.name}`)
    }
    const retentionMs = windows.size + windows.gracePeriodMs
    if (supplier.windowSizeMs === windows.size && supplier.retentionMs === retentionMs) continue
    throw new TopologyError(
      `Window settings mismatch. The store ${supplier.name} has a window size of ${supplier.windowSizeMs} ms and a retention of ${supplier.retentionMs} ms; ` +
        `a join needs before + after = ${windows.size} ms, and grace with it = ${retentionMs} ms`,
    )
  }
}

const withLogging = <B extends StoreBuilder>(builder: B, logging: boolean | Readonly<Record<string, string>>, config: Readonly<Record<string, string>> = {}): B =>
  logging === false ? builder.withLoggingDisabled() : builder.withLoggingEnabled({ ...(logging === true ? {} : logging), ...config })

/** The store in which one side's records wait. */
export const planWindowStore = (options: JoinStoreOptions, { supplier, value, name: base }: WindowOptions): PlannedStore => {
  const { joined, windows, build } = options
  const name = supplier?.name ?? base + STORE_SUFFIX
  // What is said about logging is not for suppliers, which are logged as any other store, as in Java.
  const logging = supplier === undefined ? (joined.logging ?? true) : true
  if (joined.store === undefined) build.generated.addStore(name, logging !== false)
  const make = (): WindowStoreSupplier => build.storeSuppliers(joined.storeType).windowStore({
    name,
    retentionPeriod: windows.size + windows.gracePeriodMs,
    windowSize: windows.size,
    retainDuplicates: true,
    emitStrategy: EmitStrategy.onWindowUpdate(),
    isSlidingWindow: false,
    dslStoreFormat: build.storeFormat(),
  })
  return {
    name,
    build() {
      if (supplier !== undefined) return new SuppliedJoinWindowStoreBuilder(supplier, joined.key, value)
      // Duplicates have keys of their own, so there is nothing to compact.
      return withLogging(new JoinWindowStoreBuilder(make(), joined.key, value), logging, { 'cleanup.policy': 'delete' })
    },
  }
}

/** The store of a left or outer join for records without a partner. `generated`: its name where the user gave none. */
export const planUnmatchedStore = (options: JoinStoreOptions, suffix: string, generated: string): PlannedStore => {
  const { joined, build } = options
  const { thisStore, logging = true } = joined
  const base = thisStore?.name ?? joined.store
  const name = (base === undefined ? generated : base + suffix) + STORE_SUFFIX
  if (joined.store === undefined) build.generated.addStore(name, logging !== false)
  return {
    name,
    build: () => withLogging(new UnmatchedStoreBuilder(unmatchedSupplier(name, options), { key: joined.key, left: joined.value, right: joined.otherValue }), logging),
  }
}

/** As chosen for the join, or like the store of this side, or as configured. */
const unmatchedSupplier = (name: string, { joined, build }: JoinStoreOptions): KeyValueStoreSupplier => {
  const { thisStore, storeType } = joined
  if (storeType === undefined && thisStore !== undefined) return { name, engine: thisStore.engine }
  const chosen = build.storeSuppliers(storeType).keyValueStore({ name, dslStoreFormat: build.storeFormat() })
  // It is read from its beginning again and again, which LMDB is good at and LevelDB is not.
  return chosen.engine === 'leveldb' ? { ...chosen, engine: 'lmdb' } : chosen
}
