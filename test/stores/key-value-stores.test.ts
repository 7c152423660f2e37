import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { ValueTimestampHeaders } from '../../stores/internals/header-rows.ts'
import { Stores } from '../../stores/stores.ts'
import type { KeyValueStore, StoreBuilder, ValueAndTimestamp } from '../../topology/api.ts'
import { keyValueStoreContract } from '../contract/key-value-store.ts'

const { string } = Serdes
/** The same strings, by a serde whose values count as mutable: the store then keeps bytes. */
const mutableString = { serializer: string.serializer, deserializer: string.deserializer }
const stamped = (text: string): ValueAndTimestamp<string> => ({ value: text, timestamp: 1700000000000 })
const plain = (text: string): string => text

type Plain = StoreBuilder<KeyValueStore<string, string>>
const kv = (engine: 'memory' | 'lmdb' | 'leveldb', caching = false, value = string as typeof mutableString) => (): Plain =>
  Stores.keyValueStore('store', { key: string, value, engine, caching })
const tskv = (engine: 'memory' | 'lmdb' | 'leveldb', caching = false, value = string as typeof mutableString) => () =>
  Stores.timestampedKeyValueStore('store', { key: string, value, engine, caching })

const stampedWithHeaders = (text: string): ValueTimestampHeaders<string> =>
  ({ value: text, timestamp: 1700000000000, headers: Headers.empty.add('h', 'é').add('null', undefined).add('h', '') })
const hkv = (engine: 'memory' | 'lmdb' | 'leveldb', caching: boolean) => () => {
  const builder = Stores.timestampedKeyValueStoreWithHeadersBuilder({ name: 'store', engine }, string, string)
  return caching ? builder.withCachingEnabled() : builder
}

const memory = { survives: false, refusesEmptyPrefix: true }
const files = { survives: true, refusesEmptyPrefix: false }

keyValueStoreContract('in memory', { builder: kv('memory'), value: plain, ...memory })
keyValueStoreContract('in memory, mutable values', { builder: kv('memory', false, mutableString), value: plain, ...memory })
keyValueStoreContract('in memory, timestamped', { builder: tskv('memory'), value: stamped, ...memory })
keyValueStoreContract('in memory, cached', { builder: kv('memory', true), value: plain, ...memory })
keyValueStoreContract('in memory, cache of 0 bytes', { builder: kv('memory', true), value: plain, ...memory, context: { cacheBytes: 0 } })
keyValueStoreContract('in memory, small cache', { builder: tskv('memory', true), value: stamped, ...memory, context: { cacheBytes: 300 } })
keyValueStoreContract('LRU', { builder: () => Stores.keyValueStoreBuilder(Stores.lruMap('store', 1000), string, string), value: plain, survives: false, refusesEmptyPrefix: false })
keyValueStoreContract('LMDB', { builder: kv('lmdb'), value: plain, ...files })
keyValueStoreContract('LMDB, timestamped', { builder: tskv('lmdb'), value: stamped, ...files })
keyValueStoreContract('LMDB, timestamped, cached, mutable values', { builder: tskv('lmdb', true, mutableString), value: stamped, ...files })
keyValueStoreContract('LevelDB', { builder: kv('leveldb'), value: plain, ...files })
keyValueStoreContract('LevelDB, timestamped, mutable values', { builder: tskv('leveldb', false, mutableString), value: stamped, ...files })
keyValueStoreContract('LevelDB, cached', { builder: kv('leveldb', true), value: plain, ...files })
keyValueStoreContract('in memory, with headers', { builder: hkv('memory', false), value: stampedWithHeaders, ...memory })
keyValueStoreContract('LevelDB, with headers, cached', { builder: hkv('leveldb', true), value: stampedWithHeaders, ...files })
keyValueStoreContract('LMDB, with headers', { builder: hkv('lmdb', false), value: stampedWithHeaders, ...files })
keyValueStoreContract('LevelDB under the test driver', { builder: kv('leveldb'), value: plain, survives: false, refusesEmptyPrefix: false, context: { ephemeral: true } })
