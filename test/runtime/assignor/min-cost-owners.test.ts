import fc from 'fast-check'
import { minCostOwners } from '../../../lib/runtime/assignor/min-cost-owners.ts'
import type { OwnedTask, OwnerLimits } from '../../../lib/runtime/assignor/min-cost-owners.ts'

const scenesOf = (maxTasks: number, maxClients: number) =>
  fc.integer({ min: 1, max: maxClients }).chain((clients) =>
    fc.record({
      clients: fc.constant(clients),
      tasks: fc.array(
        fc.record({
          owner: fc.nat(clients - 1),
          group: fc.nat(2),
          costs: fc.array(fc.nat(4), { minLength: clients, maxLength: clients }),
        }),
        { maxLength: maxTasks },
      ),
    }),
  )

const costOf = (tasks: readonly OwnedTask[], owners: readonly number[]): number =>
  tasks.reduce((sum, { costs }, at) => sum + costs[owners[at]!]!, 0)

const countsOf = (owners: readonly number[], clients: number): number[] =>
  Array.from({ length: clients }, (_, client) => owners.filter((owner) => owner === client).length)

const movesOf = (tasks: readonly OwnedTask[], owners: readonly number[]): number =>
  tasks.filter(({ owner }, at) => owners[at] !== owner).length

const keepsLimits = (tasks: readonly OwnedTask[], owners: readonly number[], clients: number, limits: OwnerLimits): boolean =>
  Array.from({ length: limits.groups }, (_, group) => countsOf(owners.filter((_owner, at) => tasks[at]!.group === group), clients))
    .every((counts, group) => counts.every((count, client) => count <= limits.limitOf(group, client)))

/** All ways to give the tasks out that leave every client its number. */
const everyAnswer = (tasks: readonly OwnedTask[], clients: number): number[][] => {
  const room = countsOf(tasks.map(({ owner }) => owner), clients)
  const answers: number[][] = []
  const extend = (owners: number[]): void => {
    if (owners.length === tasks.length) {
      answers.push(owners)
      return
    }
    room.forEach((left, client) => {
      if (left === 0) return
      room[client] = left - 1
      extend([...owners, client])
      room[client] = left
    })
  }
  extend([])
  return answers
}

const best = (tasks: readonly OwnedTask[], answers: readonly (readonly number[])[]): [cost: number, moves: number] =>
  answers.map((owners): [number, number] => [costOf(tasks, owners), movesOf(tasks, owners)]).sort(([a, x], [b, y]) => a - b || x - y)[0]!

const shareOf = (tasks: readonly OwnedTask[]): OwnerLimits => ({
  groups: 3,
  limitOf: (group, client) =>
    Math.ceil((tasks.filter(({ owner }) => owner === client).length * tasks.filter((task) => task.group === group).length) / Math.max(1, tasks.length)),
})

describe('minCostOwners', () => {
  test('should let two clients swap what the other has cheaper', () => {
    expect(minCostOwners([{ owner: 0, costs: [5, 1] }, { owner: 1, costs: [1, 5] }], 2)).toEqual([1, 0])
  })

  test('should move in a ring when no two clients can swap', () => {
    const tasks = [{ owner: 0, costs: [1, 0, 9] }, { owner: 1, costs: [9, 1, 0] }, { owner: 2, costs: [0, 9, 1] }]
    expect(minCostOwners(tasks, 3)).toEqual([1, 2, 0])
  })

  test('should move nothing when all clients are the same', () => {
    expect(minCostOwners([0, 2, 1, 0].map((owner) => ({ owner, costs: [3, 3, 3] })), 3)).toEqual([0, 2, 1, 0])
  })

  test('should leave every client its number of tasks and not cost more than before', () => {
    fc.assert(
      fc.property(scenesOf(40, 6), ({ tasks, clients }) => {
        const before = tasks.map(({ owner }) => owner)
        const owners = minCostOwners(tasks, clients)
        expect(countsOf(owners, clients)).toEqual(countsOf(before, clients))
        expect(costOf(tasks, owners)).toBeLessThanOrEqual(costOf(tasks, before))
      }),
    )
  })

  test('should cost as little as any way to give the tasks out, with as few moves', () => {
    fc.assert(
      fc.property(scenesOf(6, 4), ({ tasks, clients }) => {
        const owners = minCostOwners(tasks, clients)
        expect([costOf(tasks, owners), movesOf(tasks, owners)]).toEqual(best(tasks, everyAnswer(tasks, clients)))
      }),
    )
  })

  test('should find the cheapest of the ways that keep the limits of groups', () => {
    fc.assert(
      fc.property(scenesOf(6, 3), ({ tasks, clients }) => {
        const limits = shareOf(tasks)
        const owners = minCostOwners(tasks, clients, limits)
        const allowed = everyAnswer(tasks, clients).filter((answer) => keepsLimits(tasks, answer, clients, limits))
        expect(keepsLimits(tasks, owners, clients, limits)).toBe(true)
        expect([costOf(tasks, owners), movesOf(tasks, owners)]).toEqual(best(tasks, allowed))
      }),
    )
  })

  test('should refuse limits that leave no answer', () => {
    expect(() => minCostOwners([{ owner: 0, costs: [1] }], 1, { groups: 1, limitOf: () => 0 })).toThrow('no room for all tasks')
  })
})
