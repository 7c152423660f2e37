import { Stores } from '../../stores/stores.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { StoreBuilder } from '../../topology/api.ts'
import type { JsonObject } from './scenario.ts'
import { flag, integer, NotBuilt, requiredText, text } from './scenario.ts'
import { serdeOf } from './values.ts'

/** Calls a factory of `Stores` by its Java name. */
const make = <R>(name: string, ...args: unknown[]): R => {
  const factory = (Stores as unknown as Record<string, unknown>)[name]
  if (typeof factory !== 'function') throw new NotBuilt(`Stores.${name}`)
  return (factory as (...list: unknown[]) => R).apply(Stores, args)
}

const day = 86_400_000

const supplierAndBuilder = (spec: JsonObject): [supplier: unknown, builder: string] => {
  const name = requiredText(spec, 'name')
  const onDisk = text(spec, 'backend') === 'rocksDB'
  const retention = integer(spec, 'retentionMs') ?? day
  const window = [name, retention, integer(spec, 'windowSizeMs') ?? 1000, flag(spec, 'retainDuplicates') ?? false]
  switch (requiredText(spec, 'type')) {
    case 'keyValue':
      return [make(onDisk ? 'persistentKeyValueStore' : 'inMemoryKeyValueStore', name), 'keyValueStoreBuilder']
    case 'lru':
      return [make('lruMap', name, integer(spec, 'maxEntries') ?? 3), 'keyValueStoreBuilder']
    case 'timestampedKeyValue':
      return [make(onDisk ? 'persistentTimestampedKeyValueStore' : 'inMemoryKeyValueStore', name), 'timestampedKeyValueStoreBuilder']
    case 'timestampedKeyValueWithHeaders':
      return [
        make(onDisk ? 'persistentTimestampedKeyValueStoreWithHeaders' : 'inMemoryKeyValueStore', name),
        'timestampedKeyValueStoreWithHeadersBuilder',
      ]
    case 'window':
      return [make(onDisk ? 'persistentWindowStore' : 'inMemoryWindowStore', ...window), 'windowStoreBuilder']
    case 'timestampedWindow':
      return [make(onDisk ? 'persistentTimestampedWindowStore' : 'inMemoryWindowStore', ...window), 'timestampedWindowStoreBuilder']
    case 'timestampedWindowWithHeaders':
      return [
        make(onDisk ? 'persistentTimestampedWindowStoreWithHeaders' : 'inMemoryWindowStore', ...window),
        'timestampedWindowStoreWithHeadersBuilder',
      ]
    case 'session':
      return [make(onDisk ? 'persistentSessionStore' : 'inMemorySessionStore', name, retention), 'sessionStoreBuilder']
    case 'sessionWithHeaders':
      return [
        make(onDisk ? 'persistentSessionStoreWithHeaders' : 'inMemorySessionStore', name, retention),
        'sessionStoreWithHeadersBuilder',
      ]
    case 'versioned':
      return [
        make('persistentVersionedKeyValueStore', name, integer(spec, 'historyRetentionMs') ?? day),
        'versionedKeyValueStoreBuilder',
      ]
    default:
      throw new NotBuilt(`store type ${text(spec, 'type')}`)
  }
}

/** A store builder from a store spec (section 5 of the format). */
export const storeBuilder = (spec: JsonObject): StoreBuilder => {
  const [supplier, builderName] = supplierAndBuilder(spec)
  const serde = (name: string): Serde<unknown> => serdeOf(requiredText(spec, name))
  const builder = make<StoreBuilder>(builderName, supplier, serde('key'), serde('value'))
  const logging = flag(spec, 'logging')
  if (logging !== undefined) void (logging ? builder.withLoggingEnabled({}) : builder.withLoggingDisabled())
  const caching = flag(spec, 'caching')
  if (caching !== undefined) void (caching ? builder.withCachingEnabled() : builder.withCachingDisabled())
  return builder
}
