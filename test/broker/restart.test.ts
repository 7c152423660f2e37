import { errorCodes } from '../../lib/protocol/error-table.ts'
import { Broker } from '../../lib/broker/index.ts'
import {
  alterClientQuotas, apiVersions, consumerGroupHeartbeat, deleteRecords, deleteTopics, describeClientQuotas, describeConfigs, describeGroups, heartbeat, incrementalAlterConfigs, initProducerId,
  joinGroup, metadata, syncGroup, updateFeatures,
} from '../../lib/protocol/index.ts'
import { batchOf, numbered } from './helpers/batches.ts'
import { RawClient } from './helpers/raw-client.ts'
import { withDirectory } from './helpers/test-log.ts'
import { createTopic, endOffset, fetchFrom, produceTo } from './helpers/topics.ts'

/** Runs one life of a broker after the other on the same directory. */
const lives = (...each: ((client: RawClient, broker: Broker) => Promise<void>)[]): Promise<void> => withDirectory(async (dir) => {
  for (const life of each) {
    const broker = await Broker.start({ dir })
    const client = await RawClient.connect(broker.address)
    await life(client, broker)
    client.close()
    await broker.close()
  }
})

describe('a broker that is started again on its directory', () => {
  test('should have its topics under their ids, with their records, and go on at their ends', async () => {
    let topic = { name: '', id: '' }
    await lives(async (client) => {
      topic = await createTopic(client, 2)
      await produceTo(client, topic.name, batchOf(numbered(5)), { partition: 1 })
    }, async (client) => {
      const found = await client.request(metadata, 12, { topics: undefined })
      expect(found.topics).toMatchObject([{ name: topic.name, topicId: topic.id, partitions: [{}, {}] }])
      expect((await produceTo(client, topic.name, batchOf(numbered(1)), { partition: 1 })).baseOffset).toBe(5)
      expect(await endOffset(client, topic.name, 0)).toBe(0)
    })
  })

  test('should be the same cluster', async () => {
    const ids: (string | undefined)[] = []
    const note = async (client: RawClient): Promise<void> => void ids.push((await client.request(metadata, 8, { topics: [] })).clusterId)
    await lives(note, note)
    expect(ids[0]).toBe(ids[1])
  })

  test('should keep settings, start offsets, and deletions', async () => {
    let [kept, gone] = ['', '']
    await lives(async (client) => {
      kept = (await createTopic(client)).name
      gone = (await createTopic(client)).name
      await produceTo(client, kept, batchOf(numbered(10)))
      await client.request(deleteRecords, 2, { topics: [{ name: kept, partitions: [{ partitionIndex: 0, offset: 4 }] }], timeoutMs: 1000 })
      await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 2, resourceName: kept, configs: [{ name: 'max.message.bytes', configOperation: 0, value: '150' }] }], validateOnly: false })
      await client.request(deleteTopics, 5, { topicNames: [gone], timeoutMs: 1000 })
    }, async (client) => {
      expect(await fetchFrom(client, kept, 4)).toMatchObject({ errorCode: 0, logStartOffset: 4, highWatermark: 10 })
      expect((await produceTo(client, kept, batchOf(numbered(20)))).errorCode).toBe(errorCodes.MESSAGE_TOO_LARGE)
      expect((await fetchFrom(client, gone, 0)).errorCode).toBe(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
    })
  })

  test('should never give a producer id out twice', async () => {
    const ids: number[] = []
    const note = async (client: RawClient): Promise<void> => void ids.push((await client.request(initProducerId, 4, { transactionTimeoutMs: 0 })).producerId)
    await lives(note, note, note)
    expect(new Set(ids).size).toBe(3)
  })

  test('should still know the members of its groups, who go on without a rebalance', async () => {
    let member = { memberId: '', generationId: -1 }
    await lives(async (client) => {
      const joined = await client.request(joinGroup, 5, {
        groupId: 'g', memberId: '', groupInstanceId: 'one', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      })
      await client.request(syncGroup, 3, { groupId: 'g', groupInstanceId: 'one', generationId: joined.generationId, memberId: joined.memberId, assignments: [{ memberId: joined.memberId, assignment: Buffer.from('all') }] })
      member = joined
    }, async (client) => {
      expect((await client.request(heartbeat, 4, { groupId: 'g', groupInstanceId: 'one', ...member })).errorCode).toBe(errorCodes.NONE)
      const { groups } = await client.request(describeGroups, 5, { groups: ['g'] })
      expect(groups[0]).toMatchObject({ groupState: 'Stable', members: [{ memberId: member.memberId, memberAssignment: Buffer.from('all') }] })
    })
  })

  test('should still know the members of its consumer groups, and the settings of those', async () => {
    const beat = (client: RawClient, memberEpoch: number, rest: object = {}) => client.request(consumerGroupHeartbeat, 1, { groupId: 'g', memberId: 'm', memberEpoch, ...rest })
    let epoch = 0
    await lives(async (client) => {
      const { name } = await createTopic(client, 3)
      const configs = [{ name: 'consumer.heartbeat.interval.ms', configOperation: 0, value: '7000' }]
      await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 32, resourceName: 'g', configs }], validateOnly: false })
      const joined = await beat(client, 0, { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [name], topicPartitions: [] })
      expect(joined.assignment?.topicPartitions).toMatchObject([{ partitions: [0, 1, 2] }])
      epoch = joined.memberEpoch
    }, async (client) => {
      expect(await beat(client, epoch)).toMatchObject({ errorCode: 0, memberEpoch: epoch, heartbeatIntervalMs: 7000, assignment: undefined })
      expect(await beat(client, epoch + 1)).toMatchObject({ errorCode: errorCodes.FENCED_MEMBER_EPOCH })
    })
  })

  test('should keep quotas, features, and settings of one broker and of all', async () => {
    const setting = 'log.cleaner.delete.retention.ms'
    const describe = async (client: RawClient, resourceName: string): Promise<string | undefined | null> =>
      (await client.request(describeConfigs, 4, { resources: [{ resourceType: 4, resourceName, configurationKeys: [setting] }] })).results[0]!.configs[0]?.value
    const features = async (client: RawClient): Promise<[name: string, level: number][]> =>
      (await client.request(apiVersions, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })).finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])
    await lives(async (client) => {
      await client.request(alterClientQuotas, 1, { entries: [{ entity: [{ entityType: 'user', entityName: undefined }], ops: [{ key: 'request_percentage', value: 12.5, remove: false }] }], validateOnly: false })
      await client.request(updateFeatures, 1, { featureUpdates: [{ feature: 'transaction.version', maxVersionLevel: 1, upgradeType: 2 }, { feature: 'group.version', maxVersionLevel: 0, upgradeType: 2 }] })
      for (const [resourceName, value] of [['', '111'], ['0', '222']] as const) {
        await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 4, resourceName, configs: [{ name: setting, configOperation: 0, value }] }], validateOnly: false })
      }
    }, async (client) => {
      const quotas = await client.request(describeClientQuotas, 1, { components: [{ entityType: 'user', matchType: 1 }], strict: true })
      expect(quotas.entries).toEqual([{ entity: [{ entityType: 'user', entityName: undefined }], values: [{ key: 'request_percentage', value: 12.5 }] }])
      expect(await features(client)).toEqual(expect.arrayContaining([['transaction.version', 1], ['metadata.version', 30]]))
      expect((await features(client)).map(([name]) => name)).not.toContain('group.version')
      expect([await describe(client, '0'), await describe(client, '')]).toEqual(['222', '111'])
    })
  })

  test('should refuse a second broker on the directory while it runs', () => withDirectory(async (dir) => {
    const broker = await Broker.start({ dir })
    await expect(Broker.start({ dir })).rejects.toMatchObject({ code: 'MILLRACE_BROKER_DIRECTORY_IN_USE' })
    await broker.close()
    await (await Broker.start({ dir })).close()
  }))
})
