import * as fc from 'fast-check'
import { NO_TASKS, assignTasks } from '../../../../lib/broker/groups/streams/task-assignor.ts'
import type { TaskSpec, Tasks } from '../../../../lib/broker/groups/streams/task-assignor.ts'
import type { TopicPartitions } from '../../../../lib/broker/groups/consumer/topic-partitions.ts'

const flat = (tasks: TopicPartitions): string[] => [...tasks].flatMap(([id, partitions]) => [...partitions].map((partition) => `${id}_${partition}`)).sort()

const spec = (members: Readonly<Record<string, string>>, standbyReplicas = 0, previous: ReadonlyMap<string, Tasks> = new Map()): TaskSpec => ({
  members: new Map(Object.entries(members).map(([id, processId]) => [id, { processId, current: previous.get(id) ?? NO_TASKS }])),
  subtopologies: [{ id: '0', tasks: 3, stateful: true }, { id: '1', tasks: 3, stateful: false }],
  standbyReplicas,
})

const processes = fc.dictionary(fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'), fc.constantFrom('p1', 'p2', 'p3'), { minKeys: 1 })

describe('the assignor of tasks', () => {
  test('should spread the tasks of every subtopology over the members', () => {
    const assigned = assignTasks(spec({ m1: 'p1', m2: 'p2', m3: 'p3' }))
    expect([...assigned.values()].map(({ active }) => flat(active))).toEqual([['0_0', '1_0'], ['0_1', '1_1'], ['0_2', '1_2']])
  })

  test('should give every task to one member, within one of each other, and standbys to processes that have nothing of it', () => {
    fc.assert(fc.property(fc.array(processes, { minLength: 1, maxLength: 6 }), fc.nat(2), (steps, replicas) => {
      let previous: ReadonlyMap<string, Tasks> = new Map()
      for (const members of steps) {
        previous = assignTasks(spec(members, replicas, previous))
        const counts = [...previous.values()].map(({ active }) => flat(active).length)
        expect([...previous.values()].flatMap(({ active }) => flat(active)).sort()).toEqual(['0_0', '0_1', '0_2', '1_0', '1_1', '1_2'])
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        const held = new Map<string, string[]>()
        for (const [id, { active, standby }] of previous) {
          const process = members[id]!
          held.set(process, [...(held.get(process) ?? []), ...flat(active), ...flat(standby)])
          for (const task of flat(standby)) expect(task.startsWith('0_')).toBe(true)
        }
        for (const tasks of held.values()) expect(new Set(tasks).size).toBe(tasks.length)
        const copies = Math.min(replicas, held.size - 1)
        expect([...previous.values()].flatMap(({ standby }) => flat(standby))).toHaveLength(3 * copies)
      }
    }))
  })

  test('should leave everything where it is when nothing changed', () => {
    fc.assert(fc.property(processes, fc.nat(1), (members, replicas) => {
      const first = assignTasks(spec(members, replicas))
      const again = assignTasks(spec(members, replicas, first))
      for (const [id, { active }] of first) expect(flat(again.get(id)!.active)).toEqual(flat(active))
    }))
  })

  test('should let a standby take over the task it followed', () => {
    const first = assignTasks(spec({ m1: 'p1', m2: 'p2' }, 1))
    const followed = flat(first.get('m2')!.standby)
    const after = assignTasks(spec({ m2: 'p2', m3: 'p3' }, 1, first))
    const kept = flat(first.get('m2')!.active)
    expect(flat(after.get('m2')!.active)).toHaveLength(3)
    expect(flat(after.get('m2')!.active)).toEqual(kept)
    expect(followed.length).toBeGreaterThan(0)
    expect(flat(after.get('m2')!.standby)).toEqual(expect.arrayContaining(followed))
  })
})
