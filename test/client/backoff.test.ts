import fc from 'fast-check'
import { backoffMs } from '../../lib/client/backoff.ts'

describe('backoffMs', () => {
  test('should double with every attempt and stop at the longest pause when there is no jitter', () => {
    const middle = (): number => 0.5
    const pauses = [0, 1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, { baseMs: 50, maxMs: 1000 }, middle))
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1000])
  })

  test('should stay within a fifth of its nominal length whatever chance says', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 1000 }), fc.nat(100_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, baseMs, more, chance) => {
        const maxMs = baseMs + more
        const nominal = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
        const pause = backoffMs(attempt, { baseMs, maxMs }, () => chance)
        expect(pause).toBeGreaterThanOrEqual(Math.floor(nominal * 0.8))
        expect(pause).toBeLessThanOrEqual(Math.ceil(nominal * 1.2))
      }),
    )
  })
})
