import { ModelStateStore, ModelStateStoreBuilder, modelStateStoreType } from '../../../apps/model-server/model-state-store.ts'
import { freshStatistics, withScore } from '../../../apps/model-server/statistics.ts'
import type { StateRestoreCallback, StateStore, StateStoreContext } from '../../../lib/index.ts'
import { Headers } from '../../../lib/index.ts'
import { arrivalAt, bytesOf, timesAlcohol, wine } from '../helpers/fake-models.ts'
import { ServerDriver } from '../helpers/server-driver.ts'

const stored = (name: string) => ({
  arrival: arrivalAt(1),
  name,
  description: '',
  dataType: 'wine',
  descriptor: bytesOf(timesAlcohol(name, 2)).toString('base64'),
})
const statistics = (usage: number) =>
  Array.from({ length: usage }).reduce<ReturnType<typeof freshStatistics>>((sum) => withScore(sum, 1), freshStatistics(stored('a'), 5))

/** A store with the changelog that it writes, and its restore callback. */
const opened = () => {
  const changelog: [key: string, value: string | undefined][] = []
  let restore: StateRestoreCallback | undefined
  const store = new ModelStateStoreBuilder('state').build()
  const context = {
    register: (_root: StateStore, callback: StateRestoreCallback) => (restore = callback),
    logChange: (_name: string, key: Uint8Array, value: Uint8Array | undefined) =>
      changelog.push([Buffer.from(key).toString(), value === undefined ? undefined : Buffer.from(value).toString()]),
  } as unknown as StateStoreContext
  store.init(context, store)
  const restored = (records: typeof changelog): void => {
    for (const [key, value] of records) restore!(Buffer.from(key), value === undefined ? undefined : Buffer.from(value), 0, Headers.empty)
  }
  return { store, changelog, restored }
}

describe('ModelStateStore', () => {
  test('should be what it was when it is restored from its changelog', () => {
    const { store, changelog } = opened()
    store.putModel('current', 'wine', stored('a'))
    store.putStatistics('current', 'wine', statistics(3))
    store.putModel('new', 'wine', stored('b'))
    store.putStatistics('new', 'wine', statistics(0))
    store.putModel('current', 'beer', stored('c'))
    store.flushCache()
    const copy = opened()
    copy.restored(changelog)
    for (const slot of ['current', 'new'] as const) {
      for (const dataType of ['wine', 'beer']) {
        expect(copy.store.model(slot, dataType)).toEqual(store.model(slot, dataType))
        expect(copy.store.statistics(slot, dataType)).toEqual(store.statistics(slot, dataType))
      }
    }
  })

  test('should forget what was taken away when it is restored', () => {
    const { store, changelog } = opened()
    store.putModel('new', 'wine', stored('b'))
    store.putStatistics('new', 'wine', statistics(0))
    store.flushCache()
    store.putModel('new', 'wine', undefined)
    store.putStatistics('new', 'wine', undefined)
    store.flushCache()
    const copy = opened()
    copy.restored(changelog)
    expect(copy.store.model('new', 'wine')).toBeUndefined()
    expect(copy.store.statistics('new', 'wine')).toBeUndefined()
    expect(copy.store.currentStatistics()).toEqual([])
  })

  test('should log once a commit what has changed, however often, and the model not with its statistics', () => {
    const { store, changelog } = opened()
    store.putModel('current', 'wine', stored('a'))
    for (let i = 1; i <= 100; i++) store.putStatistics('current', 'wine', statistics(i))
    store.flushCache()
    store.flushCache()
    expect(changelog.map(([key]) => key)).toEqual(['["current","model","wine"]', '["current","statistics","wine"]'])
    expect(JSON.parse(changelog[1]![1]!)).toMatchObject({ usage: 100 })
    store.putStatistics('current', 'wine', statistics(101))
    store.flushCache()
    expect(changelog.slice(2).map(([key]) => key)).toEqual(['["current","statistics","wine"]'])
  })

  test('should be open between init and close', () => {
    const { store } = opened()
    expect(store.isOpen).toBe(true)
    store.close()
    expect(store.isOpen).toBe(false)
  })

  test('should be queryable by its own type over all tasks of an instance', () => {
    const [one, two] = [opened().store, opened().store]
    one.putStatistics('current', 'wine', statistics(1))
    two.putStatistics('current', 'wine', statistics(2))
    expect(modelStateStoreType.accepts(one)).toBe(true)
    const state = modelStateStoreType.create({ stores: () => [one, two] }, 'state')
    expect(state.currentStatistics().map(({ usage }) => usage)).toEqual([1, 2])
  })

  test('should write changelog records of which the last ones restore it, in a running topology', async () => {
    const server = new ServerDriver('custom')
    await server.publish(timesAlcohol('a', 2), 1)
    for (let i = 1; i <= 4; i++) await server.send(wine(i))
    await server.publish(timesAlcohol('b', 2), 2)
    await server.send(wine(5))
    const { store: copy, restored } = opened()
    restored(server.changelog.map(({ key, value }) => [Buffer.from(key!).toString(), value === undefined ? undefined : Buffer.from(value).toString()]))
    expect(copy.model('current', 'wine')?.name).toBe('b')
    expect(copy.currentStatistics()).toEqual(server.customStore.currentStatistics())
    expect(copy).toBeInstanceOf(ModelStateStore)
    server.driver.close()
  })
})
