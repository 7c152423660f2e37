import type { ClusterAdmin } from '../client/types.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { StreamThread } from './stream-thread.ts'

/** How far a store of this instance is behind the end of its changelog, in offsets. */
export interface LagInfo {
  readonly currentOffsetPosition: number
  readonly endOffsetPosition: number
  readonly offsetLag: number
}

/** A changelog partition of a task, and how far its store is in it. */
export interface LocalChangelog {
  readonly topic: string
  readonly partition: number
  readonly storeName: string
  readonly offset: number | undefined
  /** Of a task that processes: its stores are what the changelog is written from. */
  readonly isRunning: boolean
}

/** The changelogs of all tasks of a thread, standbys too. */
export const localChangelogs = ({ tasks, standbyTasks }: Pick<StreamThread, 'tasks' | 'standbyTasks'>): LocalChangelog[] => [
  ...tasks.flatMap(({ task, isRunning }) => task.changelogPartitions().map((changelog) => ({ ...changelog, isRunning }))),
  ...standbyTasks.flatMap(({ task }) => task.changelogPartitions().map((changelog) => ({ ...changelog, isRunning: false }))),
]

/** By store name and partition. Stores of running tasks have no lag: they write the changelog. */
export const partitionLags = async (
  changelogs: readonly LocalChangelog[],
  admin: ClusterAdmin,
): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> => {
  const ends = changelogs.length === 0 ? new Map() : await admin.listOffsets(changelogs.map(({ topic, partition }) => ({ topic, partition, spec: 'latest' })))
  const lags = new Map<string, Map<number, LagInfo>>()
  for (const { topic, partition, storeName, offset = 0, isRunning } of changelogs) {
    const end: number = ends.get(partitionKey(topic, partition))?.offset ?? 0
    const current = isRunning ? end : offset
    const ofStore = lags.get(storeName) ?? new Map<number, LagInfo>()
    lags.set(storeName, ofStore.set(partition, { currentOffsetPosition: current, endOffsetPosition: end, offsetLag: Math.max(0, end - current) }))
  }
  return lags
}
