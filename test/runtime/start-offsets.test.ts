import type { ClusterAdmin, OffsetSpec } from '../../lib/client/types.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { MockTime } from '../../lib/core/time.ts'
import { StartOffsets } from '../../lib/runtime/start-offsets.ts'
import type { AutoOffsetReset } from '../../topology/api.ts'

const offsetsFor = (policy: AutoOffsetReset, listed: (spec: OffsetSpec) => number): StartOffsets =>
  new StartOffsets({
    admin: {
      listOffsets: async (partitions: readonly { topic: string; partition: number; spec: OffsetSpec }[]) =>
        new Map(partitions.map(({ topic, partition, spec }) => [`${topic}-${partition}`, { offset: listed(spec), timestamp: -1, leaderEpoch: 0 }])),
    } as unknown as ClusterAdmin,
    time: new MockTime(100_000),
    logger: silentLogger,
    resetPolicy: () => policy,
  })

const partitions = [{ topic: 'in', partition: 0 }]

describe('start offsets', () => {
  test('should be the committed ones', async () => {
    const found = await offsetsFor('none', () => -1).find(partitions, new Map([['in-0', { offset: 42 }]]))
    expect(found.get('in-0')).toBe(42)
  })

  test.each<[AutoOffsetReset, number]>([['earliest', 3], ['latest', 9]])('should be the %s when nothing is committed', async (policy, offset) => {
    const found = await offsetsFor(policy, (spec) => (spec === 'earliest' ? 3 : 9)).find(partitions, new Map())
    expect(found.get('in-0')).toBe(offset)
  })

  test('should be where records are as young as asked', async () => {
    const asked: OffsetSpec[] = []
    const offsets = offsetsFor({ byDurationMs: 60_000 }, (spec) => {
      asked.push(spec)
      return 5
    })
    expect((await offsets.find(partitions, new Map())).get('in-0')).toBe(5)
    expect(asked).toEqual([{ timestamp: 40_000 }])
  })

  test('should be the end when no record is that young', async () => {
    const offsets = offsetsFor({ byDurationMs: 60_000 }, (spec) => (spec === 'latest' ? 9 : -1))
    expect((await offsets.find(partitions, new Map())).get('in-0')).toBe(9)
  })

  test('should be an error when the policy is none', async () => {
    await expect(offsetsFor('none', () => 0).find(partitions, new Map())).rejects.toThrow("partition 0 of source topic 'in' has no committed offset")
  })
})
