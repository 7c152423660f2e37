import { Stores } from '../../stores/stores.ts'
import type { AutoOffsetReset, TimestampExtractor } from '../../topology/api.ts'
import { ownExtractors, partitioner } from './functions.ts'
import type { JsonObject } from './scenario.ts'
import { flag, integer, NotBuilt, object, requiredText, text } from './scenario.ts'
import { serdeOf } from './values.ts'

type Options = Record<string, unknown>

/** Leaves out what is undefined, so that defaults apply. */
const present = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const serde = (source: JsonObject, name: string) => {
  const serdeName = text(source, name)
  return serdeName === undefined ? undefined : serdeOf(serdeName)
}

const serdes = (source: JsonObject): Options => ({ key: serde(source, 'key'), value: serde(source, 'value') })

export type BuiltInExtractors = (name: string) => TimestampExtractor | undefined

/** Built-in and own extractors by the format's names. */
export const extractor = (name: string | undefined, builtIn: BuiltInExtractors): TimestampExtractor | undefined => {
  if (name === undefined) return undefined
  const found = builtIn(name) ?? (Object.hasOwn(ownExtractors, name) ? ownExtractors[name] : undefined)
  if (!found) throw new NotBuilt(`timestamp extractor ${name}`)
  return found
}

export const named = (operation: JsonObject): Options => present({ name: text(operation, 'named') })

export const consumed = (operation: JsonObject, builtIn: BuiltInExtractors): Options => {
  const source = object(operation, 'consumed') ?? {}
  return present({
    ...serdes(source),
    name: text(source, 'name'),
    timestampExtractor: extractor(text(source, 'timestampExtractor'), builtIn),
    offsetReset: text(source, 'offsetReset') as AutoOffsetReset | undefined,
  })
}

const partitionerOf = (source: JsonObject, name = 'partitioner') => {
  const wanted = text(source, name)
  return wanted === undefined ? undefined : partitioner(wanted)
}

export const produced = (operation: JsonObject): Options => {
  const source = object(operation, 'produced') ?? {}
  return present({ ...serdes(source), name: text(source, 'name'), partitioner: partitionerOf(source) })
}

export const repartitioned = (operation: JsonObject): Options => {
  const source = object(operation, 'repartitioned') ?? {}
  return present({
    ...serdes(source),
    name: text(source, 'name'),
    numberOfPartitions: integer(source, 'partitions'),
    partitioner: partitionerOf(source),
  })
}

/** Undefined where the operation says nothing, which is not the same as options without serdes. */
export const grouped = (operation: JsonObject): Options | undefined => {
  const source = object(operation, 'grouped')
  return source && present({ ...serdes(source), name: text(source, 'name') })
}

export const joined = (operation: JsonObject): Options => {
  const source = object(operation, 'joined') ?? {}
  return present({
    key: serde(source, 'key'),
    value: serde(source, 'left'),
    name: text(source, 'name'),
    gracePeriodMs: integer(source, 'graceMs'),
  })
}

const joinStore = (source: JsonObject, name: string): unknown => {
  const spec = object(source, name)
  if (!spec) return undefined
  const make = text(spec, 'backend') === 'inMemory' ? Stores.inMemoryWindowStore : Stores.persistentWindowStore
  return make(requiredText(spec, 'name'), integer(spec, 'retentionMs') ?? 0, integer(spec, 'windowSizeMs') ?? 0, true)
}

export const streamJoined = (operation: JsonObject): Options => {
  const source = object(operation, 'streamJoined') ?? {}
  return present({
    key: serde(source, 'key'),
    value: serde(source, 'left'),
    otherValue: serde(source, 'right'),
    name: text(source, 'name'),
    store: text(source, 'store'),
    storeType: storeTypes[text(source, 'backend') ?? ''],
    thisStore: joinStore(source, 'leftStore'),
    otherStore: joinStore(source, 'rightStore'),
    logging: flag(source, 'logging'),
  })
}

export const tableJoined = (operation: JsonObject): Options => {
  const source = object(operation, 'tableJoined') ?? {}
  return present({
    name: text(source, 'name'),
    partitioner: partitionerOf(source),
    otherPartitioner: partitionerOf(source, 'otherPartitioner'),
  })
}

const storeTypes: Readonly<Record<string, string>> = { inMemory: 'in_memory', rocksDB: 'rocksDB' }

/** `materialized` and `named` of an operation in one options object; undefined when it has neither. */
export const materialized = (operation: JsonObject): Options | undefined => {
  const source = object(operation, 'materialized')
  if (!source) return text(operation, 'named') === undefined ? undefined : named(operation)
  const store = text(source, 'store')
  const backend = text(source, 'backend')
  return present({
    ...named(operation),
    ...serdes(source),
    store: storeOrSupplier(source, store, backend),
    logging: flag(source, 'logging'),
    caching: flag(source, 'caching'),
    retentionMs: integer(source, 'retentionMs'),
    storeType: backend === undefined ? undefined : storeTypes[backend],
  })
}

/** The same where the recorder has no overload for a name, or none without a store: it then leaves the name out. */
export const materializedWithoutName = (operation: JsonObject): Options | undefined => {
  const options = materialized(operation)
  if (options === undefined || !object(operation, 'materialized')) return undefined
  const { name: _left, ...others } = options
  return others
}

const storeOrSupplier = (source: JsonObject, store: string | undefined, backend: string | undefined): unknown => {
  const history = integer(source, 'historyRetentionMs')
  if (history !== undefined) {
    const { persistentVersionedKeyValueStore } = Stores as { persistentVersionedKeyValueStore?: (name: string, history: number) => unknown }
    if (persistentVersionedKeyValueStore === undefined) throw new NotBuilt('versioned tables')
    return persistentVersionedKeyValueStore(requiredText(source, 'store'), history)
  }
  if (backend !== 'lru') return store
  return Stores.lruMap(requiredText(source, 'store'), integer(source, 'maxEntries') ?? 3)
}
