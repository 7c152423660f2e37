import type { ClusterAdmin } from '../../client/types.ts'
import { partitionKey } from '../../core/topic-partition.ts'
import type { TaskInfo, TaskTopicPartition } from './task-assignor.ts'

/**
 * By task id: how much there is to read for each task with state. A source topic that is a changelog too counts only as far as the
 * group has committed: further nobody's state can be.
 */
export const endOffsetSums = async (admin: ClusterAdmin, groupId: string, tasks: Iterable<TaskInfo>): Promise<Map<string, number>> => {
  const changelogs = [...tasks]
    .filter(({ isStateful }) => isStateful)
    .map(({ id, topicPartitions }) => ({ id, partitions: topicPartitions.filter(({ isChangelog }) => isChangelog) }))
  const all = changelogs.flatMap(({ partitions }) => partitions)
  const sources = all.filter(({ isSource }) => isSource)
  const [ends, committed] = await Promise.all([
    admin.listOffsets(all.filter(({ isSource }) => !isSource).map(({ topic, partition }) => ({ topic, partition, spec: 'latest' }))),
    sources.length === 0 ? undefined : admin.listGroupOffsets(groupId, sources),
  ])
  const endOf = ({ topic, partition, isSource }: TaskTopicPartition): number =>
    (isSource ? committed : ends)?.get(partitionKey(topic, partition))?.offset ?? 0
  return new Map(changelogs.map(({ id, partitions }) => [id, partitions.reduce((sum, each) => sum + endOf(each), 0)]))
}
