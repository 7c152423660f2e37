import type { DslKeyValueParams, DslStoreSuppliers } from '../../dsl/dsl-store-suppliers.ts'
import { BuiltInDslStoreSuppliers } from '../../dsl/dsl-store-suppliers.ts'
import type { Materialized } from '../../dsl/options.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { TimeWindows } from '../../dsl/windows.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'
import { Stores } from '../../stores/stores.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const { in_memory: inMemory, rocksDB: onDisk } = BuiltInDslStoreSuppliers

/** Suppliers that remember what they were asked for. */
class Recording implements DslStoreSuppliers {
  static readonly asked: string[] = []
  static configuredWith: Readonly<Record<string, unknown>> | undefined

  configure(config: Readonly<Record<string, unknown>>): void {
    Recording.configuredWith = config
  }

  keyValueStore(params: DslKeyValueParams) {
    Recording.asked.push(`${params.name} ${params.dslStoreFormat}`)
    return inMemory.keyValueStore(params)
  }

  windowStore(params: Parameters<DslStoreSuppliers['windowStore']>[0]) {
    Recording.asked.push(`${params.name} ${params.windowSize}`)
    return inMemory.windowStore(params)
  }

  sessionStore(params: Parameters<DslStoreSuppliers['sessionStore']>[0]) {
    return inMemory.sessionStore(params)
  }
}

/** Whether the store of a table with that configuration survives in files. */
const isPersistent = (config: Record<string, unknown>, store: Materialized<string, string> = { store: 'rows' }): boolean => {
  const builder = new StreamsBuilder()
  builder.table('in', strings, store)
  using driver = new TopologyTestDriver(builder.build(config), { config: { applicationId: 'app', ...config } })
  return driver.getStateStore('rows')?.persistent ?? false
}

describe('where the DSL keeps tables', () => {
  beforeEach(() => Recording.asked.splice(0))

  test.each([
    ['nothing', {}, true],
    ['default.dsl.store', { 'default.dsl.store': 'in_memory' }, false],
    ['suppliers', { 'dsl.store.suppliers.class': inMemory }, false],
    ['a class of suppliers', { 'dsl.store.suppliers.class': Recording }, false],
    ["Java's class for memory", { 'dsl.store.suppliers.class': 'org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers' }, false],
    ["Java's class for files", { 'dsl.store.suppliers.class': 'org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$RocksDBDslStoreSuppliers' }, true],
    ['suppliers and default.dsl.store', { 'dsl.store.suppliers.class': onDisk, 'default.dsl.store': 'in_memory' }, true],
  ])('should be as configured by %s', (_what, config, persistent) => {
    expect(isPersistent(config)).toBe(persistent)
  })

  test('should be as the table itself says, whatever is configured', () => {
    const config = { 'dsl.store.suppliers.class': inMemory }
    expect(isPersistent(config, { store: 'rows', storeType: 'rocksDB' })).toBe(true)
    expect(isPersistent(config, { store: 'rows', storeType: onDisk })).toBe(true)
    expect(isPersistent(config, { store: Stores.persistentTimestampedKeyValueStore('rows') })).toBe(true)
    expect(isPersistent(config, { store: Stores.persistentVersionedKeyValueStore('rows', 100) })).toBe(true)
    expect(isPersistent({}, { store: 'rows', storeType: 'in_memory' })).toBe(false)
  })

  test('a class of suppliers should be told the configuration, and what each store is for', () => {
    const config = { 'dsl.store.suppliers.class': Recording, 'dsl.store.format': 'HEADERS', 'application.id': 'app' }
    const builder = new StreamsBuilder()
    const grouped = builder.stream('in', strings).groupByKey()
    grouped.count({ store: 'counts' })
    grouped.windowedBy(TimeWindows.ofSizeWithNoGrace(50)).count({ store: 'windows' })
    builder.build(config)
    expect(Recording.asked).toEqual(['counts HEADERS', 'windows 50'])
    expect(Recording.configuredWith).toMatchObject(config)
  })

  test('anything else should be refused', () => {
    const refused = (value: unknown) => () => isPersistent({ 'dsl.store.suppliers.class': value })
    expect(refused('com.example.Suppliers')).toThrow(/Invalid value com.example.Suppliers for configuration dsl.store.suppliers.class/)
    expect(refused({ keyValueStore: () => undefined })).toThrow(/windowStore and sessionStore/)
  })
})
