import { MockTime } from '../../../lib/core/time.ts'
import { BrokerConfig } from '../../../lib/broker/config/broker-config.ts'
import { FetchPartition } from '../../../lib/broker/fetch/fetch-partition.ts'
import { epochAfter } from '../../../lib/broker/fetch/fetch-session.ts'
import { FetchSessions } from '../../../lib/broker/fetch/fetch-sessions.ts'

const NODE = 0
const SAFE_MS = 120_000

const partitions = (count: number): FetchPartition[] =>
  Array.from({ length: count }, (_, partition) => new FetchPartition('t', '', { partition, fetchOffset: 0 } as FetchPartition['request'], undefined))

const cache = (slots: number): { sessions: FetchSessions; time: MockTime; open: (size: number) => number | undefined } => {
  const time = new MockTime()
  const sessions = new FetchSessions(new BrokerConfig({ 'max.incremental.fetch.session.cache.slots': slots }), time)
  return { sessions, time, open: (size) => sessions.create(NODE, true, partitions(size))?.id }
}

describe('FetchSessions', () => {
  test('should keep no more sessions than there are slots', () => {
    const { open, sessions } = cache(2)
    expect([open(1), open(1), open(1)].map((id) => id !== undefined)).toEqual([true, true, false])
    expect(sessions.size).toBe(2)
    expect(cache(0).open(1)).toBeUndefined()
  })

  test('should put out a session that was not used for two minutes', () => {
    const { open, sessions, time } = cache(2)
    const [idle, busy] = [open(9)!, open(1)!]
    time.advance(SAFE_MS + 1)
    sessions.touch(sessions.get(busy, NODE)!)
    expect(open(1)).toBeDefined()
    expect([sessions.get(idle, NODE), sessions.get(busy, NODE)?.id]).toEqual([undefined, busy])
  })

  test('should let a larger session take the place of the smallest that had its two minutes', () => {
    const { open, sessions, time } = cache(2)
    const [small, large] = [open(2)!, open(5)!]
    time.advance(SAFE_MS + 1)
    for (const id of [small, large]) sessions.touch(sessions.get(id, NODE)!)
    expect(open(2)).toBeUndefined()
    expect(open(3)).toBeDefined()
    expect([sessions.get(small, NODE), sessions.get(large, NODE)?.id]).toEqual([undefined, large])
  })

  test('should know a session only on the broker that it is with', () => {
    const { open, sessions } = cache(2)
    const id = open(1)!
    expect(sessions.get(id, NODE + 1)).toBeUndefined()
    sessions.remove(id, NODE + 1)
    expect(sessions.get(id, NODE)?.id).toBe(id)
  })

  test('should go on with epoch 1 after the last', () => {
    expect([epochAfter(1), epochAfter(2 ** 31 - 1)]).toEqual([2, 1])
  })
})
