import { Broker } from '../../../lib/broker/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { alterClientQuotas, alterConfigs, describeClientQuotas, describeConfigs, incrementalAlterConfigs, listConfigResources, updateFeatures } from '../../../lib/protocol/index.ts'
import type { ResponseOf } from '../../../lib/protocol/index.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { withDirectory } from '../helpers/test-log.ts'
import { createTopic } from '../helpers/topics.ts'

const TOPIC = 2
const BROKER = 4
const CLIENT_METRICS = 16
const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2

type Entry = ResponseOf<typeof describeConfigs>['results'][number]['configs'][number]

let broker: Broker
let client: RawClient

const start = async (options: Parameters<typeof Broker.start>[0] = {}): Promise<void> => {
  broker = await Broker.start(options)
  client = await RawClient.connect(broker.address)
}

const stop = async (): Promise<void> => {
  client.close()
  await broker.close()
}

const alter = async (resourceType: number, resourceName: string, name: string, value?: string, configOperation = value === undefined ? DELETE : SET): Promise<number> =>
  (await client.request(incrementalAlterConfigs, 1, { resources: [{ resourceType, resourceName, configs: [{ name, value, configOperation }] }], validateOnly: false })).responses[0]!.errorCode

const entries = async (resourceType: number, resourceName: string): Promise<ReadonlyMap<string, Entry>> => {
  const { results } = await client.request(describeConfigs, 4, { resources: [{ resourceType, resourceName, configurationKeys: undefined }], includeSynonyms: true })
  expect(results[0]!.errorCode).toBe(errorCodes.NONE)
  return new Map(results[0]!.configs.map((entry) => [entry.name, entry]))
}

describe('settings of a broker', () => {
  beforeEach(() => start())
  afterEach(stop)

  test('should be told with Kafka\'s defaults where nothing here acts on them', async () => {
    const told = await entries(BROKER, '0')
    expect(told.get('num.network.threads')).toMatchObject({ value: '3', readOnly: false, configSource: 5 })
    expect(told.get('queued.max.requests')).toMatchObject({ value: '500', readOnly: true })
    expect(told.get('replica.selector.class')).toMatchObject({ value: undefined, synonyms: [] })
    expect(told.get('log.retention.ms')).toMatchObject({ value: undefined, synonyms: [] })
    expect(told.get('advertised.listeners')).toMatchObject({ value: `PLAINTEXT://${broker.address}`, readOnly: true })
  })

  test('should be kept when an admin sets those', async () => {
    expect(await alter(BROKER, '0', 'log.cleaner.threads', '2')).toBe(errorCodes.NONE)
    expect(await alter(BROKER, '0', 'queued.max.requests', '2')).toBe(errorCodes.INVALID_REQUEST)
    expect((await entries(BROKER, '0')).get('log.cleaner.threads')).toMatchObject({ value: '2', configSource: 2 })
  })

  test('should have the throttles that a reassignment sets, which are not told before', async () => {
    const throttle = 'leader.replication.throttled.rate'
    expect((await entries(BROKER, '0')).has(throttle)).toBe(false)
    expect(await alter(BROKER, '0', throttle, '1000')).toBe(errorCodes.NONE)
    expect((await entries(BROKER, '0')).get(throttle)).toMatchObject({ value: '1000' })
    expect(await alter(BROKER, '0', throttle)).toBe(errorCodes.NONE)
    expect((await entries(BROKER, '0')).has(throttle)).toBe(false)
  })

  test('should not give passwords away', async () => {
    expect(await alter(BROKER, '0', 'ssl.keystore.password', 'secret')).toBe(errorCodes.NONE)
    const told = (await entries(BROKER, '0')).get('ssl.keystore.password')!
    expect(told).toMatchObject({ value: undefined, isSensitive: true, configSource: 2 })
    expect(told.synonyms.map(({ value }) => value)).toEqual([undefined])
  })

  test('should be refused at the start where they would have no effect', async () => {
    await expect(Broker.start({ config: { 'remote.log.storage.system.enable': true } })).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID' })
  })
})

// What is expected here is what Kafka 4.3.1 answered to the same requests.
describe('min.insync.replicas', () => {
  const minIsr = async (type: number, name: string): Promise<Partial<Entry> | undefined> => (await entries(type, name)).get('min.insync.replicas')
  const sources = (entry: Partial<Entry> | undefined): number[] => entry!.synonyms!.map(({ source }) => source)

  test('should be a setting of all brokers from the start, which topics get', () => withDirectory(async (dir) => {
    await start({ dir, config: { 'min.insync.replicas': 2 } })
    const { name } = await createTopic(client)
    expect(await minIsr(BROKER, '')).toMatchObject({ value: '2', configSource: 3 })
    for (const entry of [await minIsr(BROKER, '0'), await minIsr(TOPIC, name)]) {
      expect(entry).toMatchObject({ value: '2', configSource: 3 })
      expect(sources(entry)).toEqual([3, 4, 5])
    }
    expect(await alter(BROKER, '', 'min.insync.replicas', '3')).toBe(errorCodes.NONE)
    await stop()
    await start({ dir })
    expect(await minIsr(TOPIC, name)).toMatchObject({ value: '3', configSource: 3 })
    await stop()
  }))

  test('should be no setting of a single broker, and not be taken away, as long as there are eligible leader replicas', async () => {
    await start()
    expect(await alter(BROKER, '0', 'min.insync.replicas', '2')).toBe(errorCodes.INVALID_CONFIG)
    expect(await alter(BROKER, '0', 'min.insync.replicas')).toBe(errorCodes.INVALID_CONFIG)
    expect(await alter(BROKER, '', 'min.insync.replicas')).toBe(errorCodes.INVALID_CONFIG)
    const { responses } = await client.request(alterConfigs, 2, { resources: [{ resourceType: BROKER, resourceName: '', configs: [{ name: 'log.cleaner.threads', value: '2' }] }], validateOnly: false })
    expect(responses[0]).toMatchObject({ errorCode: errorCodes.INVALID_CONFIG, errorMessage: 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.' })
    const withoutElr = [{ feature: 'eligible.leader.replicas.version', maxVersionLevel: 0, upgradeType: 2 }]
    expect((await client.request(updateFeatures, 1, { featureUpdates: withoutElr, validateOnly: false })).errorCode).toBe(errorCodes.NONE)
    expect([await alter(BROKER, '0', 'min.insync.replicas', '2'), await alter(BROKER, '', 'min.insync.replicas')]).toEqual([errorCodes.NONE, errorCodes.NONE])
    expect(sources(await minIsr(BROKER, '0'))).toEqual([2, 5])
    await stop()
  })
})

test('the id of a broker should be that of its settings when nothing else says it', async () => {
  await start({ config: { 'node.id': 3 } })
  expect(broker.nodeIds).toEqual([3])
  await stop()
})

describe('settings of topics and groups', () => {
  beforeEach(() => start())
  afterEach(stop)

  test('should have no synonyms of a topic where a broker has no such setting', async () => {
    const told = await entries(TOPIC, (await createTopic(client)).name)
    expect(told.get('remote.storage.enable')).toMatchObject({ value: 'false', configSource: 5, synonyms: [] })
    expect(told.get('flush.ms')).toMatchObject({ value: '9223372036854775807', configSource: 5, synonyms: [] })
    expect(told.get('segment.ms')).toMatchObject({ value: '604800000', synonyms: [] })
  })

  test('should have what a share group can have otherwise, within the bounds of the broker', async () => {
    const told = await entries(GROUP, 'sharers')
    expect(['share.delivery.count.limit', 'share.partition.max.record.locks', 'share.renew.acknowledge.enable'].map((name) => told.get(name)?.value)).toEqual(['5', '2000', 'true'])
    expect(await alter(GROUP, 'sharers', 'share.delivery.count.limit', '9')).toBe(errorCodes.NONE)
    expect(await alter(GROUP, 'sharers', 'share.delivery.count.limit', '11')).toBe(errorCodes.INVALID_CONFIG)
    expect(await alter(GROUP, 'sharers', 'share.partition.max.record.locks', '5000')).toBe(errorCodes.INVALID_CONFIG)
  })
})

describe('subscriptions to metrics of clients', () => {
  const change = (name: string, value?: string, operation?: number): Promise<number> => alter(CLIENT_METRICS, 'metered', name, value, operation)
  const names = async (): Promise<string[]> =>
    (await client.request(listConfigResources, 1, { resourceTypes: [CLIENT_METRICS] })).configResources.map(({ resourceName }) => resourceName)

  test('should be made, found and taken away by admins', async () => {
    await start()
    expect((await entries(CLIENT_METRICS, 'metered')).get('interval.ms')).toMatchObject({ value: '300000', configSource: 5 })
    expect(await names()).toEqual([])
    expect(await change('metrics', 'org.apache.kafka.producer.')).toBe(errorCodes.NONE)
    expect(await change('match', 'client_id=abc.*,client_software_name=.*')).toBe(errorCodes.NONE)
    expect((await entries(CLIENT_METRICS, 'metered')).get('metrics')).toMatchObject({ value: 'org.apache.kafka.producer.', configSource: 7 })
    expect(await names()).toEqual(['metered'])
    expect([await change('metrics'), await change('match')]).toEqual([errorCodes.NONE, errorCodes.NONE])
    expect(await names()).toEqual([])
    await stop()
  })

  test('should be refused with Kafka\'s errors when they make no sense', async () => {
    await start()
    expect(await change('interval.ms', '99')).toBe(errorCodes.INVALID_REQUEST)
    expect(await change('interval.ms', 'soon')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change('match', 'nobody=abc')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change('match', 'client_id=(')).toBe(errorCodes.INVALID_CONFIG)
    expect(await change('match', 'client_id=a', APPEND)).toBe(errorCodes.INVALID_CONFIG)
    expect(await change('no.such', '1')).toBe(errorCodes.INVALID_REQUEST)
    expect(await alter(CLIENT_METRICS, '', 'interval.ms', '1000')).toBe(errorCodes.INVALID_REQUEST)
    await stop()
  })

  test('should be there after a restart', () => withDirectory(async (dir) => {
    await start({ dir })
    expect(await change('interval.ms', '1000')).toBe(errorCodes.NONE)
    await stop()
    await start({ dir })
    expect((await entries(CLIENT_METRICS, 'metered')).get('interval.ms')).toMatchObject({ value: '1000' })
    await stop()
  }))
})

test('quotas of a user with a client id should be told in the order in which Kafka tells them', async () => {
  await start()
  const entity = [{ entityType: 'user', entityName: 'u' }, { entityType: 'client-id', entityName: 'c' }]
  const ops = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage'].map((key) => ({ key, value: 50, remove: false }))
  const { entries: altered } = await client.request(alterClientQuotas, 1, { entries: [{ entity, ops }], validateOnly: false })
  const { entries: described } = await client.request(describeClientQuotas, 1, { components: [{ entityType: 'user', matchType: 2 }], strict: false })
  for (const answer of [altered[0]!, described![0]!]) expect(answer.entity.map(({ entityType }) => entityType)).toEqual(['client-id', 'user'])
  expect(described![0]!.values.map(({ key }) => key)).toEqual(['consumer_byte_rate', 'request_percentage', 'producer_byte_rate'])
  await stop()
})
