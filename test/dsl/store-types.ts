/** Like types.ts: which kinds of storage the operators and builders take. */
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { KTable } from '../../dsl/ktable.ts'
import type { Materialized } from '../../dsl/options.ts'
import { SessionWindows, TimeWindows } from '../../dsl/windows.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import type { VersionedKeyValueStore } from '../../stores/versioned-store.ts'

const strings = { key: Serdes.string, value: Serdes.string }
const builder = new StreamsBuilder()
const words = builder.stream('words', strings)
const keyValue = Stores.persistentKeyValueStore('kv')
const versioned = Stores.persistentVersionedKeyValueStore('v', 1000)
const windows = Stores.persistentWindowStore('w', 1000, 100)
const sessions = Stores.inMemorySessionStore('s', 1000)
const versionedHandle = Stores.versionedKeyValueStoreBuilder(versioned, Serdes.string, Serdes.string)

export const taken = (): void => {
  const table: KTable<string, string> = builder.table('t1', strings, { store: versioned })
  const byHandle: KTable<string, string> = builder.table('t2', strings, versionedHandle)
  const described: Materialized<string, string> = { store: versioned, key: Serdes.string }
  const counts: KTable<string, number> = words.groupByKey().count({ store: versioned })
  const store: VersionedKeyValueStore<string, string> = versionedHandle.build()
  void [table, byHandle, described, counts, store]
  table.filter(() => true, { store: versioned }).mapValues((value) => value.length, { store: keyValue })
  words.toTable({ store: versionedHandle })
  builder.globalTable('g', strings, { store: keyValue })
  words.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).count({ store: windows })
  words.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).count({ store: sessions })
}

export const refused = (): void => {
  // @ts-expect-error windows are not rows by key
  words.groupByKey().count({ store: windows })
  // @ts-expect-error sessions are not rows by key
  words.groupByKey().count({ store: sessions })
  // @ts-expect-error a window store of a table
  builder.table('t3', strings, { store: windows })
  // @ts-expect-error global tables keep no versions
  builder.globalTable('g', strings, { store: versioned })
  // @ts-expect-error nor by a handle
  builder.globalTable('g', strings, versionedHandle)
  // @ts-expect-error rows by key are not windows
  words.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).count({ store: keyValue })
  // @ts-expect-error sessions are not windows
  words.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).count({ store: sessions })
  // @ts-expect-error windows keep no versions
  words.groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).count({ store: versioned })
  // @ts-expect-error windows are not sessions
  words.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).count({ store: windows })
  // @ts-expect-error rows by key are not sessions
  words.groupByKey().windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10)).count({ store: keyValue })
  // @ts-expect-error a builder of rows by key
  Stores.keyValueStoreBuilder(windows)
  // @ts-expect-error likewise
  Stores.timestampedKeyValueStoreBuilder(versioned)
  // @ts-expect-error likewise
  Stores.keyValueStoreBuilder(sessions)
  // @ts-expect-error a builder of windows
  Stores.windowStoreBuilder(keyValue)
  // @ts-expect-error likewise
  Stores.timestampedWindowStoreBuilder(sessions)
  // @ts-expect-error a builder of sessions
  Stores.sessionStoreBuilder(windows)
  // @ts-expect-error a builder of versions
  Stores.versionedKeyValueStoreBuilder(keyValue)
  // @ts-expect-error likewise
  Stores.versionedKeyValueStoreBuilder(windows)
  // @ts-expect-error a version has a time
  versionedHandle.build().put('key', 'value')
}
