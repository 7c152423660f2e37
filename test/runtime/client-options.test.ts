import { silentLogger } from '../../lib/core/log.ts'
import { checkExactlyOnce, clusterOptions, defaultOffsetReset, fetchSettings, groupSettings, producerOptions } from '../../lib/runtime/client-options.ts'
import { StreamsConfig } from '../../topology/config.ts'

const config = (more: object = {}): StreamsConfig => new StreamsConfig({ applicationId: 'app', bootstrapServers: 'a:1,b:2', ...more })

describe('client options', () => {
  test("should take over the settings by Kafka's names", () => {
    const given = config({ producer: { acks: 'all', 'linger.ms': 20, 'compression.type': 'lz4' }, consumer: { 'fetch.min.bytes': '10' }, 'session.timeout.ms': 9000 })
    expect(producerOptions(given)).toMatchObject({ acks: -1, lingerMs: 20, compression: 'lz4' })
    expect(fetchSettings(given, 'main.consumer')).toMatchObject({ minBytes: 10 })
    expect(groupSettings(given, 1)).toMatchObject({ groupId: 'app', sessionTimeoutMs: 9000, groupInstanceId: undefined })
    expect(clusterOptions(given, 'me', silentLogger)).toMatchObject({ bootstrapServers: ['a:1', 'b:2'], clientId: 'me', tls: undefined, sasl: undefined })
  })

  test('should prefer the settings of the main consumer to those of all consumers', () => {
    const given = config({ consumer: { 'fetch.max.bytes': 1 }, mainConsumer: { 'fetch.max.bytes': 2 } })
    expect(fetchSettings(given, 'main.consumer').maxBytes).toBe(2)
    expect(fetchSettings(given, 'restore.consumer').maxBytes).toBe(1)
  })

  test('should make transactions that nothing but their time-out ends, and read only what is committed, when it works exactly once', () => {
    const given = config({ processingGuarantee: 'exactly_once_v2', consumer: { 'isolation.level': 'read_uncommitted' } })
    const expected = { transactionalId: 'app-1', transactionTimeoutMs: 10_000, deliveryTimeoutMs: 2 ** 31 - 1 }
    expect(producerOptions(given, 'app-1')).toMatchObject(expected)
    for (const kind of ['main.consumer', 'restore.consumer', 'global.consumer'] as const) {
      expect(fetchSettings(given, kind).isolationLevel).toBe('read_committed')
    }
    expect(producerOptions(given)).toMatchObject({ transactionalId: undefined, deliveryTimeoutMs: undefined })
  })

  test.each([
    [{ producer: { 'transaction.timeout.ms': 99 } }, 'commit interval 100'],
    [{ commitIntervalMs: 10_001 }, 'Transaction timeout 10000'],
    [{ 'producer.enable.idempotence': false }, 'enable.idempotence'],
    [{ 'producer.acks': '1' }, 'acks all'],
    [{ 'producer.max.in.flight.requests.per.connection': 6 }, 'at most 5'],
  ])('should refuse %j when it works exactly once', (more, message) => {
    expect(() => checkExactlyOnce(config({ ...more, processingGuarantee: 'exactly_once_v2' }))).toThrow(message)
    expect(() => checkExactlyOnce(config(more))).not.toThrow()
  })

  test('should give each thread of a static member a name of its own', () => {
    expect(groupSettings(config({ 'group.instance.id': 'pod-3' }), 2).groupInstanceId).toBe('pod-3-2')
  })

  test.each([
    [undefined, 'earliest'],
    ['latest', 'latest'],
    ['by_duration:PT1H30M', { byDurationMs: 5_400_000 }],
    ['by_duration:P1D', { byDurationMs: 86_400_000 }],
  ])('should read auto.offset.reset %j', (given, expected) => {
    expect(defaultOffsetReset(config(given === undefined ? {} : { 'auto.offset.reset': given }))).toEqual(expected)
  })

  test('should speak TLS and SASL PLAIN when told to', () => {
    const options = clusterOptions(
      config({
        securityProtocol: 'SASL_SSL',
        'ssl.truststore.certificates': 'PEM',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="se\\"cret";',
      }),
      'me',
      silentLogger,
    )
    expect(options.tls).toMatchObject({ ca: 'PEM' })
    expect(options.sasl?.authenticator('').next(undefined)?.toString()).toBe('\0ann\0se"cret')
  })

  const sasl = (more: object) => clusterOptions(config({ securityProtocol: 'SASL_PLAINTEXT', ...more }), 'me', silentLogger).sasl
  const jaas = { 'sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="secret";' }

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'])('should speak SASL %s when told to', async (mechanism) => {
    const chosen = sasl({ 'sasl.mechanism': mechanism, ...jaas })
    expect(chosen?.name).toBe(mechanism)
    expect(String(await chosen?.authenticator('').next(undefined))).toContain('n,,n=ann,r=')
  })

  test('should ask for a token for every connection when it speaks SASL OAUTHBEARER', async () => {
    let count = 0
    const chosen = sasl({ 'sasl.mechanism': 'OAUTHBEARER', 'sasl.login.callback.handler.class': async () => `token-${++count}` })
    for (const token of ['token-1', 'token-2']) expect(String(await chosen?.authenticator('').next(undefined))).toContain(`auth=Bearer ${token}`)
  })

  test.each([
    [{ 'sasl.mechanism': 'SCRAM-SHA-512' }, 'sasl.jaas.config is missing: sasl.mechanism SCRAM-SHA-512'],
    [{ 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.jaas.config': 'x required username="ann";' }, 'sasl.jaas.config has no password'],
    [{ 'sasl.mechanism': 'OAUTHBEARER' }, 'sasl.login.callback.handler.class has to be a function'],
    [{ 'sasl.mechanism': 'OAUTHBEARER', 'sasl.login.callback.handler.class': 'org.x.Y' }, 'it takes a function'],
    [{ 'sasl.mechanism': 'NTLM' }, 'this release knows PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER'],
    [{}, 'Invalid value GSSAPI'],
  ])('should say what is missing when told to speak SASL with %j', (more, message) => {
    expect(() => sasl(more)).toThrow(message)
  })

  test.each([
    [{ producer: { acks: '2' } }, 'acks'],
    [{ producer: { 'linger.ms': 'soon' } }, 'linger.ms'],
    [{ producer: { 'compression.type': 'zip' } }, 'one of none, gzip'],
    [{ producer: { 'enable.idempotence': 'maybe' } }, 'true or false'],
  ])('should refuse %j', (more, message) => {
    expect(() => producerOptions(config(more))).toThrow(message)
  })
})
