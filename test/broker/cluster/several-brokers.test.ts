import { Kafka, logLevel } from 'kafkajs'
import { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import {
  alterPartitionReassignments, consumerGroupHeartbeat, createTopics, describeCluster, describeConfigs, describeGroups, describeTopicPartitions, electLeaders, fetch, findCoordinator, initProducerId, joinGroup,
  listGroups, listOffsets, metadata, offsetFetch, offsetForLeaderEpoch, produce,
} from '../../../lib/protocol/index.ts'
import type { ResponseOf } from '../../../lib/protocol/index.ts'
import { batchOf, numbered, recordsIn } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { fetchFrom, produceTo } from '../helpers/topics.ts'
import { withDirectory } from '../helpers/test-log.ts'

const NODES = [0, 1, 2]

let broker: Broker
let clients: RawClient[]

beforeEach(async () => {
  broker = await Broker.start({ brokers: NODES.length })
  clients = await Promise.all(broker.addresses.map((address) => RawClient.connect(address)))
})

afterEach(async () => {
  for (const client of clients) client.close()
  await broker.close()
})

const to = (nodeId: number): RawClient => clients[nodeId]!

const created = async (name: string, wish: { numPartitions?: number; replicationFactor?: number; assignments?: { partitionIndex: number; brokerIds: number[] }[] }): Promise<string> => {
  const { topics } = await to(2).request(createTopics, 7, { topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...wish }], timeoutMs: 1000, validateOnly: false })
  expect(topics[0]!.errorCode).toBe(0)
  return topics[0]!.topicId
}

/** One partition on the broker of that id. */
const on = (nodeId: number, name = `on-${nodeId}`): Promise<string> => created(name, { assignments: [{ partitionIndex: 0, brokerIds: [nodeId] }] })

const leadersOf = async (name: string, nodeId = 0): Promise<number[]> => {
  const { topics } = await to(nodeId).request(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false })
  return [...topics[0]!.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex).map(({ leaderId }) => leaderId)
}

const produceOnce = async (nodeId: number, name: string, topicId: string, version = 11): Promise<ResponseOf<typeof produce>> =>
  to(nodeId).request(produce, version, { acks: -1, timeoutMs: 1000, topicData: [{ name, topicId, partitionData: [{ index: 0, records: batchOf(numbered(2)) }] }] })

describe('several broker ids in one process', () => {
  test('should tell the racks they are in', async () => {
    await using other = await Broker.start({ brokers: 3, racks: ['x', 'y'] })
    const client = await RawClient.connect(other.address)
    const racks = ['x', 'y', undefined]
    expect((await client.request(metadata, 8, { topics: [] })).brokers.map(({ rack }) => rack)).toEqual(racks)
    expect((await client.request(describeCluster, 2, { includeClusterAuthorizedOperations: false })).brokers.map(({ rack }) => rack)).toEqual(racks)
    client.close()
  })

  test('should each have an address of their own, which all of them tell', async () => {
    expect(new Set(broker.addresses).size).toBe(3)
    expect(broker.nodeIds).toEqual(NODES)
    for (const client of clients) {
      const { brokers, controllerId } = await client.request(metadata, 8, { topics: [] })
      expect(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`])).toEqual(NODES.map((nodeId) => [nodeId, broker.addresses[nodeId]]))
      expect(controllerId).toBe(0)
      const cluster = await client.request(describeCluster, 2, { includeClusterAuthorizedOperations: false })
      expect(cluster.brokers.map(({ brokerId }) => brokerId)).toEqual(NODES)
    }
  })

  test('should begin with the id they are given', async () => {
    await using others = await Broker.start({ brokers: 2, nodeId: 7 })
    expect(others.nodeIds).toEqual([7, 8])
    const client = await RawClient.connect(others.addresses[1]!)
    expect((await client.request(metadata, 8, { topics: [] })).brokers.map(({ nodeId }) => nodeId)).toEqual([7, 8])
    client.close()
  })

  test('should be at least one', async () => {
    for (const options of [{ brokers: 0 }, { brokers: 1.5 }, { nodeId: -1 }]) await expect(Broker.start(options)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID' })
  })

  test('should share out leaders and replicas', async () => {
    await created('spread', { numPartitions: 6, replicationFactor: 2 })
    const { topics } = await to(0).request(describeTopicPartitions, 0, { topics: [{ name: 'spread' }] })
    const { partitions } = topics[0]!
    expect(NODES.map((nodeId) => partitions.filter(({ leaderId }) => leaderId === nodeId).length)).toEqual([2, 2, 2])
    expect(partitions.every(({ replicaNodes, isrNodes, leaderId }) => new Set(replicaNodes).size === 2 && replicaNodes[0] === leaderId && isrNodes.length === 2)).toBe(true)
    // Topics of one partition go to one broker after the other, too.
    const single: number[] = []
    for (const name of ['a', 'b', 'c']) {
      await created(name, { numPartitions: 1 })
      single.push(...(await leadersOf(name)))
    }
    expect(single.sort()).toEqual(NODES)
  })

  test('should take records for the partitions they lead, and say who leads the others (KIP-951)', async () => {
    const topicId = await on(1)
    for (const version of [9, 11, 13]) {
      const { responses, nodeEndpoints } = await produceOnce(0, 'on-1', topicId, version)
      const answer = responses[0]!.partitionResponses[0]!
      expect(answer.errorCode).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
      const [host, port] = broker.addresses[1]!.split(':')
      expect([answer.currentLeader.leaderId, nodeEndpoints]).toEqual(version < 10 ? [-1, []] : [1, [{ nodeId: 1, host, port: Number(port), rack: undefined }]])
    }
    expect((await produceOnce(1, 'on-1', topicId)).responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
  })

  test('should give records of the partitions they have, and say who leads the others (KIP-951)', async () => {
    const topicId = await created('replicated', { assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] })
    await produceOnce(1, 'replicated', topicId)
    const fetchAt = async (nodeId: number, version: number): Promise<[error: number, records: number, leaderId: number, endpoints: number]> => {
      const answer = await to(nodeId).request(fetch, version, { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics: [{ topic: 'replicated', topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000 }] }] })
      const partition = answer.responses[0]!.partitions[0]!
      return [partition.errorCode, partition.records!.length === 0 ? 0 : (await recordsIn(partition.records!)).length, partition.currentLeader.leaderId, answer.nodeEndpoints.length]
    }
    expect(await fetchAt(1, 17)).toEqual([0, 2, -1, 0])
    // A follower will do, since version 11 (KIP-392).
    expect(await fetchAt(2, 17)).toEqual([0, 2, -1, 0])
    expect(await fetchAt(2, 10)).toEqual([errorCodes.NOT_LEADER_OR_FOLLOWER, 0, -1, 0])
    expect(await fetchAt(0, 17)).toEqual([errorCodes.NOT_LEADER_OR_FOLLOWER, 0, 1, 1])
  })

  test('should leave the other requests about a partition to its leader, too', async () => {
    await on(1)
    const offsets = (nodeId: number) => to(nodeId).request(listOffsets, 7, { replicaId: -1, topics: [{ name: 'on-1', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] })
    expect((await offsets(0)).topics[0]!.partitions[0]!.errorCode).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
    expect((await offsets(1)).topics[0]!.partitions[0]!.errorCode).toBe(0)
  })

  test('should each coordinate some of the groups and transactional ids', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `name-${i}`)
    const { coordinators } = await to(2).request(findCoordinator, 6, { keyType: 0, coordinatorKeys: names })
    expect(new Set(coordinators.map(({ nodeId }) => nodeId))).toEqual(new Set(NODES))
    const { key, nodeId: right } = coordinators[0]!
    const wrong = (right + 1) % 3
    const group = { groupId: key, memberId: '', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] }
    expect((await to(wrong).request(joinGroup, 9, group)).errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(right).request(joinGroup, 9, group)).errorCode).toBe(errorCodes.MEMBER_ID_REQUIRED)
    const beat = { groupId: key, memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'], topicPartitions: [] }
    expect((await to(wrong).request(consumerGroupHeartbeat, 1, beat)).errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(wrong).request(describeGroups, 6, { groups: [key], includeAuthorizedOperations: false })).groups[0]!.errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(wrong).request(offsetFetch, 9, { groups: [{ groupId: key }], requireStable: false })).groups[0]!.errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(wrong).request(offsetFetch, 7, { groupId: key, topics: [], requireStable: false })).errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(wrong).request(initProducerId, 5, { transactionalId: key, transactionTimeoutMs: 1000 })).errorCode).toBe(errorCodes.NOT_COORDINATOR)
    expect((await to(right).request(initProducerId, 5, { transactionalId: key, transactionTimeoutMs: 1000 })).errorCode).toBe(0)
    const listed = await Promise.all(clients.map(async (client) => (await client.request(listGroups, 5, {})).groups.map(({ groupId }) => groupId)))
    expect(NODES.map((nodeId) => listed[nodeId]!.includes(key))).toEqual(NODES.map((nodeId) => nodeId === right))
  })

  test('should tell of their own settings only', async () => {
    const describe = (nodeId: number, resourceName: string) => to(nodeId).request(describeConfigs, 4, { resources: [{ resourceType: 4, resourceName, configurationKeys: ['num.partitions'] }] })
    expect((await describe(1, '1')).results[0]!.errorCode).toBe(0)
    expect((await describe(1, '2')).results[0]!.errorCode).toBe(errorCodes.INVALID_REQUEST)
  })
})

describe('leaders that move', () => {
  test('should go to the broker that is named, in a new epoch, of which the log keeps the beginning', async () => {
    const topicId = await on(0)
    await produceOnce(0, 'on-0', topicId)
    broker.moveLeader('on-0', 0, 2)
    expect(await leadersOf('on-0', 1)).toEqual([2])
    expect((await produceOnce(0, 'on-0', topicId)).responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: 2, leaderEpoch: 1 } })
    expect((await produceOnce(2, 'on-0', topicId)).responses[0]!.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 2 })
    const ends = await to(2).request(offsetForLeaderEpoch, 4, {
      replicaId: -1, topics: [{ topic: 'on-0', partitions: [0, 1, 2].map((leaderEpoch) => ({ partition: 0, currentLeaderEpoch: -1, leaderEpoch })) }],
    })
    expect(ends.topics[0]!.partitions.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset])).toEqual([[0, 2], [1, 4], [-1, -1]])
    const { records } = await fetchFrom(to(2), 'on-0', 0)
    // The epoch is in each batch.
    expect([records!.readInt32BE(12), records!.subarray(-batchOf(numbered(2)).length).readInt32BE(12)]).toEqual([0, 1])
  })

  test('should fence clients that know of another epoch, and tell those whose logs went another way', async () => {
    const topicId = await on(0)
    await produceOnce(0, 'on-0', topicId)
    broker.moveLeader('on-0', 0, 0)
    expect((await fetchFrom(to(0), 'on-0', 0, { currentLeaderEpoch: 0 })).errorCode).toBe(errorCodes.FENCED_LEADER_EPOCH)
    expect((await fetchFrom(to(0), 'on-0', 0, { currentLeaderEpoch: 1 })).errorCode).toBe(0)
    expect((await fetchFrom(to(0), 'on-0', 0, { currentLeaderEpoch: 2 })).errorCode).toBe(errorCodes.UNKNOWN_LEADER_EPOCH)
    const { responses } = await to(0).request(fetch, 12, {
      maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics: [{ topic: 'on-0', partitions: [{ partition: 0, fetchOffset: 5, lastFetchedEpoch: 0, partitionMaxBytes: 1000 }] }],
    })
    expect(responses[0]!.partitions[0]).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 2 } })
  })

  test('should answer fetches that wait at the old leader', async () => {
    await on(0)
    const waiting = fetchFrom(to(0), 'on-0', 0, { maxWaitMs: 20_000 })
    // Another request of the connection would wait behind it.
    await leadersOf('on-0', 1)
    broker.moveLeader('on-0', 0)
    expect((await waiting).errorCode).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER)
  })

  test('should be moved by admins: to other brokers, and back to the one that is preferred', async () => {
    await created('moving', { assignments: [{ partitionIndex: 0, brokerIds: [0, 1] }] })
    const assign = async (replicas: number[]): Promise<number> => {
      const answer = await to(1).request(alterPartitionReassignments, 1, { topics: [{ name: 'moving', partitions: [{ partitionIndex: 0, replicas }] }] })
      return answer.responses[0]!.partitions[0]!.errorCode
    }
    expect(await assign([9])).toBe(errorCodes.INVALID_REPLICA_ASSIGNMENT)
    expect(await assign([1, 0])).toBe(0)
    expect(await leadersOf('moving')).toEqual([0])
    const elect = async () => (await to(0).request(electLeaders, 2, { electionType: 0, topicPartitions: [{ topic: 'moving', partitions: [0] }] })).replicaElectionResults[0]!.partitionResult[0]!.errorCode
    expect(await elect()).toBe(0)
    expect(await leadersOf('moving')).toEqual([1])
    expect(await elect()).toBe(errorCodes.ELECTION_NOT_NEEDED)
    expect(await assign([2])).toBe(0)
    expect(await leadersOf('moving')).toEqual([2])
  })

  test('should stay where they are over a restart, and come to brokers that are there', async () => {
    await withDirectory(async (dir) => {
      const first = await Broker.start({ dir, brokers: 3 })
      const client = await RawClient.connect(first.address)
      await client.request(createTopics, 7, { topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [0] }], configs: [] }], timeoutMs: 1000, validateOnly: false })
      await produceTo(client, 't', batchOf(numbered(3)))
      first.moveLeader('t', 0, 2)
      client.close()
      await first.close()
      const leadership = async (brokers: number): Promise<[leader: number, epoch: number]> => {
        await using again = await Broker.start({ dir, brokers })
        const other = await RawClient.connect(again.address)
        const { topics } = await other.request(metadata, 9, { topics: [{ name: 't' }], allowAutoTopicCreation: false })
        other.close()
        const { leaderId, leaderEpoch } = topics[0]!.partitions[0]!
        return [leaderId, leaderEpoch]
      }
      expect(await leadership(3)).toEqual([2, 1])
      expect(await leadership(1)).toEqual([0, 2])
    })
  })
})

describe('brokers that stop', () => {
  test('should leave their partitions to other replicas, or without a leader until they are back', async () => {
    await created('replicated', { assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] })
    await on(1)
    await broker.stopNode(1)
    await clients[1]!.closed
    expect([await leadersOf('replicated'), await leadersOf('on-1')]).toEqual([[2], [-1]])
    const { brokers, topics } = await to(0).request(metadata, 9, { topics: [{ name: 'replicated' }, { name: 'on-1' }], allowAutoTopicCreation: false })
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([0, 2])
    expect(topics.map(({ partitions: [partition] }) => [partition!.errorCode, partition!.isrNodes, partition!.offlineReplicas])).toEqual([[0, [2], [1]], [errorCodes.LEADER_NOT_AVAILABLE, [], [1]]])
    await expect(RawClient.connect(broker.addresses[1]!)).rejects.toThrow('ECONNREFUSED')
    await broker.startNode(1)
    expect([await leadersOf('replicated'), await leadersOf('on-1')]).toEqual([[2], [1]])
    clients[1] = await RawClient.connect(broker.addresses[1]!)
    expect((await produceTo(to(1), 'on-1', batchOf(numbered(1)))).errorCode).toBe(0)
  })

  test('should leave their groups to other coordinators', async () => {
    const coordinator = async (): Promise<number> => (await to(0).request(findCoordinator, 3, { key: 'my-group', keyType: 0 })).nodeId
    broker.moveCoordinator('my-group', 2)
    expect(await coordinator()).toBe(2)
    await broker.stopNode(2)
    expect(await coordinator()).not.toBe(2)
    await broker.startNode(2)
    expect(await coordinator()).toBe(2)
  })

  test('should refuse to be named when they are not there', async () => {
    await on(0)
    expect(() => broker.moveLeader('on-0', 0, 9)).toThrow(expect.objectContaining({ code: 'MILLRACE_BROKER_UNKNOWN_NODE' }))
    expect(() => broker.moveLeader('no-such-topic', 0)).toThrow(expect.objectContaining({ code: 'MILLRACE_BROKER_UNKNOWN_TOPIC' }))
    expect(() => broker.moveCoordinator('g', 9)).toThrow(expect.objectContaining({ code: 'MILLRACE_BROKER_UNKNOWN_NODE' }))
    await expect(broker.stopNode(9)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_UNKNOWN_NODE' })
    await expect(broker.startNode(9)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_UNKNOWN_NODE' })
  })
})

describe('a real client of several brokers', () => {
  test('should produce and consume while leaders and coordinators move', async () => {
    await created('orders', { numPartitions: 6, replicationFactor: 3 })
    const kafka = new Kafka({ brokers: [...broker.addresses], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20, retries: 20 } })
    const producer = kafka.producer()
    const consumer = kafka.consumer({ groupId: 'my-group', heartbeatInterval: 100, rebalanceTimeout: 2000, maxWaitTimeInMs: 50 })
    const seen = new Set<string>()
    await producer.connect()
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void seen.add(message.value!.toString()) })
    for (let i = 0; i < 60; i++) {
      await producer.send({ topic: 'orders', messages: [{ key: `${i}`, value: `${i}` }] })
      if (i === 20) for (let partition = 0; partition < 6; partition++) broker.moveLeader('orders', partition)
      if (i === 40) broker.moveCoordinator('my-group')
    }
    while (seen.size < 60) await new Promise((resolve) => setTimeout(resolve, 20))
    await consumer.disconnect()
    await producer.disconnect()
  })
})
