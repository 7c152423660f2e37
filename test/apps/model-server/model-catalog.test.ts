import fc from 'fast-check'
import type { LoadModel } from '../../../apps/model-server/model-catalog.ts'
import { arrivalAt, bytesOf, HeldLoads, loadTimesAlcohol, notingCatalog, timesAlcohol } from '../helpers/fake-models.ts'

describe('ModelCatalog', () => {
  test('should have no model before one arrives', async () => {
    const { catalog } = notingCatalog()
    await catalog.settled('wine')
    expect(catalog.latest('wine')).toBeUndefined()
  })

  test('should have the model that arrived, complete with its bytes, when it is loaded', async () => {
    const { catalog } = notingCatalog()
    catalog.arrive(bytesOf(timesAlcohol('a', 2)), arrivalAt(1))
    await catalog.settled('wine')
    const { stored, model } = catalog.latest('wine')!
    expect(stored).toMatchObject({ name: 'a', description: '2 times the alcohol', dataType: 'wine', arrival: arrivalAt(1) })
    expect(Buffer.from(stored.descriptor, 'base64')).toEqual(bytesOf(timesAlcohol('a', 2)))
    expect(model.score({ alcohol: 4 }).value).toBe(8)
  })

  test('should go on with the older model while a newer one is being loaded', async () => {
    const loads = new HeldLoads()
    const { catalog } = notingCatalog(loads.load)
    catalog.arrive(bytesOf(timesAlcohol('a', 1)), arrivalAt(1))
    await loads.release('a')
    catalog.arrive(bytesOf(timesAlcohol('b', 2)), arrivalAt(2))
    await loads.begun('b')
    expect(loads.started).toEqual(['a', 'b'])
    expect(catalog.latest('wine')?.stored.name).toBe('a')
    await loads.release('b')
    expect(catalog.latest('wine')?.stored.name).toBe('b')
  })

  test('should end with the newest arrival in whatever order loads end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(['1', '2', '3', '4'], { minLength: 4 }), async (order) => {
        const loads = new HeldLoads()
        const { catalog } = notingCatalog(loads.load)
        for (const name of ['1', '2', '3', '4']) catalog.arrive(bytesOf(timesAlcohol(name, 1)), arrivalAt(Number(name)))
        await loads.begun('4')
        let newest = '0'
        for (const name of order) {
          await loads.release(name)
          newest = name > newest ? name : newest
          expect(catalog.latest('wine')?.stored.name).toBe(newest)
        }
      }),
      { numRuns: 24 },
    )
  })

  test('should put arrivals of all partitions in one order by time when they are read in another', async () => {
    const { catalog } = notingCatalog()
    catalog.arrive(bytesOf(timesAlcohol('newer', 2)), arrivalAt(20, 1, 0))
    await catalog.settled('wine')
    catalog.arrive(bytesOf(timesAlcohol('older', 1)), arrivalAt(10, 0, 7))
    await catalog.settled('wine')
    expect(catalog.latest('wine')?.stored.name).toBe('newer')
  })

  test('should reject a model that cannot be loaded, with the reason, and keep the one before', async () => {
    const { catalog, rejected } = notingCatalog()
    catalog.arrive(bytesOf(timesAlcohol('good', 1)), arrivalAt(1))
    catalog.arrive(bytesOf(timesAlcohol('bad', 'broken')), arrivalAt(2))
    await catalog.settled('wine')
    expect(catalog.latest('wine')?.stored.name).toBe('good')
    expect(rejected).toEqual([{ arrival: arrivalAt(2), name: 'bad', reason: 'bad is no number' }])
  })

  test.each([
    ['bytes that are no descriptor', Buffer.from('no descriptor'), /not a model descriptor/],
    ['no bytes', undefined, /0 bytes/],
  ])('should reject %s', async (_what, bytes, reason) => {
    const { catalog, rejected } = notingCatalog()
    catalog.arrive(bytes, arrivalAt(1))
    expect(rejected).toMatchObject([{ name: 'unknown', reason: expect.stringMatching(reason) as string }])
  })

  test('should not let a slow load hold up the models after it', async () => {
    const loads = new HeldLoads()
    const { catalog } = notingCatalog(loads.load)
    catalog.arrive(bytesOf(timesAlcohol('slow', 1)), arrivalAt(1))
    catalog.arrive(bytesOf(timesAlcohol('fast', 2)), arrivalAt(2))
    await loads.release('fast')
    expect(catalog.latest('wine')?.stored.name).toBe('fast')
    await loads.release('slow')
    expect(catalog.latest('wine')?.stored.name).toBe('fast')
  })

  test('should keep data types apart', async () => {
    const { catalog } = notingCatalog()
    catalog.arrive(bytesOf(timesAlcohol('red', 1)), arrivalAt(1))
    catalog.arrive(bytesOf(timesAlcohol('lager', 2, 'beer')), arrivalAt(2))
    await catalog.settled('wine')
    await catalog.settled('beer')
    expect(catalog.latest('wine')?.stored.name).toBe('red')
    expect(catalog.latest('beer')?.stored.name).toBe('lager')
  })

  test('should load only the newest models when it starts on a topic with a long history', async () => {
    const loaded: string[] = []
    const load: LoadModel = (descriptor, signal) => {
      loaded.push(descriptor.name)
      return loadTimesAlcohol(descriptor, signal)
    }
    const { catalog, passedOver } = notingCatalog(load, 50)
    // As they come: a chunk of the topic in each turn of the event loop.
    for (let i = 0; i < 1000; i++) {
      catalog.arrive(bytesOf(timesAlcohol(`m${i}`, i)), arrivalAt(i))
      if (i % 100 === 0) await new Promise(setImmediate)
    }
    await catalog.settled('wine')
    expect(catalog.latest('wine')?.stored.name).toBe('m999')
    expect(loaded.length).toBeLessThanOrEqual(12)
    expect(passedOver).toEqual([1000 - loaded.length])
  })

  describe('restore', () => {
    const stored = (name: string, factor: number | 'broken', timestamp: number) => ({
      arrival: arrivalAt(timestamp),
      name,
      description: '',
      dataType: 'wine',
      descriptor: bytesOf(timesAlcohol(name, factor)).toString('base64'),
    })

    test('should share the model of the catalog when the state has the same', async () => {
      const { catalog } = notingCatalog()
      catalog.arrive(bytesOf(timesAlcohol('a', 3)), arrivalAt(1))
      await catalog.settled('wine')
      expect(await catalog.restore(stored('a', 3, 1))).toBe(catalog.latest('wine')?.model)
    })

    test('should load what the state holds when what was referred to has changed since', async () => {
      const { catalog } = notingCatalog()
      catalog.arrive(bytesOf(timesAlcohol('a', 4)), arrivalAt(1))
      await catalog.settled('wine')
      expect((await catalog.restore(stored('a', 3, 1))).score({ alcohol: 1 }).value).toBe(3)
    })

    test('should offer a model that the topic no longer has to the other tasks', async () => {
      const { catalog } = notingCatalog()
      await catalog.restore(stored('a', 3, 1))
      expect(catalog.latest('wine')?.stored.name).toBe('a')
    })

    test('should not put a model from the state before a newer one', async () => {
      const { catalog } = notingCatalog()
      catalog.arrive(bytesOf(timesAlcohol('b', 4)), arrivalAt(2))
      await catalog.settled('wine')
      await catalog.restore(stored('a', 3, 1))
      expect(catalog.latest('wine')?.stored.name).toBe('b')
    })

    test('should fail when the model cannot be loaded', async () => {
      const { catalog } = notingCatalog()
      await expect(catalog.restore(stored('a', 'broken', 1))).rejects.toThrow('a is no number')
    })
  })

  describe('close', () => {
    test('should end loads without calling their models rejected', async () => {
      const loads = new HeldLoads()
      const { catalog, rejected } = notingCatalog(loads.load)
      catalog.arrive(bytesOf(timesAlcohol('slow', 1)), arrivalAt(1))
      await loads.begun('slow')
      const settled = expect(catalog.settled('wine')).rejects.toThrow('the server stops')
      catalog.close()
      await settled
      expect(rejected).toEqual([])
      expect(catalog.isClosed).toBe(true)
    })
  })
})
