import { Broker } from '../../lib/broker/index.ts'
import { createAclsHandler } from '../../lib/broker/handlers/30-create-acls.ts'
import { Operation, PatternType, Permission, ResourceType } from '../../lib/broker/security/acl.ts'
import { RawClient } from '../broker/helpers/raw-client.ts'
import { selfSigned } from '../client/self-signed.ts'
import { Apps, lastCounts, wordCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const identity = selfSigned()
const credentials = (password: string): object => ({
  securityProtocol: 'SASL_SSL',
  'ssl.truststore.certificates': identity.cert,
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="words" password="${password}";`,
})

describe('an application on a cluster with TLS, SASL and ACLs', () => {
  let broker: Broker
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    broker = await Broker.start({
      autoCreateTopics: false, listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_SSL' }], tls: identity, users: { words: 'words-secret' }, acls: { superUsers: ['User:ANONYMOUS'] },
      config: { 'connection.failed.authentication.delay.ms': 1 },
    })
    cluster = TestCluster.over(broker)
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const allow = async (resourceType: number, resourceName: string, operation: number, patternType: number = PatternType.LITERAL): Promise<void> => {
    const client = await RawClient.connect(broker.address)
    const creation = { resourceType, resourceName, resourcePatternType: patternType, principal: 'User:words', host: '*', operation, permissionType: Permission.ALLOW }
    expect(await client.request(createAclsHandler.api, 2, { creations: [creation] })).toMatchObject({ results: [{ errorCode: 0 }] })
    client.close()
  }

  test.each(['at_least_once', 'exactly_once_v2'] as const)('should need rules for its topics and for what begins with its id, and no others (%s)', async (processingGuarantee) => {
    const input = await cluster.topic('lines', 2)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('words')
    await allow(ResourceType.TOPIC, input, Operation.READ)
    await allow(ResourceType.TOPIC, output, Operation.WRITE)
    await allow(ResourceType.TOPIC, `${applicationId}-`, Operation.ALL, PatternType.PREFIXED)
    await allow(ResourceType.GROUP, applicationId, Operation.READ)
    await allow(ResourceType.TRANSACTIONAL_ID, `${applicationId}-`, Operation.WRITE, PatternType.PREFIXED)
    await cluster.send(input, [{ value: 'to be or' }, { value: 'not to be' }])
    await apps.start(wordCount(input, output), { applicationId, processingGuarantee, bootstrapServers: broker.addressesOf('SASL_SSL')[0]!, ...credentials('words-secret') })
    const reader = await cluster.read(output, 'read_committed')
    const counted = await reader.until((read) => lastCounts(read).get('be') === 2 && lastCounts(read).get('to') === 2)
    expect(lastCounts(counted)).toEqual(new Map([['to', 2], ['be', 2], ['or', 1], ['not', 1]]))
  })

  test('should end with an error when its password is wrong', async () => {
    const config = { applicationId: cluster.unique('wrong'), bootstrapServers: broker.addressesOf('SASL_SSL')[0]!, ...credentials('guessed') }
    await expect(apps.start(wordCount('lines', 'counts'), config)).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION' })
  })
})
