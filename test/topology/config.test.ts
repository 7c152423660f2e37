import { ConfigError } from '../../lib/core/errors.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { logAndContinue, logAndFail } from '../../topology/exception-handlers.ts'

test('config should have the defaults of Kafka Streams when nothing is set', () => {
  const { settings } = new StreamsConfig({})
  expect(settings.commitIntervalMs).toBe(30_000)
  expect(settings.statestoreCacheMaxBytes).toBe(10_485_760)
  expect(settings.processingGuarantee).toBe('at_least_once')
  expect(settings.maxTaskIdleMs).toBe(0)
  expect(settings.deserializationExceptionHandler).toBe(logAndFail)
  expect(settings.defaultKeySerde).toBeUndefined()
})

test('config should mean the same when names are dotted or camelCase', () => {
  const dotted = new StreamsConfig({ 'application.id': 'app', 'num.stream.threads': 2 })
  const camelCase = new StreamsConfig({ applicationId: 'app', numStreamThreads: 2 })
  expect(dotted.settings).toEqual(camelCase.settings)
  expect(dotted.originals()).toEqual(camelCase.originals())
})

test('config should read values from text when they come from a properties file', () => {
  const { settings } = new StreamsConfig({ 'num.stream.threads': '3', 'enable.metrics.push': 'false', 'bootstrap.servers': 'a:1, b:2' })
  expect(settings.numStreamThreads).toBe(3)
  expect(settings.enableMetricsPush).toBe(false)
  expect(settings.bootstrapServers).toEqual(['a:1', 'b:2'])
})

test.each([
  ['comit.interval.ms', 'commit.interval.ms'],
  ['applicationID', 'applicationId'],
  ['max.poll.record', 'max.poll.records'],
])('config should name the nearest setting when %s is unknown', (wrong, right) => {
  const build = (): StreamsConfig => new StreamsConfig({ [wrong]: 1 })
  expect(build).toThrow(ConfigError)
  expect(build).toThrow(`Did you mean ${right}?`)
})

test.each([
  ['buffered.records.per.partition', 0, 'Value must be at least 1; it takes an integer of at least 1'],
  ['num.stream.threads', 'two', 'Not a number of type INT; it takes an integer'],
  ['commit.interval.ms', 'soon', 'Not a number of type LONG; it takes an integer of at least 0'],
  ['processing.guarantee', 'exactly_once', 'at_least_once, exactly_once_v2'],
  ['default.key.serde', 'string', 'a serde'],
  ['enable.metrics.push', 1, 'true or false'],
  ['topology.optimization', 'sometimes', 'Unrecognized config. Acceptable values are'],
  ['processing.exception.handler', 'ignore', "a function, 'fail' or 'continue'"],
])('config should say what %s takes when it is %p', (name, value, takes) => {
  expect(() => new StreamsConfig({ [name]: value })).toThrow(name)
  expect(() => new StreamsConfig({ [name]: value })).toThrow(takes)
})

test('config should commit every 100 ms when processing is exactly-once and nothing else is said', () => {
  expect(new StreamsConfig({ processingGuarantee: 'exactly_once_v2' }).settings.commitIntervalMs).toBe(100)
  expect(new StreamsConfig({ processingGuarantee: 'exactly_once_v2', commitIntervalMs: 500 }).settings.commitIntervalMs).toBe(500)
})

test('config should take words in any case only where Kafka Streams does', () => {
  expect(new StreamsConfig({ 'dsl.store.format': 'headers', 'security.protocol': ' ssl ' }).settings).toMatchObject({ dslStoreFormat: 'HEADERS', securityProtocol: 'SSL' })
  expect(() => new StreamsConfig({ 'dsl.store.format': 'X' })).toThrow('String must be one of (case insensitive): HEADERS, DEFAULT')
  expect(() => new StreamsConfig({ 'default.dsl.store': 'ROCKSDB' })).toThrow('String must be one of: rocksDB, in_memory')
  expect(() => new StreamsConfig({ 'upgrade.from': '9' })).toThrow('String must be one of: null, 2.4')
})

test('config should refuse what does not fit an int of Java', () => {
  expect(() => new StreamsConfig({ 'num.stream.threads': 2 ** 31 })).toThrow('Not a number of type INT')
  expect(new StreamsConfig({ 'poll.ms': 2 ** 31 }).settings.pollMs).toBe(2 ** 31)
})

test('config should turn optimisations into a set when they are named', () => {
  expect(new StreamsConfig({ topologyOptimization: 'all' }).settings.topologyOptimization.size).toBe(3)
  expect(new StreamsConfig({ topologyOptimization: 'none' }).settings.topologyOptimization.size).toBe(0)
  const two = new StreamsConfig({ topologyOptimization: 'merge.repartition.topics,single.store.self.join' })
  expect([...two.settings.topologyOptimization]).toEqual(['merge.repartition.topics', 'single.store.self.join'])
})

test('config should use a deprecated name only when the new one is absent', () => {
  expect(new StreamsConfig({ cacheMaxBytesBuffering: 5 }).settings.statestoreCacheMaxBytes).toBe(5)
  expect(new StreamsConfig({ cacheMaxBytesBuffering: 5, statestoreCacheMaxBytes: 7 }).settings.statestoreCacheMaxBytes).toBe(7)
  expect(new StreamsConfig({ defaultDeserializationExceptionHandler: 'continue' }).settings.deserializationExceptionHandler).toBe(logAndContinue)
})

test('config should give a client the most specific setting when several prefixes name it', () => {
  const config = new StreamsConfig({
    'max.poll.records': 1,
    'ssl.key.password': 'x',
    consumer: { maxPollRecords: 2, 'fetch.max.bytes': 9 },
    'main.consumer.max.poll.records': 3,
    'producer.linger.ms': 4,
  })
  expect(config.clientSettings('main.consumer')).toEqual({ 'max.poll.records': 3, 'ssl.key.password': 'x', 'fetch.max.bytes': 9 })
  expect(config.clientSettings('restore.consumer')).toEqual({ 'max.poll.records': 2, 'ssl.key.password': 'x', 'fetch.max.bytes': 9 })
  expect(config.clientSettings('producer')).toEqual({ 'max.poll.records': 1, 'ssl.key.password': 'x', 'linger.ms': 4 })
})

test('config should pass topic settings on as text when they have the prefix', () => {
  expect(new StreamsConfig({ topic: { segmentBytes: 1000 } }).topicSettings()).toEqual({ 'segment.bytes': '1000' })
})

test('config should demand what a running application needs when it is about to start', () => {
  expect(() => new StreamsConfig({ applicationId: 'a' }).requireForRunning()).toThrow('bootstrap.servers')
  expect(() => new StreamsConfig({ bootstrapServers: 'a:1' }).requireForRunning()).toThrow('application.id')
  expect(() => new StreamsConfig({ applicationId: 'a', bootstrapServers: 'a:1', numStreamThreads: 0 }).requireForRunning()).toThrow('num.stream.threads')
})
