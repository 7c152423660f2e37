import * as fc from 'fast-check'
import { assignors } from '../../../../lib/broker/groups/consumer/assignor.ts'
import type { AssigneeSpec, AssignmentSpec } from '../../../../lib/broker/groups/consumer/assignor.ts'
import type { TopicPartitions } from '../../../../lib/broker/groups/consumer/topic-partitions.ts'

type Assignment = ReadonlyMap<string, TopicPartitions>

const TOPICS = ['a', 'b', 'c']
const NOTHING: TopicPartitions = new Map()

const assign = (name: string, spec: AssignmentSpec): Assignment => assignors.get(name)!(spec)

const sizes = (assigned: Assignment): number[] => [...assigned.values()].map((topics) => [...topics.values()].reduce((sum, { size }) => sum + size, 0))

const flat = (of: TopicPartitions): string[] => [...of].flatMap(([topic, partitions]) => [...partitions].map((partition) => `${topic}/${partition}`))

const show = (assigned: Assignment): Record<string, string> => Object.fromEntries([...assigned].map(([id, topics]) => [id, flat(topics).sort().join(' ')]))

const member = (topics: readonly string[], current: TopicPartitions = NOTHING, instanceId?: string): AssigneeSpec => ({ instanceId, topics: new Set(topics), current })

const alike = (ids: readonly string[], topics: readonly string[], previous?: Assignment): AssignmentSpec['members'] =>
  new Map(ids.map((id) => [id, member(topics, previous?.get(id))]))

/** Members come, go and change what they want; topics have so many partitions. */
interface Step {
  readonly partitions: readonly number[]
  readonly wishes: Readonly<Record<string, readonly string[]>>
}

const wishes = fc.dictionary(fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'), fc.uniqueArray(fc.constantFrom(...TOPICS)), { minKeys: 1 })
const steps = fc.array(fc.record<Step>({ partitions: fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)), wishes }), { minLength: 1, maxLength: 6 })

const specOf = ({ partitions, wishes: wanted }: Step, previous: Assignment): AssignmentSpec => {
  const members = new Map(Object.entries(wanted).map(([id, topics]) => [id, member(topics, previous.get(id))]))
  const read = TOPICS.filter((topic) => Object.values(wanted).some((topics) => topics.includes(topic)))
  return { members, partitions: new Map(read.map((topic) => [topic, partitions[TOPICS.indexOf(topic)]!])) }
}

describe.each(['uniform', 'range'])('the %s assignor', (name) => {
  test('should give every partition that somebody wants to one member that wants it, whatever came before', () => {
    fc.assert(fc.property(steps, (all) => {
      let previous: Assignment = new Map()
      for (const step of all) {
        const spec = specOf(step, previous)
        previous = assign(name, spec)
        const given = [...previous].flatMap(([, topics]) => flat(topics))
        const wanted = [...spec.partitions].flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => `${topic}/${partition}`))
        expect([...given].sort()).toEqual(wanted.sort())
        for (const [id, topics] of previous) for (const topic of topics.keys()) expect(spec.members.get(id)!.topics.has(topic)).toBe(true)
      }
    }))
  })
})

describe('the uniform assignor', () => {
  test('should deal partitions out in turn', () => {
    expect(show(assign('uniform', { members: alike(['m1', 'm2'], ['a']), partitions: new Map([['a', 4]]) }))).toEqual({ m1: 'a/0 a/2', m2: 'a/1 a/3' })
  })

  test('should stay within one partition when all want the same topics', () => {
    fc.assert(fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }), fc.nat(12), fc.nat(12), (comings, a, b) => {
      let previous: Assignment = new Map()
      for (const count of comings) {
        const ids = Array.from({ length: count + 1 }, (_, i) => `m${i}`)
        previous = assign('uniform', { members: alike(ids, ['a', 'b'], previous), partitions: new Map([['a', a], ['b', b]]) })
        const counts = sizes(previous)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }
    }))
  })

  test('should move no more partitions than a member that comes or goes makes necessary', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(24), fc.boolean(), (count, partitions, comes) => {
      const ids = Array.from({ length: count + 1 }, (_, i) => `m${i}`)
      const [before, after] = comes ? [ids.slice(1), ids] : [ids, ids.slice(1)]
      const topics = new Map([['a', partitions]])
      const first = assign('uniform', { members: alike(before, ['a']), partitions: topics })
      const second = assign('uniform', { members: alike(after, ['a'], first), partitions: topics })
      const moved = ids.slice(1).flatMap((id) => flat(first.get(id)!).filter((partition) => !flat(second.get(id)!).includes(partition))).length
      expect(moved).toBe(comes ? flat(second.get('m0')!).length : 0)
    }))
  })

  test('should leave no partition with a member that has two more than another that wants it, when wishes differ', () => {
    fc.assert(fc.property(steps, (all) => {
      let previous: Assignment = new Map()
      for (const step of all) {
        const spec = specOf(step, previous)
        previous = assign('uniform', spec)
        const counts = new Map([...previous].map(([id, topics]) => [id, flat(topics).length]))
        for (const [id, topics] of previous) {
          for (const topic of topics.keys()) {
            for (const [other, { topics: wanted }] of spec.members) if (wanted.has(topic)) expect(counts.get(id)! - counts.get(other)!).toBeLessThanOrEqual(1)
          }
        }
      }
    }))
  })

  test('should change nothing when nothing changed', () => {
    fc.assert(fc.property(steps, ([step]) => {
      const first = assign('uniform', specOf(step!, new Map()))
      expect(show(assign('uniform', specOf(step!, first)))).toEqual(show(first))
    }))
  })
})

describe('the range assignor', () => {
  test('should give equal ranges of all topics to the same member, the longer ones to the first', () => {
    const assigned = assign('range', { members: alike(['m2', 'm1'], ['a', 'b']), partitions: new Map([['a', 3], ['b', 3]]) })
    expect(show(assigned)).toEqual({ m1: 'a/0 a/1 b/0 b/1', m2: 'a/2 b/2' })
  })

  test('should take static members first, by their instance ids', () => {
    const members = new Map([['m1', member(['a'])], ['m2', member(['a'], NOTHING, 'i2')], ['m3', member(['a'], NOTHING, 'i1')]])
    expect(show(assign('range', { members, partitions: new Map([['a', 3]]) }))).toEqual({ m1: 'a/2', m2: 'a/1', m3: 'a/0' })
  })
})
