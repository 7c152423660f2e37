import { nearestName } from '../../../topology/internals/nearest-name.ts'

test('nearestName should find the name with the fewest changes when none matches', () => {
  expect(nearestName('comit.interval.ms', ['client.id', 'commit.interval.ms', 'poll.ms'])).toBe('commit.interval.ms')
})

test('nearestName should ignore case when names differ only in it', () => {
  expect(nearestName('statedir', ['stateDir', 'clientId'])).toBe('stateDir')
})

test('nearestName should find nothing when there are no names', () => {
  expect(nearestName('x', [])).toBeUndefined()
})
