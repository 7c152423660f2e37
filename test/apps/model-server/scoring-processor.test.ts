import type { LoadModel } from '../../../apps/model-server/model-catalog.ts'
import type { ProducedRecord } from '../../../lib/testing/index.ts'
import { HeldLoads, timesAlcohol, wine } from '../helpers/fake-models.ts'
import { ServerDriver, storeKinds } from '../helpers/server-driver.ts'

const header = (record: ProducedRecord | undefined, key: string): string | undefined => {
  const value = record?.headers.last(key)?.value
  return value == null ? undefined : Buffer.from(value).toString()
}

describe.each(storeKinds)('model server with the %s store', (kind) => {
  let server: ServerDriver
  const open: ServerDriver[] = []
  const started = (load?: LoadModel): ServerDriver => {
    const driver = new ServerDriver(kind, load)
    open.push(driver)
    return driver
  }
  const restarted = (load?: LoadModel): ServerDriver => {
    const driver = server.restarted(load)
    open.push(driver)
    return driver
  }
  beforeEach(() => {
    server = started()
  })
  afterEach(() => {
    for (const driver of open.splice(0)) driver.driver.close()
  })

  describe('before any model', () => {
    test('should drop records with a message', async () => {
      await server.send(wine(9))
      await server.send(wine(10))
      expect(server.lines).toEqual(['No model available - skipping', 'No model available - skipping'])
      expect(server.scores()).toEqual([])
      expect(server.deadLetters()).toEqual([])
    })

    test('should score the first record when the model for it came first but is still being loaded', async () => {
      const loads = new HeldLoads()
      server = started(loads.load)
      server.announceOnly(undefined, 1)
      const published = server.publish(timesAlcohol('a', 2), 2)
      const sent = server.send(wine(10))
      await loads.release('a')
      await published
      await sent
      expect(server.scores()).toMatchObject([{ model: 'a', score: 20, offset: 0 }])
    })
  })

  describe('with a model', () => {
    beforeEach(() => server.publish(timesAlcohol('a', 2), 1))

    test('should write scores with the name of the model, the key and where the record is', async () => {
      await server.send(wine(9), 'bottle 1')
      await server.send(wine(10))
      const [first, second] = server.scores()
      expect(first).toEqual({ model: 'a', score: 18, key: 'bottle 1', dataType: 'wine', duration: expect.any(Number) as number, partition: 0, offset: 0 })
      expect(second).toMatchObject({ score: 20, key: null, offset: 1 })
    })

    test('should print what users of the tutorial know', async () => {
      await server.send(wine(9))
      expect(server.lines).toEqual(['new a', expect.stringMatching(/^Calculated quality - 18 calculated in \d+\.\d{3} ms$/)])
    })

    test('should count each record that is scored', async () => {
      for (let i = 1; i <= 5; i++) await server.send(wine(i))
      const { usage, duration, min, max, name } = server.state.statistics('current', 'wine')!
      expect({ name, usage }).toEqual({ name: 'a', usage: 5 })
      expect(min).toBeLessThanOrEqual(duration / 5)
      expect(max).toBeGreaterThanOrEqual(duration / 5)
      expect(duration).toBeCloseTo(server.scores().reduce((sum, score) => sum + score.duration, 0), 9)
    })

    test('should switch between two records, with fresh statistics', async () => {
      await server.send(wine(1))
      await server.send(wine(2))
      await server.publish(timesAlcohol('b', 3), 2)
      expect(server.state.statistics('current', 'wine')).toMatchObject({ name: 'a', usage: 2 })
      await server.send(wine(3))
      expect(server.scores()).toMatchObject([{ model: 'a', score: 2 }, { model: 'a', score: 4 }, { model: 'b', score: 9 }])
      expect(server.state.statistics('current', 'wine')).toMatchObject({ name: 'b', usage: 1 })
      expect(server.state.model('new', 'wine')).toBeUndefined()
      expect(server.state.statistics('new', 'wine')).toBeUndefined()
    })

    test('should put a model that is ready down as the new one while no record comes', async () => {
      await server.send(wine(1))
      await server.publish(timesAlcohol('b', 3), 2)
      server.driver.advanceWallClockTime(1000)
      expect(server.state.model('new', 'wine')?.name).toBe('b')
      expect(server.state.statistics('new', 'wine')).toMatchObject({ name: 'b', usage: 0 })
      expect(server.state.model('current', 'wine')?.name).toBe('a')
    })

    test('should take the later of two models in a partition though the clock of its sender is behind', async () => {
      await server.publish(timesAlcohol('b', 3), 1000)
      await server.publish(timesAlcohol('c', 4), 500)
      await server.send(wine(3))
      expect(server.scores()).toMatchObject([{ model: 'c' }])
    })

    test('should begin fresh statistics when the same model is published again', async () => {
      await server.send(wine(1))
      await server.publish(timesAlcohol('a', 2), 2)
      await server.send(wine(1))
      expect(server.state.statistics('current', 'wine')).toMatchObject({ name: 'a', usage: 1 })
    })

    test('should go on with the model in service when one cannot be loaded', async () => {
      await server.send(wine(1))
      await server.publish(timesAlcohol('bad', 'broken'), 2)
      await server.send(wine(2))
      expect(server.rejected).toMatchObject([{ name: 'bad', reason: 'bad is no number' }])
      expect(server.scores()).toMatchObject([{ model: 'a' }, { model: 'a', score: 4 }])
      expect(server.state.statistics('current', 'wine')?.usage).toBe(2)
    })

    test('should go on with the model in service while the next one is being loaded', async () => {
      const loads = new HeldLoads()
      server = started(loads.load)
      const first = server.publish(timesAlcohol('a', 2), 1)
      await loads.release('a')
      await first
      await server.send(wine(1))
      const second = server.publish(timesAlcohol('slow', 3), 2)
      await loads.begun('slow')
      await server.send(wine(2))
      await loads.release('slow')
      await second
      await server.send(wine(3))
      expect(server.scores().map(({ model }) => model)).toEqual(['a', 'a', 'slow'])
    })

    test('should serve each data type with its own model', async () => {
      await server.publish(timesAlcohol('lager', 7, 'beer'), 2)
      await server.send(wine(1))
      await server.send(wine(1, 'beer'))
      await server.send(wine(1, 'cider'))
      expect(server.scores()).toMatchObject([{ model: 'a', dataType: 'wine' }, { model: 'lager', dataType: 'beer', score: 7 }])
      expect(server.lines).toContain('No model available - skipping')
    })
  })

  describe('bad records', () => {
    beforeEach(() => server.publish(timesAlcohol('a', 2), 1))

    test.each([
      ['bytes that are no record', Buffer.from([255, 255, 255]), /not a wine record/, 'ModelError'],
      ['a record without a value', undefined, /the record has no value/, 'SerializationError'],
      ['a record without a data type', Buffer.alloc(0), /it has no data type/, 'ModelError'],
    ])('should go to the dead letter topic with the reason: %s', async (_what, bytes, reason, error) => {
      await server.sendBytes(bytes, 'k')
      await server.send(wine(5))
      const [letter, ...others] = server.deadLetters()
      expect(others).toEqual([])
      expect(letter).toMatchObject({ key: Buffer.from('k'), value: bytes })
      expect(header(letter, '__streams.errors.exception')).toBe(error)
      expect(header(letter, '__streams.errors.message')).toMatch(reason)
      expect(header(letter, '__streams.errors.topic')).toBe('models_data')
      expect(header(letter, '__streams.errors.partition')).toBe('0')
      expect(header(letter, '__streams.errors.offset')).toBe('0')
      expect(server.driver.droppedRecordsTotal()).toBe(1)
      expect(server.lines[0]).toMatch(/^Bad record 1 - models_data-0@0 goes to models_dead_letters: /)
      expect(server.scores()).toHaveLength(1)
    })

    test('should go to the dead letter topic when the model cannot score them, and not count as scored', async () => {
      await server.send(wine(1))
      await server.send(wine(0), 'empty')
      await server.send(wine(2))
      const [letter] = server.deadLetters()
      expect(letter?.key).toEqual(Buffer.from('empty'))
      expect(header(letter, '__streams.errors.exception')).toBe('RecordNotScoredError')
      expect(header(letter, '__streams.errors.message')).toBe('model a: there is no alcohol in it')
      expect(header(letter, '__streams.errors.offset')).toBe('1')
      expect(server.driver.droppedRecordsTotal()).toBe(1)
      expect(server.state.statistics('current', 'wine')?.usage).toBe(2)
      expect(server.scores().map(({ score }) => score)).toEqual([2, 4])
    })

    test('should go to the dead letter topic when it is the very first record that cannot be scored', async () => {
      await server.send(wine(0))
      await server.send(wine(2))
      expect(server.deadLetters()).toHaveLength(1)
      expect(server.scores()).toMatchObject([{ score: 4 }])
    })
  })

  describe('after a restart', () => {
    test('should go on with the same model and statistics', async () => {
      await server.publish(timesAlcohol('a', 2), 1)
      await server.send(wine(1))
      await server.send(wine(2))
      const before = server.state.statistics('current', 'wine')!
      const next = restarted()
      await next.publish(timesAlcohol('a', 2), 1)
      await next.send(wine(3))
      expect(next.scores()).toMatchObject([{ model: 'a', score: 6 }])
      const after = next.state.statistics('current', 'wine')!
      expect(after).toMatchObject({ name: 'a', usage: 3, since: before.since })
      expect(after.duration).toBeGreaterThanOrEqual(before.duration)
      expect(next.lines[0]).toBe('restored a')
    })

    test('should go on with the model it had when the topic of models no longer has it', async () => {
      await server.publish(timesAlcohol('a', 2), 1)
      await server.send(wine(1))
      const next = restarted()
      await next.send(wine(3))
      expect(next.scores()).toMatchObject([{ model: 'a', score: 6 }])
    })

    test('should take the new model that was put down before it', async () => {
      await server.publish(timesAlcohol('a', 2), 1)
      await server.send(wine(1))
      await server.publish(timesAlcohol('b', 3), 2)
      server.driver.advanceWallClockTime(1000)
      const next = restarted()
      await next.send(wine(3))
      expect(next.scores()).toMatchObject([{ model: 'b', score: 9 }])
      expect(next.state.statistics('current', 'wine')).toMatchObject({ name: 'b', usage: 1 })
    })

    test('should take a model that was published while it was away', async () => {
      await server.publish(timesAlcohol('a', 2), 1)
      await server.send(wine(1))
      const next = restarted()
      await next.publish(timesAlcohol('a', 2), 1)
      await next.publish(timesAlcohol('b', 3), 2)
      await next.send(wine(3))
      expect(next.scores()).toMatchObject([{ model: 'b', score: 9 }])
    })

    test('should go on without a model, and say so, when the one in the state cannot be loaded any more', async () => {
      await server.publish(timesAlcohol('a', 2), 1)
      await server.send(wine(1))
      const next = restarted(() => Promise.reject(new Error('kinds of models like this are gone')))
      await next.send(wine(3))
      expect(next.lines).toEqual([
        'Model in the state cannot be used any more - a: kinds of models like this are gone',
        'No model available - skipping',
      ])
    })
  })

  test('should change-log its state unless it is the memory store', async () => {
    await server.publish(timesAlcohol('a', 2), 1)
    await server.send(wine(1))
    expect(server.changelog.length > 0).toBe(kind !== 'memory')
  })
})
