import type { TopicPartition } from '../core/topic-partition.ts'
import { leaveGroup } from '../protocol/messages/13-leave-group.ts'
import { describeGroups as describeGroupsApi } from '../protocol/messages/15-describe-groups.ts'
import { listGroups as listGroupsApi } from '../protocol/messages/16-list-groups.ts'
import { deleteGroups as deleteGroupsApi } from '../protocol/messages/42-delete-groups.ts'
import { offsetDelete } from '../protocol/messages/47-offset-delete.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts'
import { throwIfError } from './kafka-errors.ts'
import { byTopic } from './partitions.ts'
import type { GroupDescription, GroupListing, OffsetAndMetadata } from './types.ts'

/** Every broker knows the groups it coordinates. */
export const listGroups = async (cluster: Cluster): Promise<readonly GroupListing[]> => {
  await cluster.connect()
  const lists = await Promise.all(
    cluster.brokers().map(({ nodeId }) =>
      cluster.retrying('listing groups', async () => {
        const response = await cluster.request(nodeId, 'admin', listGroupsApi, {})
        throwIfError(response.errorCode, 'listing groups')
        return response.groups.map(({ groupId, protocolType, groupState }) => ({ groupId, protocolType, state: groupState }))
      }),
    ),
  )
  return lists.flat()
}

/** Describes by a version in which an unknown group is a dead one, not an error. */
const DESCRIBE_VERSION = 5

export const describeGroup = (cluster: Cluster, groupId: string): Promise<GroupDescription> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  return cluster.retrying(`describing group ${groupId}`, async () => {
    const response = await coordinator.request(
      describeGroupsApi,
      { groups: [groupId] },
      (answer) => answer.groups.forEach((group) => throwIfError(group.errorCode, `describing group ${groupId}`)),
      { maxVersion: DESCRIBE_VERSION },
    )
    const { groupState, protocolType, protocolData, members } = response.groups[0]!
    return {
      groupId,
      state: groupState,
      protocolType,
      protocol: protocolData,
      members: members.map(({ memberMetadata, memberAssignment, ...member }) => ({
        ...member,
        metadata: memberMetadata,
        assignment: memberAssignment,
      })),
    }
  })
}

export const deleteGroup = async (cluster: Cluster, groupId: string): Promise<void> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  await cluster.retrying(`deleting group ${groupId}`, () =>
    coordinator.request(deleteGroupsApi, { groupsNames: [groupId] }, (response) =>
      response.results.forEach((result) => throwIfError(result.errorCode, `deleting group ${groupId}`)),
    ),
  )
}

/** Has a member leave the group, as it would by itself: for one that no longer can. */
export const removeGroupMember = async (cluster: Cluster, groupId: string, memberId: string, reason: string): Promise<void> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  const doing = `removing member ${memberId} of group ${groupId}`
  const body = { groupId, memberId, members: [{ memberId, groupInstanceId: undefined, reason }] }
  await cluster.retrying(doing, () => coordinator.request(leaveGroup, body, ({ errorCode }) => throwIfError(errorCode, doing)))
}

export const listGroupOffsets = (cluster: Cluster, groupId: string, partitions?: readonly TopicPartition[]): Promise<Map<string, OffsetAndMetadata>> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  return cluster.retrying(`listing the offsets of group ${groupId}`, () => fetchGroupOffsets(coordinator, groupId, partitions, false))
}

export const alterGroupOffsets = (cluster: Cluster, groupId: string, offsets: ReadonlyMap<string, OffsetAndMetadata>): Promise<void> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  const nobody = { groupId, generationId: -1, memberId: '' }
  return cluster.retrying(`setting the offsets of group ${groupId}`, () => commitGroupOffsets(coordinator, nobody, offsets))
}

export const deleteGroupOffsets = async (cluster: Cluster, groupId: string, partitions: readonly TopicPartition[]): Promise<void> => {
  const coordinator = new Coordinator(cluster, 'group', groupId)
  const doing = `deleting offsets of group ${groupId}`
  const topics = byTopic(partitions).map(({ topic, entries }) => ({
    name: topic,
    partitions: entries.map(({ partition }) => ({ partitionIndex: partition })),
  }))
  await cluster.retrying(doing, () =>
    coordinator.request(offsetDelete, { groupId, topics }, (response) => {
      throwIfError(response.errorCode, doing)
      for (const topic of response.topics) topic.partitions.forEach((part) => throwIfError(part.errorCode, doing))
    }),
  )
}
