import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { offsetCommit } from '../protocol/messages/08-offset-commit.ts'
import { offsetFetch } from '../protocol/messages/09-offset-fetch.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import type { Coordinator } from './coordinator.ts'
import { throwIfError } from './kafka-errors.ts'
import { byTopic, splitPartitionKey } from './partitions.ts'
import type { GroupMetadata, OffsetAndMetadata } from './types.ts'

/** The newest versions that name topics and groups one by one. */
const COMMIT_VERSION = 9
const FETCH_VERSION = 7

/** Offsets as requests carry them: by topic. */
export const offsetsByTopic = (offsets: ReadonlyMap<string, OffsetAndMetadata>) =>
  byTopic([...offsets].map(([key, offset]) => ({ ...splitPartitionKey(key), ...offset }))).map(({ topic, entries }) => ({
    name: topic,
    partitions: entries.map(({ partition, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata ?? '',
    })),
  }))

/** One OffsetCommit in the name of a generation. Throws the first partition's error. */
export const commitGroupOffsets = async (
  coordinator: Coordinator,
  group: GroupMetadata,
  offsets: ReadonlyMap<string, OffsetAndMetadata>,
  lane?: number,
): Promise<void> => {
  const body = {
    groupId: group.groupId,
    generationIdOrMemberEpoch: group.generationId,
    memberId: group.memberId,
    groupInstanceId: group.groupInstanceId,
    topics: offsetsByTopic(offsets),
  }
  await coordinator.request(
    offsetCommit,
    body,
    (response) => {
      for (const topic of response.topics) {
        for (const { partitionIndex, errorCode } of topic.partitions) {
          throwIfError(errorCode, `committing the offset of ${partitionKey(topic.name, partitionIndex)} for group ${group.groupId}`)
        }
      }
    },
    { maxVersion: COMMIT_VERSION, lane },
  )
}

/** One OffsetFetch; without `partitions` everything the group has. Partitions without an offset are absent. */
export const fetchGroupOffsets = async (
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[] | undefined,
  requireStable: boolean,
  lane?: number,
): Promise<Map<string, OffsetAndMetadata>> => {
  const topics =
    partitions && byTopic(partitions).map(({ topic, entries }) => ({ name: topic, partitionIndexes: entries.map((entry) => entry.partition) }))
  const response = await coordinator.request(offsetFetch, { groupId, topics, requireStable }, (answer) => checkFetched(groupId, answer), {
    maxVersion: FETCH_VERSION,
    lane,
  })
  const found = new Map<string, OffsetAndMetadata>()
  for (const topic of response.topics) {
    for (const part of topic.partitions) {
      if (part.committedOffset < 0) continue
      found.set(partitionKey(topic.name, part.partitionIndex), {
        offset: part.committedOffset,
        leaderEpoch: part.committedLeaderEpoch < 0 ? undefined : part.committedLeaderEpoch,
        metadata: part.metadata ?? '',
      })
    }
  }
  return found
}

const checkFetched = (groupId: string, response: ResponseOf<typeof offsetFetch>): void => {
  throwIfError(response.errorCode, `fetching the offsets of group ${groupId}`)
  for (const topic of response.topics) {
    for (const { partitionIndex, errorCode } of topic.partitions) {
      throwIfError(errorCode, `fetching the offset of ${partitionKey(topic.name, partitionIndex)} of group ${groupId}`)
    }
  }
}
