import { silentLogger } from '../../lib/core/log.ts'
import { clusterOptions, defaultOffsetReset, fetchSettings, groupSettings, producerOptions } from '../../lib/runtime/client-options.ts'
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

  test.each([
    [{ producer: { acks: '2' } }, 'acks'],
    [{ producer: { 'linger.ms': 'soon' } }, 'linger.ms'],
    [{ producer: { 'compression.type': 'zip' } }, 'one of none, gzip'],
    [{ producer: { 'enable.idempotence': 'maybe' } }, 'true or false'],
  ])('should refuse %j', (more, message) => {
    expect(() => producerOptions(config(more))).toThrow(message)
  })
})
