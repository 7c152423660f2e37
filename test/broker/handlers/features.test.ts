import { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { apiVersions, consumerGroupHeartbeat, shareGroupHeartbeat, streamsGroupHeartbeat, updateFeatures } from '../../../lib/protocol/index.ts'
import { RawClient } from '../helpers/raw-client.ts'

const UP = 1
const DOWN = 2

let broker: Broker
let client: RawClient

beforeEach(async () => {
  broker = await Broker.start()
  client = await RawClient.connect(broker.address)
})

afterEach(async () => {
  client.close()
  await broker.close()
})

const update = async (feature: string, maxVersionLevel: number, upgradeType: number): Promise<number> =>
  (await client.request(updateFeatures, 2, { featureUpdates: [{ feature, maxVersionLevel, upgradeType }] })).errorCode

const levels = async (): Promise<Record<string, number>> => {
  const { finalizedFeatures } = await client.request(apiVersions, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
  return Object.fromEntries(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
}

const heartbeats = async (): Promise<number[]> => {
  const member = { groupId: 'g', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000 }
  const consumer = await client.request(consumerGroupHeartbeat, 1, { ...member, groupId: 'consumer', subscribedTopicNames: ['t'], topicPartitions: [] })
  const share = await client.request(shareGroupHeartbeat, 1, { ...member, groupId: 'share', subscribedTopicNames: ['t'] })
  const streams = await client.request(streamsGroupHeartbeat, 0, {
    ...member, groupId: 'streams', endpointInformationEpoch: 0, topology: { epoch: 0, subtopologies: [] }, activeTasks: [], standbyTasks: [], warmupTasks: [], shutdownApplication: false,
  })
  return [consumer.errorCode, share.errorCode, streams.errorCode]
}

describe('features', () => {
  test('should be at their highest levels, go down and come up again', async () => {
    expect(await levels()).toEqual({ 'eligible.leader.replicas.version': 1, 'group.version': 1, 'metadata.version': 30, 'share.version': 1, 'streams.version': 1, 'transaction.version': 2 })
    expect(await update('transaction.version', 1, UP)).toBe(errorCodes.INVALID_UPDATE_VERSION)
    expect(await update('transaction.version', 1, DOWN)).toBe(0)
    expect(await levels()).toMatchObject({ 'transaction.version': 1 })
    expect(await update('transaction.version', 2, UP)).toBe(0)
    expect(await levels()).toMatchObject({ 'transaction.version': 2 })
  })

  test('should be raised together, as an admin does who asks for all of a release', async () => {
    const { supportedFeatures } = await client.request(apiVersions, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    expect(supportedFeatures.map(({ name }) => name)).toContain('kraft.version')
    const featureUpdates = supportedFeatures.map(({ name, maxVersion }) => ({ feature: name, maxVersionLevel: maxVersion, upgradeType: UP }))
    expect((await client.request(updateFeatures, 2, { featureUpdates })).errorCode).toBe(0)
    expect(await levels()).toMatchObject({ 'kraft.version': 1, 'transaction.version': 2 })
  })

  test('should switch group protocols off', async () => {
    expect(await heartbeats()).toEqual([0, 0, 0])
    for (const feature of ['group.version', 'share.version', 'streams.version']) expect(await update(feature, 0, DOWN)).toBe(0)
    expect(await heartbeats()).toEqual(new Array(3).fill(errorCodes.UNSUPPORTED_VERSION))
  })
})
