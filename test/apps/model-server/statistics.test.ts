import fc from 'fast-check'
import type { Statistics } from '../../../apps/model-server/statistics.ts'
import { combined, compareArrivals, freshStatistics, noModel, withScore } from '../../../apps/model-server/statistics.ts'
import { arrivalAt } from '../helpers/fake-models.ts'

const model = (name: string, timestamp: number) => ({ dataType: 'wine', arrival: arrivalAt(timestamp), name, description: `about ${name}` })

const served = (name: string, timestamp: number, durations: readonly number[], since = timestamp + 1): Statistics =>
  durations.reduce(withScore, freshStatistics(model(name, timestamp), since))

const durations = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 30 })

describe('withScore', () => {
  test('should count, sum and keep the extremes of any durations', () => {
    fc.assert(
      fc.property(durations, (times) => {
        const statistics = served('a', 1, times)
        expect(statistics.usage).toBe(times.length)
        expect(statistics.duration).toBeCloseTo(times.reduce((sum, time) => sum + time, 0), 6)
        expect(statistics.min).toBe(times.length === 0 ? 0 : Math.min(...times))
        expect(statistics.max).toBe(times.length === 0 ? 0 : Math.max(...times))
      }),
    )
  })

  test('should leave the statistics before it as they were', () => {
    const before = served('a', 1, [3])
    withScore(before, 5)
    expect(before).toMatchObject({ usage: 1, duration: 3, min: 3, max: 3 })
  })
})

describe('combined', () => {
  test('should answer None and zeros when no model is in service anywhere', () => {
    expect(combined([])).toEqual({ name: 'None', description: 'None', since: 0, usage: 0, duration: 0, min: 0, max: 0 })
    expect(combined([])).toBe(noModel)
  })

  test('should be the same however the records are spread over partitions, and in whatever order these answer', () => {
    fc.assert(
      fc.property(durations, fc.array(fc.nat(3), { minLength: 30, maxLength: 30 }), fc.nat(), (times, where, turns) => {
        const parts = [0, 1, 2, 3].map((partition) => served('a', 1, times.filter((_time, i) => where[i] === partition), 10 + partition))
        const turned = parts.slice(turns % 4).concat(parts.slice(0, turns % 4))
        const whole = served('a', 1, times, 10)
        const answer = combined(turned)
        expect(answer).toMatchObject({ name: 'a', description: 'about a', since: 10, usage: whole.usage, min: whole.min, max: whole.max })
        expect(answer.duration).toBeCloseTo(whole.duration, 6)
      }),
    )
  })

  test('should not take the zeros of a partition without scores for the shortest time', () => {
    expect(combined([served('a', 1, [4, 9]), served('a', 1, [])])).toMatchObject({ usage: 2, min: 4, max: 9 })
  })

  test('should count the newest model only when some partitions have not seen a record since it came', () => {
    expect(combined([served('old', 1, [1, 1, 1]), served('new', 2, [5])])).toMatchObject({ name: 'new', usage: 1, duration: 5 })
  })

  test('should tell two arrivals of the same model apart', () => {
    expect(combined([served('a', 1, [1, 1]), served('a', 2, [7])])).toMatchObject({ name: 'a', usage: 1, duration: 7, since: 3 })
  })
})

describe('compareArrivals', () => {
  const arrivals = fc.record({ timestamp: fc.nat(3), partition: fc.nat(3), offset: fc.nat(3) })

  test('should be a total order by time, then partition, then offset', () => {
    fc.assert(
      fc.property(arrivals, arrivals, arrivals, (a, b, c) => {
        expect(Math.sign(compareArrivals(a, b))).toBe(-Math.sign(compareArrivals(b, a)) + 0)
        if (compareArrivals(a, b) <= 0 && compareArrivals(b, c) <= 0) expect(compareArrivals(a, c)).toBeLessThanOrEqual(0)
        expect(compareArrivals(a, b) === 0).toBe(a.timestamp === b.timestamp && a.partition === b.partition && a.offset === b.offset)
      }),
    )
  })
})
