import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { versionedStoreContract } from '../contract/versioned-store.ts'

const { string } = Serdes
/** The same strings, by a serde whose values count as mutable: the store then keeps bytes. */
const mutableString = { serializer: string.serializer, deserializer: string.deserializer }

const inMemory = (value: typeof mutableString) => (retentionMs: number, segmentMs?: number) =>
  Stores.versionedKeyValueStoreBuilder(Stores.inMemoryVersionedKeyValueStore('store', retentionMs, segmentMs), string, value)
const inFiles = (value: typeof mutableString) => (retentionMs: number, segmentMs?: number) =>
  Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('store', retentionMs, segmentMs), string, value)

versionedStoreContract('in memory', { builder: inMemory(string), survives: false })
versionedStoreContract('in memory, mutable values', { builder: inMemory(mutableString), survives: false })
versionedStoreContract('in files', { builder: inFiles(string), survives: true })
versionedStoreContract('in files, mutable values', { builder: inFiles(mutableString), survives: true })
versionedStoreContract('in files under the test driver', { builder: inFiles(string), survives: false, context: { ephemeral: true } })

test('versioned stores should refuse caches and impossible lengths of time', () => {
  expect(() => inFiles(string)(100).withCachingEnabled()).toThrow('Versioned stores do not support caching')
  expect(() => inFiles(string)(-1)).toThrow('historyRetention cannot be negative')
  expect(() => inFiles(string)(100, 0)).toThrow('segmentInterval of store store cannot be smaller than 1 millisecond')
})

test.each([
  [0, 2_000], [60_000, 20_000], [60_001, 20_000], [300_000, 60_000], [360_000, 60_000], [3_600_000, 300_000], [86_400_000, 3_600_000],
])('a history of %d ms should be kept in segments of %d ms when nothing else is said', (historyMs, segmentMs) => {
  expect(Stores.persistentVersionedKeyValueStore('store', historyMs).segmentIntervalMs).toBe(segmentMs)
})
