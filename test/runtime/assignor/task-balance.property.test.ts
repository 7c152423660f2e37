import fc from 'fast-check'
import { emptyLoads, giveOutActive } from '../../../lib/runtime/assignor/task-balance.ts'
import type { AssignmentClient, ClientLoad } from '../../../lib/runtime/assignor/task-balance.ts'

const client = (id: string, capacity: number, previous: Iterable<string> = [], state: readonly string[] = []): AssignmentClient => ({
  id,
  capacity,
  previousActive: new Set(previous),
  previousState: new Map(state.map((task, at) => [task, at])),
  tags: {},
  rack: undefined,
})

const tasksOf = (count: number, subtopologies = 1): string[] => Array.from({ length: count }, (_, at) => `${at % subtopologies}_${Math.floor(at / subtopologies)}`)

const planned = (tasks: readonly string[], clients: readonly AssignmentClient[]): ClientLoad[] => {
  const loads = emptyLoads(clients)
  giveOutActive(tasks, loads)
  return loads
}

const kept = (loads: readonly ClientLoad[]): number => loads.reduce((sum, { client: { previousActive }, active }) => sum + [...active].filter((id) => previousActive.has(id)).length, 0)
const sizes = (loads: readonly ClientLoad[]): number[] => loads.map(({ active }) => active.size)
const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers)

const scenes = fc.record({
  count: fc.nat(60),
  capacities: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 }),
  owners: fc.array(fc.nat(8), { minLength: 60, maxLength: 60 }),
  holders: fc.array(fc.nat(8), { minLength: 60, maxLength: 60 }),
})

describe('a plan for active tasks', () => {
  const clientsOf = ({ count, capacities, owners, holders }: typeof scenes extends fc.Arbitrary<infer T> ? T : never): AssignmentClient[] => {
    const tasks = tasksOf(count, 3)
    const of = (list: readonly number[], at: number): string[] => tasks.filter((_, n) => list[n] === at)
    return capacities.map((capacity, at) => client(`c${at}`, capacity, of(owners, at), of(holders, at)))
  }

  test('should give every client its part by its threads, rounded down or up, and move as few tasks as that allows', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const tasks = tasksOf(scene.count, 3)
        const loads = planned(tasks, clientsOf(scene))
        expect(loads.flatMap(({ active }) => [...active]).sort()).toEqual([...tasks].sort())
        const threads = scene.capacities.reduce((sum, each) => sum + each, 0)
        const exact = loads.map(({ client: { capacity } }) => (tasks.length * capacity) / threads)
        loads.forEach(({ active }, at) => {
          expect(active.size).toBeGreaterThanOrEqual(Math.floor(exact[at]!))
          expect(active.size).toBeLessThanOrEqual(Math.ceil(exact[at]!))
        })
        const extras = tasks.length - exact.reduce((sum, share) => sum + Math.floor(share), 0)
        const surplus = loads.filter(({ client: { previousActive } }, at) => previousActive.size > Math.floor(exact[at]!) && exact[at]! > Math.floor(exact[at]!)).length
        const possible = loads.reduce((sum, { client: { previousActive } }, at) => sum + Math.min(previousActive.size, Math.floor(exact[at]!)), 0)
        expect(kept(loads)).toBe(possible + Math.min(extras, surplus))
      }),
    )
  })

  test('should spread tasks with and without state, each within one', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 6 }), (stateful, stateless, count) => {
        const loads = emptyLoads(Array.from({ length: count }, (_, at) => client(`c${at}`, 2)))
        giveOutActive(tasksOf(stateful).map((id) => id.replace('0_', '0_')), loads)
        expect(spread(sizes(loads))).toBeLessThanOrEqual(1)
        giveOutActive(tasksOf(stateless).map((id) => id.replace('0_', '1_')), loads)
        expect(spread(sizes(loads))).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('should move to a client that comes just what it gets, and from one that goes just what it had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 7 }), fc.nat(20), (count, clients, changes) => {
        const tasks = tasksOf(count, 2)
        let loads = planned(tasks, Array.from({ length: clients }, (_, at) => client(`c${at}`, 4)))
        const again = (): AssignmentClient[] => loads.map(({ client: { id, capacity }, active }) => client(id, capacity, active))
        for (let step = 0; step <= changes % 5; step++) {
          const joined = planned(tasks, [...again(), client(`n${step}`, 4)])
          const newcomer = joined.find(({ client: { id } }) => id === `n${step}`)!
          expect(kept(joined)).toBe(count - newcomer.active.size)
          loads = joined
          const gone = again()[(changes + step) % loads.length]!
          const left = planned(tasks, again().filter(({ id }) => id !== gone.id))
          expect(kept(left)).toBe(count - gone.previousActive.size)
          loads = left
        }
      }),
    )
  })
})
