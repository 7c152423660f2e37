import { AutoOffsetReset } from '../../topology/api.ts'

test('AutoOffsetReset should be the words and durations of the options when it is made by its methods', () => {
  expect([AutoOffsetReset.earliest(), AutoOffsetReset.latest(), AutoOffsetReset.none()]).toEqual(['earliest', 'latest', 'none'])
  expect(AutoOffsetReset.byDuration(60_000)).toEqual({ byDurationMs: 60_000 })
})

test('AutoOffsetReset should refuse a negative duration when it is made', () => {
  expect(() => AutoOffsetReset.byDuration(-1)).toThrow('A duration to go back by cannot be negative, but got -1 ms')
})
