import { describesStore, MaterializedStore, materializeIfAsked } from '../../../dsl/internals/materialized.ts'
import { Serdes } from '../../../lib/serdes/serdes.ts'
import { Stores } from '../../../stores/stores.ts'

describe('the store behind a table', () => {
  test('should be queryable only when the user named it', () => {
    expect(new MaterializedStore({ store: 'mine' }, () => 'generated').queryableStoreName).toBe('mine')
    const unnamed = new MaterializedStore({ key: Serdes.string }, () => 'generated')
    expect([unnamed.storeName, unnamed.queryableStoreName]).toEqual(['generated', undefined])
  })

  test('should be logged and cached unless the user says otherwise', () => {
    const plain = new MaterializedStore(undefined)
    expect([plain.logging, plain.caching]).toEqual([true, true])
    const quiet = new MaterializedStore({ logging: false, caching: false })
    expect([quiet.logging, quiet.caching]).toEqual([false, false])
    expect(new MaterializedStore({ logging: { 'segment.bytes': '9' } }).logConfig).toEqual({ 'segment.bytes': '9' })
  })

  test('should be as its handle says', () => {
    const handle = Stores.keyValueStore('h', { key: Serdes.string, value: Serdes.long, engine: 'memory', logging: false })
    const store = new MaterializedStore<string, number>(handle)
    expect([store.storeName, store.keySerde, store.valueSerde, store.supplier?.engine, store.logging, store.caching]).toEqual([
      'h', Serdes.string, Serdes.long, 'memory', false, false,
    ])
  })

  test('should be as its handle says, where a description around the handle says nothing else', () => {
    const handle = Stores.keyValueStore('h', { key: Serdes.string, value: Serdes.long, engine: 'lmdb' })
    const store = new MaterializedStore<string, number>({ store: handle, caching: true })
    expect([store.storeName, store.supplier?.engine, store.caching, store.valueSerde]).toEqual(['h', 'lmdb', true, Serdes.long])
  })

  test('should not be asked for by a name of the node alone', () => {
    expect([describesStore({ name: 'n' }), describesStore({}), describesStore({ name: 'n', caching: false })]).toEqual([false, true, true])
    expect(materializeIfAsked({ name: 'n' })).toBeUndefined()
  })

  test('should refuse a name that could not be part of a topic name', () => {
    expect(() => new MaterializedStore({ store: 'a b' })).toThrow('illegal')
  })
})
