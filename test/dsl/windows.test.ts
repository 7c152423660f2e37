import type { Windows } from '../../dsl/windows.ts'
import { EmitStrategy, JoinWindows, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows } from '../../dsl/windows.ts'
import { TopologyError } from '../../lib/core/errors.ts'
import { run, text } from './helpers.ts'

/** Windows of a user's own: the odd and the even tens. */
const tens: Windows = {
  size: 10,
  gracePeriodMs: 0,
  windowsFor(timestamp) {
    const start = timestamp - (timestamp % 10)
    return new Map([[start, { start, end: start + 10 }]])
  },
}

describe('windows', () => {
  test.each([
    ['of no size', () => TimeWindows.ofSizeWithNoGrace(0), 'Window size (sizeMs) must be larger than zero. Got: 0 ms'],
    ['of half a millisecond', () => TimeWindows.ofSizeWithNoGrace(0.5), 'The size of a window must be a whole number of ms, but got 0.5'],
    ['with a negative grace period', () => TimeWindows.ofSizeAndGrace(1, -1), 'Grace period must not be negative. Got: -1 ms'],
    ['that do not advance', () => TimeWindows.ofSizeWithNoGrace(10).advanceBy(0), 'but given advancement interval is: 0 ms'],
    ['with gaps between them', () => TimeWindows.ofSizeWithNoGrace(10).advanceBy(11), 'less than window duration which is 10 ms'],
    ['that begin before time', () => UnlimitedWindows.of().startOn(-1), 'Window start time (startMs) cannot be negative.'],
    ['that slide backwards', () => SlidingWindows.ofTimeDifferenceWithNoGrace(-1), 'Window time difference must not be negative.'],
    ['of sessions with a negative gap', () => SessionWindows.ofInactivityGapWithNoGrace(-1), 'Gap time cannot be negative.'],
    ['of joins that end before they begin', () => JoinWindows.ofTimeDifferenceWithNoGrace(1).after(-2), 'must not be negative. Got: before 1 ms, after -2 ms'],
  ])('%s should be refused', (_name, make, message) => {
    expect(make).toThrow(TopologyError)
    expect(make).toThrow(message)
  })

  test.each([
    [0, [0]],
    [3, [0, 3]],
    [9, [0, 3, 6, 9]],
    [10, [3, 6, 9]],
  ])('hopping windows of 10 ms every 3 ms should hold %d in those that start at %j', (timestamp, starts) => {
    const windows = TimeWindows.ofSizeWithNoGrace(10).advanceBy(3)
    expect([...windows.windowsFor(timestamp).keys()]).toEqual(starts)
  })

  test("of one's own should be aggregated like any other", () => {
    const out = run((builder) => {
      builder.stream<string, string>('in', text).groupByKey().windowedBy(tens).reduce((a, b) => a + b)
        .toStream(({ key, window }) => `${key}@${window.start}`).to('out', text)
    }, [['in', 'a', 'x', 12], ['in', 'a', 'y', 18], ['in', 'a', 'z', 20], ['in', 'a', 'late', 19]])
    expect(out).toEqual([['a@10', 'x', 12], ['a@10', 'xy', 18], ['a@20', 'z', 20]])
  })

  test("of one's own should not be sent when they close, which nobody can tell", () => {
    const define = () => run((builder) => {
      builder.stream<string, string>('in', text).groupByKey().windowedBy(tens).emitStrategy(EmitStrategy.onWindowClose()).count()
    }, [])
    expect(define).toThrow('ON_WINDOW_CLOSE strategy is only supported for TimeWindows and SlidingWindows')
  })

  test('should leave a stream as it was when they get another emit strategy', () => {
    const out = run((builder) => {
      const windowed = builder.stream<string, string>('in', text).groupByKey().windowedBy(tens)
      builder.stream<string, string>('other', text).groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(10)).emitStrategy(EmitStrategy.onWindowClose())
      windowed.reduce((a, b) => a + b).toStream(({ key }) => key).to('out', text)
    }, [['in', 'a', 'x', 1]])
    expect(out).toEqual([['a', 'x', 1]])
  })
})
