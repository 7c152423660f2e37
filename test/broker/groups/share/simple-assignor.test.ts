import fc from 'fast-check'
import { shareOut } from '../../../../lib/broker/groups/share/simple-assignor.ts'
import { FakeTopics } from '../../helpers/fake-topics.ts'

test('the assignor of share groups should leave no partition and no member out', () => {
  const members = fc.array(fc.record({ id: fc.string({ minLength: 1 }), topicNames: fc.subarray(['x', 'y']) }), { maxLength: 6, minLength: 1 })
  fc.assert(fc.property(members, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (given, x, y) => {
    const distinct = [...new Map(given.map((one) => [one.id, one])).values()]
    const shares = shareOut(distinct, [...new FakeTopics({ x, y }).all()])
    for (const [topic, count] of [['x', x], ['y', y]] as const) {
      const subscribers = distinct.filter(({ topicNames }) => topicNames.includes(topic))
      const given = subscribers.map(({ id }) => shares.get(id)!.get(topic)!)
      expect(given.every((partitions) => partitions.size > 0)).toBe(true)
      expect(new Set(given.flatMap((partitions) => [...partitions])).size).toBe(subscribers.length === 0 ? 0 : count)
      const sizes = given.map(({ size }) => size)
      if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  }))
})
