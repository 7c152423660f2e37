import { Broker } from '../../lib/broker/index.ts'
import { createAclsHandler } from '../../lib/broker/handlers/30-create-acls.ts'
import { Operation, PatternType, Permission, ResourceType } from '../../lib/broker/security/acl.ts'
import { GroupMember } from '../../lib/client/group.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import type { StreamsConfigInput } from '../../lib/index.ts'
import { RawClient } from '../broker/helpers/raw-client.ts'
import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const OFFSET_FETCH = 9
const CREATE_TOPICS = 19

describe('an application that the cluster refuses', () => {
  let broker: Broker
  let cluster: TestCluster
  let apps: Apps
  let input: string
  let output: string
  let applicationId: string

  beforeAll(async () => {
    broker = await Broker.start({
      autoCreateTopics: false,
      listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }],
      users: { words: 'words-secret' },
      acls: { superUsers: ['User:ANONYMOUS'] },
      config: { 'group.initial.rebalance.delay.ms': 0 },
    })
    cluster = TestCluster.over(broker)
    apps = new Apps(cluster)
  })
  beforeEach(async () => {
    input = await cluster.topic('in')
    output = await cluster.topic('out')
    applicationId = cluster.unique('refused')
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const credentials = (): StreamsConfigInput => ({
    bootstrapServers: broker.addressesOf('SASL_PLAINTEXT')[0]!,
    securityProtocol: 'SASL_PLAINTEXT',
    'sasl.mechanism': 'PLAIN',
    'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="words" password="words-secret";',
  })
  /** What ends an application with this configuration. */
  const refusal = async (config: StreamsConfigInput): Promise<Error | undefined> => {
    const streams = apps.make(keyCount(input, output), { applicationId, ...config })
    await streams.start()
    await eventually(() => streams.state === 'ERROR')
    return streams.error
  }

  const rights = {
    group: () => ({ resourceType: ResourceType.GROUP, resourceName: applicationId, operation: Operation.READ }),
    input: () => ({ resourceType: ResourceType.TOPIC, resourceName: input, operation: Operation.READ }),
    output: () => ({ resourceType: ResourceType.TOPIC, resourceName: output, operation: Operation.WRITE }),
    internal: () => ({ resourceType: ResourceType.TOPIC, resourceName: `${applicationId}-`, operation: Operation.ALL, resourcePatternType: PatternType.PREFIXED }),
  }

  test.each([
    ['group', 'MILLRACE_CLIENT_AUTHENTICATION', /GROUP_AUTHORIZATION_FAILED.*needs the right to READ the group 'refused-/],
    ['input', 'MILLRACE_CLIENT_AUTHENTICATION', /metadata of topic in-.* failed: TOPIC_AUTHORIZATION_FAILED/],
    ['output', 'MILLRACE_PRODUCTION_FAILED', /records cannot be written to topic 'out-.* failed: TOPIC_AUTHORIZATION_FAILED/],
    ['internal', 'MILLRACE_CLIENT_AUTHENTICATION', /topic refused-.*-counts-changelog failed: TOPIC_AUTHORIZATION_FAILED/],
  ] as const)('should end with an error that names what it has no right to: its %s', async (without, code, message) => {
    const creations = Object.entries(rights)
      .filter(([name]) => name !== without)
      .map(([, right]) => ({ resourcePatternType: PatternType.LITERAL, principal: 'User:words', host: '*', permissionType: Permission.ALLOW, ...right() }))
    const client = await RawClient.connect(broker.address)
    await client.request(createAclsHandler.api, 2, { creations })
    client.close()
    await cluster.send(input, [{ key: 'k', value: 'v' }])
    expect(await refusal(credentials())).toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test('should say what to do when its group has members of another kind, such as those of Java', async () => {
    const member = new GroupMember(cluster.cluster, {
      groupId: applicationId, protocols: [{ name: 'stream', metadata: () => Buffer.alloc(0) }], assign: () => new Map(), onAssignment: () => {},
    })
    await member.join()
    expect(await refusal({})).toMatchObject({
      code: 'MILLRACE_GROUP_PROTOCOL',
      message: expect.stringMatching(/members that are not Millrace's: Kafka Streams for Java with the same application.id.* Stop all of them/) as string,
    })
    await member.leave()
  })

  test('should say which settings its brokers do not allow', async () => {
    const error = await refusal({ consumer: { 'session.timeout.ms': 100, 'heartbeat.interval.ms': 50 } })
    expect(error?.message).toContain('session.timeout.ms is 100: it must lie between group.min.session.timeout.ms and group.max.session.timeout.ms')
  })

  test('should fail when a task cannot begin within task.timeout.ms, since the brokers are too slow', async () => {
    const heal = broker.control(OFFSET_FETCH, ({ clientId }) => (clientId.startsWith(applicationId) ? { error: errorCodes.COORDINATOR_LOAD_IN_PROGRESS } : undefined))
    const error = await refusal({ taskTimeoutMs: 400, requestTimeoutMs: 200, retryBackoffMs: 10 })
    heal()
    expect(error).toMatchObject({ code: 'MILLRACE_TASK_TIMEOUT', message: expect.stringMatching(/^Task 0_0 did not make progress within \d+ ms/) as string })
  })

  test('should fail when its tasks cannot be assigned within task.timeout.ms, since internal topics cannot be made', async () => {
    const heal = broker.control(CREATE_TOPICS, ({ clientId }) => (clientId.startsWith(applicationId) ? { error: errorCodes.NOT_CONTROLLER } : undefined))
    const error = await refusal({ taskTimeoutMs: 400, requestTimeoutMs: 200, retryBackoffMs: 10 })
    heal()
    expect(error).toMatchObject({ code: 'MILLRACE_TASK_TIMEOUT', message: expect.stringMatching(/^The assignment of tasks did not make progress within \d+ ms.*NOT_CONTROLLER/) as string })
  })

  test('should begin when the brokers are quick enough within task.timeout.ms', async () => {
    let asked = 0
    const heal = broker.control(OFFSET_FETCH, ({ clientId }) => (clientId.startsWith(applicationId) && asked++ < 30 ? { error: errorCodes.COORDINATOR_LOAD_IN_PROGRESS } : undefined))
    await apps.start(keyCount(input, output), { applicationId, requestTimeoutMs: 100, retryBackoffMs: 10 })
    heal()
    expect(asked).toBeGreaterThan(30)
  })

  test('should say why it cannot go on when its source topic has got more partitions', async () => {
    const streams = await apps.start(keyCount(input, output), { applicationId, metadataMaxAgeMs: 200 })
    await cluster.admin.createPartitions(input, 3)
    await eventually(() => streams.state === 'ERROR')
    expect(streams.error).toMatchObject({
      code: 'MILLRACE_TOPIC_INTERNAL',
      message: expect.stringMatching(/the internal topic .*-counts-changelog has 1 partitions, but the topology needs 3: the number of partitions of a source topic, or the topology, has changed/) as string,
    })
  })
})
