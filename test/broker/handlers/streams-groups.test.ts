import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { consumerGroupDescribe, deleteTopics, listGroups, metadata, offsetDelete, streamsGroupDescribe, streamsGroupHeartbeat } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { brokerUnderTest, isRealKafka, uniqueName } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, until } from '../helpers/topics.ts'

let broker: BrokerUnderTest
let client: RawClient

beforeAll(async () => {
  broker = await brokerUnderTest()
  client = await RawClient.connect(broker.address)
})

afterAll(async () => {
  client.close()
  await broker.close()
})

type Rest = Partial<RequestInput<typeof streamsGroupHeartbeat>>

/** A name for a group that this very broker coordinates. */
const newGroup = async (): Promise<string> => {
  for (;;) {
    const name = uniqueName('streams')
    const { groups } = await client.request(streamsGroupDescribe, 0, { groupIds: [name], includeAuthorizedOperations: false })
    if (!isRealKafka || groups[0]!.errorCode === errorCodes.GROUP_ID_NOT_FOUND) return name
  }
}

const beat = (groupId: string, memberId: string, memberEpoch: number, rest: Rest = {}): Promise<ResponseOf<typeof streamsGroupHeartbeat>> =>
  client.request(streamsGroupHeartbeat, 0, { groupId, memberId, memberEpoch, endpointInformationEpoch: -1, ...rest })

const none = { sourceTopics: [], sourceTopicRegex: [], stateChangelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [] }

/** Counts by another key: two subtopologies with a repartition topic between them and a changelog topic. */
const counting = (groupId: string, topic: string, epoch = 0): NonNullable<Rest['topology']> => {
  const repartition = `${groupId}-by-repartition`
  return {
    epoch,
    subtopologies: [
      { ...none, subtopologyId: '0', sourceTopics: [topic], repartitionSinkTopics: [repartition] },
      {
        ...none, subtopologyId: '1', repartitionSourceTopics: [{ name: repartition, partitions: 0, replicationFactor: 0, topicConfigs: [] }],
        stateChangelogTopics: [{ name: `${groupId}-counts-changelog`, partitions: 0, replicationFactor: 0, topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }] }],
      },
    ],
  }
}

const joining: Rest = { rebalanceTimeoutMs: 60_000, activeTasks: [], standbyTasks: [], warmupTasks: [], processId: 'p', clientTags: [], topology: { epoch: 0, subtopologies: [] } }

describe('heartbeats of streams groups', () => {
  test.each<[words: string, request: Rest, message: string]>([
    ['has no member id', { memberId: '' }, "MemberId can't be empty."],
    ['has no group id', { groupId: '' }, "GroupId can't be empty."],
    ['is static', { ...joining, instanceId: 'i' }, 'Static membership is not yet supported.'],
    ['has an empty rack', { ...joining, rackId: '' }, "RackId can't be empty."],
    ['joins without a rebalance time-out', { ...joining, rebalanceTimeoutMs: -1 }, 'RebalanceTimeoutMs must be provided in first request.'],
    ['joins with active tasks', { ...joining, activeTasks: [{ subtopologyId: '0', partitions: [0] }] }, 'ActiveTasks must be empty when (re-)joining.'],
    ['joins without standby tasks', { ...joining, standbyTasks: undefined }, 'StandbyTasks must be empty when (re-)joining.'],
    ['joins without warm-up tasks', { ...joining, warmupTasks: undefined }, 'WarmupTasks must be empty when (re-)joining.'],
    ['joins without a topology', { ...joining, topology: undefined }, 'Topology must be non-null when (re-)joining.'],
    ['brings a topology later', { memberEpoch: 3, topology: { epoch: 0, subtopologies: [] } }, 'Topology can only be provided when (re-)joining.'],
    ['says only some of its tasks', { memberEpoch: 3, activeTasks: [] }, 'If one task-type is non-null, all must be non-null.'],
    ['has an impossible epoch', { memberEpoch: -3 }, 'MemberEpoch is -3, but must be greater than or equal to -2.'],
  ])('should be refused when the member %s', async (_words, request, errorMessage) => {
    expect(await beat(await newGroup(), 'm', 0, request)).toMatchObject({ errorCode: errorCodes.INVALID_REQUEST, errorMessage })
  })
})

describe('a streams group', () => {
  test('should make the internal topics of its application, and give its tasks out', async () => {
    const groupId = await newGroup()
    const topic = await createTopic(client, 3)
    let answer = await beat(groupId, 'm', 0, { ...joining, topology: counting(groupId, topic.name) })
    let tasks = answer.activeTasks
    await until(async () => {
      if ((tasks?.length ?? 0) > 0) return true
      answer = await beat(groupId, 'm', answer.memberEpoch)
      expect(answer.errorCode).toBe(errorCodes.NONE)
      tasks = answer.activeTasks ?? tasks
      return false
    })
    expect([...tasks!].sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))).toEqual([{ subtopologyId: '0', partitions: [0, 1, 2] }, { subtopologyId: '1', partitions: [0, 1, 2] }])
    const internal = [`${groupId}-by-repartition`, `${groupId}-counts-changelog`]
    const { topics } = await client.request(metadata, 12, { topics: internal.map((name) => ({ name })), allowAutoTopicCreation: false })
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([3, 3])

    const { groups } = await client.request(streamsGroupDescribe, 0, { groupIds: [groupId], includeAuthorizedOperations: false })
    expect(groups[0]).toMatchObject({
      errorCode: 0, groupState: 'Stable', groupEpoch: answer.memberEpoch, assignmentEpoch: answer.memberEpoch,
      topology: { epoch: 0, subtopologies: [{ subtopologyId: '0', sourceTopics: [topic.name] }, { subtopologyId: '1', stateChangelogTopics: [{ name: internal[1], partitions: 3 }] }] },
      members: [{ memberId: 'm', memberEpoch: answer.memberEpoch, processId: 'p', topologyEpoch: 0, isClassic: false }],
    })
    const listed = await client.request(listGroups, 5, { statesFilter: [], typesFilter: ['streams'] })
    expect(listed.groups.find((group) => group.groupId === groupId)).toMatchObject({ protocolType: 'streams', groupState: 'Stable', groupType: 'streams' })
    const consumers = await client.request(consumerGroupDescribe, 1, { groupIds: [groupId], includeAuthorizedOperations: false })
    expect(consumers.groups[0]).toMatchObject({ errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} is not a consumer group.` })

    expect(await beat(groupId, 'other', 0, { ...joining, topology: counting(groupId, topic.name, 1) })).toMatchObject({
      errorCode: errorCodes.INVALID_REQUEST, errorMessage: 'Topology updates are not supported yet.',
    })
    expect(await beat(groupId, 'm', -1)).toMatchObject({ errorCode: 0, memberEpoch: -1 })
    await client.request(deleteTopics, 5, { topicNames: internal, timeoutMs: 5000 })
  })

  test('should not make its internal topics anew when somebody looks at it', async () => {
    const groupId = await newGroup()
    const topic = await createTopic(client)
    const internal = [`${groupId}-by-repartition`, `${groupId}-counts-changelog`]
    const existing = async (): Promise<(string | undefined)[]> => {
      const { topics } = await client.request(metadata, 12, { topics: internal.map((name) => ({ name })), allowAutoTopicCreation: false })
      return topics.filter(({ errorCode }) => errorCode === errorCodes.NONE).map(({ name }) => name)
    }
    let { memberEpoch } = await beat(groupId, 'm', 0, { ...joining, topology: counting(groupId, topic.name) })
    await until(async () => {
      memberEpoch = (await beat(groupId, 'm', memberEpoch)).memberEpoch
      return (await existing()).length === 2
    })
    await beat(groupId, 'm', -1)
    await client.request(deleteTopics, 5, { topicNames: internal, timeoutMs: 5000 })
    const { groups } = await client.request(streamsGroupDescribe, 0, { groupIds: [groupId], includeAuthorizedOperations: false })
    expect(groups[0]).toMatchObject({ errorCode: 0, groupState: 'Empty' })
    expect(await existing()).toEqual([])
  })

  test('should keep the offsets of topics that it reads, and let others be deleted, while it has members', async () => {
    const groupId = await newGroup()
    const [read, unread] = [await createTopic(client), await createTopic(client)]
    const topology = { epoch: 0, subtopologies: [{ ...none, subtopologyId: '0', sourceTopics: [read.name] }] }
    const { memberEpoch } = await beat(groupId, 'm', 0, { ...joining, topology })
    const deleted = async (): Promise<unknown> => {
      const { errorCode, topics } = await client.request(offsetDelete, 0, { groupId, topics: [read, unread].map(({ name }) => ({ name, partitions: [{ partitionIndex: 0 }] })) })
      return [errorCode, ...[read, unread].map(({ name }) => topics.find((topic) => topic.name === name)?.partitions[0]!.errorCode)]
    }
    expect(memberEpoch).toBeGreaterThan(0)
    expect(await deleted()).toEqual([errorCodes.NONE, errorCodes.GROUP_SUBSCRIBED_TO_TOPIC, errorCodes.NONE])
    await beat(groupId, 'm', -1)
    expect(await deleted()).toEqual([errorCodes.NONE, errorCodes.NONE, errorCodes.NONE])
  })

  test('should say which source topics are missing', async () => {
    const groupId = await newGroup()
    const answer = await beat(groupId, 'm', 0, { ...joining, topology: counting(groupId, 'no-such-topic') })
    expect(answer).toMatchObject({ errorCode: 0, memberEpoch: 2, status: [{ statusCode: 1, statusDetail: 'Source topics no-such-topic are missing.' }], activeTasks: [] })
    await beat(groupId, 'm', -1)
  })
})
