import * as fc from 'fast-check'
import { NOTHING_HELD } from '../../../../lib/broker/groups/consumer/consumer-member.ts'
import { reconcile } from '../../../../lib/broker/groups/consumer/reconciliation.ts'
import type { Holding } from '../../../../lib/broker/groups/consumer/reconciliation.ts'
import { fromLists, has, toLists } from '../../../../lib/broker/groups/consumer/topic-partitions.ts'
import type { TopicPartitions } from '../../../../lib/broker/groups/consumer/topic-partitions.ts'

const partitions = (...of: number[]): TopicPartitions => (of.length === 0 ? new Map() : fromLists([{ topicId: 't', partitions: of }]))
const held = (holding: Holding): number[] => toLists(holding.assigned).flatMap((list) => list.partitions)
const always = (): boolean => true
const never = (): boolean => false

const step = (holding: Holding, epoch: number, target: TopicPartitions, owned?: TopicPartitions, isFree: (topicId: string, partition: number) => boolean = always): Holding =>
  reconcile(holding, { epoch, partitions: target }, owned, isFree, always)

describe('a member on its way to its target', () => {
  const two = step(NOTHING_HELD, 1, partitions(0, 1), partitions())

  test('should get what is free at once', () => {
    expect(two).toMatchObject({ epoch: 1, previousEpoch: 0, state: 'stable' })
    expect(held(two)).toEqual([0, 1])
  })

  test('should keep its epoch until it has given up what it must', () => {
    const asked = step(two, 2, partitions(0, 2))
    expect(asked).toMatchObject({ epoch: 1, state: 'unrevoked' })
    expect(held(asked)).toEqual([0])
    expect(step(asked, 2, partitions(0, 2), partitions(0, 1))).toBe(asked)
    expect(step(asked, 2, partitions(0, 2))).toBe(asked)
    const given = step(asked, 2, partitions(0, 2), partitions(0))
    expect(given).toMatchObject({ epoch: 2, previousEpoch: 1, state: 'stable' })
    expect(held(given)).toEqual([0, 2])
  })

  test('should wait in its new epoch for what others hold', () => {
    const waiting = step(two, 2, partitions(0, 1, 2), partitions(0, 1), never)
    expect(waiting).toMatchObject({ epoch: 2, state: 'unreleased' })
    expect(step(waiting, 2, partitions(0, 1, 2), undefined, always)).toMatchObject({ epoch: 2, state: 'stable' })
  })

  test('should remember in which epoch it got each partition', () => {
    const more = step(two, 5, partitions(1, 2), partitions(1))
    expect([...more.assigned.get('t')!]).toEqual([[1, 1], [2, 5]])
  })

  test('should lose what it has unsubscribed from before there is a new target', () => {
    const less = reconcile(two, { epoch: 1, partitions: partitions(0, 1) }, undefined, always, never)
    expect(less).toMatchObject({ epoch: 1, state: 'unrevoked' })
    expect(held(less)).toEqual([])
  })
})

/** Clients that do as they are told, late or not at all, and a coordinator that changes its mind. */
describe('members of a group', () => {
  const IDS = ['m1', 'm2', 'm3']
  const event = fc.oneof(
    fc.record({ what: fc.constant('target' as const), owners: fc.array(fc.constantFrom(...IDS), { minLength: 4, maxLength: 4 }) }),
    fc.record({ what: fc.constantFrom('obey' as const, 'beat' as const), id: fc.constantFrom(...IDS) }),
  )

  test('should never read the same partition at a time, and come to rest on their targets', () => {
    fc.assert(fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const holdings = new Map(IDS.map((id) => [id, NOTHING_HELD]))
      /** What each client really reads. */
      const reads = new Map(IDS.map((id) => [id, new Set<number>()]))
      let epoch = 1
      let owners = ['m1', 'm1', 'm1', 'm1']
      const beat = (id: string): void => {
        const target = partitions(...owners.flatMap((owner, partition) => (owner === id ? [partition] : [])))
        const isFree = (topicId: string, partition: number): boolean =>
          IDS.every((other) => other === id || (!has(holdings.get(other)!.assigned, topicId, partition) && !has(holdings.get(other)!.revoking, topicId, partition)))
        const after = step(holdings.get(id)!, epoch, target, partitions(...reads.get(id)!), isFree)
        holdings.set(id, after)
        for (const partition of held(after)) reads.get(id)!.add(partition)
        const all = IDS.flatMap((other) => [...reads.get(other)!])
        expect(new Set(all).size).toBe(all.length)
      }
      const obey = (id: string): void => {
        reads.set(id, new Set(held(holdings.get(id)!)))
      }
      for (const one of events) {
        if (one.what === 'target') {
          owners = one.owners
          epoch++
        } else if (one.what === 'beat') {
          beat(one.id)
        } else {
          obey(one.id)
        }
      }
      for (let round = 0; round < 4; round++) {
        for (const id of IDS) {
          beat(id)
          obey(id)
        }
      }
      for (const [partition, owner] of owners.entries()) expect(reads.get(owner)!.has(partition)).toBe(true)
      for (const holding of holdings.values()) expect(holding).toMatchObject({ epoch, state: 'stable' })
    }))
  })
})
