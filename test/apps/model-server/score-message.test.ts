import { scoreValue, shownScore } from '../../../apps/model-server/score-message.ts'
import type { OutputValue } from '../../../lib/models/index.ts'

test.each<[string, OutputValue, unknown]>([
  ['a number', 5.25, 5.25],
  ['a category that is written as a number', '5', 5],
  ['another category', 'setosa', 'setosa'],
  ['an empty category', '', ''],
  ['a truth value', true, true],
  ['no answer', undefined, null],
  ['several numbers', Float32Array.of(0.5, 0.25), [0.5, 0.25]],
  ['a list', ['1', 'b', undefined], [1, 'b', null]],
])('scoreValue should be what users expect in JSON for %s', (_what, value, expected) => {
  expect(JSON.parse(JSON.stringify(scoreValue(value)))).toEqual(expected)
})

test.each([
  [5.679012345678901, '5.679012346'],
  [5, '5'],
  ['setosa', 'setosa'],
  [null, 'null'],
  [[0.5, 0.25], '[0.5,0.25]'],
])('shownScore should be short for people: %p', (value, shown) => {
  expect(shownScore(value)).toBe(shown)
})
