import type { ClusterAdmin } from '../../lib/client/types.ts'
import { partitionKey } from '../../lib/core/topic-partition.ts'
import { localChangelogs, partitionLags } from '../../lib/runtime/partition-lags.ts'
import type { StreamThread } from '../../lib/runtime/stream-thread.ts'

/** A thread with one task of one store, as far as lags can see it. */
const threadOf = (partition: number, isRunning: boolean, offset: number | undefined): StreamThread => {
  const changelog = { topic: 'app-counts-changelog', partition, storeName: 'counts', offset }
  return { tasks: [{ isRunning, task: { changelogPartitions: () => [changelog] } }], standbyTasks: [] } as unknown as StreamThread
}

const adminWithEnds = (ends: readonly number[]): ClusterAdmin =>
  ({
    listOffsets: async (partitions: readonly { topic: string; partition: number }[]) =>
      new Map(partitions.map(({ topic, partition }) => [partitionKey(topic, partition), { offset: ends[partition] }])),
  }) as unknown as ClusterAdmin

test('Lags should be those of the changelogs while stores are restored, and none for tasks that run', async () => {
  const threads = [threadOf(0, true, 3), threadOf(1, false, 40), threadOf(2, false, undefined)]
  const lags = await partitionLags(threads.flatMap(localChangelogs), adminWithEnds([100, 50, 20]))
  expect([...lags.keys()]).toEqual(['counts'])
  expect([...lags.get('counts')!]).toEqual([
    [0, { currentOffsetPosition: 100, endOffsetPosition: 100, offsetLag: 0 }],
    [1, { currentOffsetPosition: 40, endOffsetPosition: 50, offsetLag: 10 }],
    [2, { currentOffsetPosition: 0, endOffsetPosition: 20, offsetLag: 20 }],
  ])
})

test('Lags should be empty, without asking the cluster, when nothing has a changelog', async () => {
  expect(await partitionLags([], {} as ClusterAdmin)).toEqual(new Map())
})
