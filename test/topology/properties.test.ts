import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { logAndContinue, retryOrFail } from '../../topology/exception-handlers.ts'
import { loadProperties, parseProperties } from '../../topology/properties.ts'
import { wallclockTimestamp } from '../../topology/timestamp-extractors.ts'

describe('properties', () => {
  test.each([
    ['Truth = Beauty', { Truth: 'Beauty' }],
    [' Truth:Beauty', { Truth: 'Beauty' }],
    ['Truth\t\t\t:Beauty', { Truth: 'Beauty' }],
    ['Truth Beauty', { Truth: 'Beauty' }],
    ['cheeses', { cheeses: '' }],
    ['a==b', { a: '=b' }],
    ['a = : b', { a: ': b' }],
    ['fruits   apple, banana, \\\n         pear, \\\r\n\tmango', { fruits: 'apple, banana, pear, mango' }],
    ['# a comment\n  ! another \\\na=1', { a: '1' }],
    ['a=1\n\n \t\nb=2\rc=3', { a: '1', b: '2', c: '3' }],
    ['a\\:b\\=c\\ d=e', { 'a:b=c d': 'e' }],
    ['path=c:\\\\new', { path: 'c:\\new' }],
    ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a=\\t\\n\\r\\f\\z', { a: '\t\n\r\fz' }],
    ['a=\\u00e9\\u20AC', { a: 'é€' }],
    ['a=b  ', { a: 'b  ' }],
    ['a=1\na=2', { a: '2' }],
    ['a=b\\', { a: 'b' }],
    ['a=x\\\n# not a comment', { a: 'x# not a comment' }],
    ['=value', { '': 'value' }],
    ['', {}],
  ])('should be read from %j as Java does', (text, expected) => {
    expect(parseProperties(text)).toEqual(expected)
  })

  test('should be refused when an escape is not whole', () => {
    expect(() => parseProperties('a=\\u12')).toThrow('four hexadecimal digits')
  })

  test("should configure an application when the file is one of Java's", () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'properties-'))
    const file = path.join(directory, 'app.properties')
    const lines = [
      'application.id=orders',
      'bootstrap.servers=kafka-1:9092,\\',
      '  kafka-2:9092',
      'num.stream.threads: 4',
      'default.key.serde=org.apache.kafka.common.serialization.Serdes$StringSerde',
      'default.value.serde=org.apache.kafka.common.serialization.Serdes$ListSerde',
      'default.list.value.serde.type=java.util.ArrayList',
      'default.list.value.serde.inner=org.apache.kafka.common.serialization.Serdes$LongSerde',
      'default.timestamp.extractor=org.apache.kafka.streams.processor.WallclockTimestampExtractor',
      'deserialization.exception.handler=org.apache.kafka.streams.errors.LogAndContinueExceptionHandler',
      'production.exception.handler=org.apache.kafka.streams.errors.DefaultProductionExceptionHandler',
      'processor.wrapper.class=org.apache.kafka.streams.processor.internals.NoOpProcessorWrapper',
      'producer.compression.type=zstd',
    ]
    writeFileSync(file, lines.join('\n'))
    const config = new StreamsConfig(loadProperties(file))
    rmSync(directory, { recursive: true })
    const { settings } = config
    expect(settings).toMatchObject({ applicationId: 'orders', bootstrapServers: ['kafka-1:9092', 'kafka-2:9092'], numStreamThreads: 4 })
    expect(settings.defaultKeySerde).toBe(Serdes.string)
    const longs = settings.defaultValueSerde!
    expect(longs.deserializer.deserialize('t', longs.serializer.serialize('t', [1, 2]))).toEqual([1, 2])
    expect(settings.defaultTimestampExtractor).toBe(wallclockTimestamp)
    expect(settings.deserializationExceptionHandler).toBe(logAndContinue)
    expect(settings.productionExceptionHandler).toBe(retryOrFail)
    expect(settings.processorWrapperClass).toBeUndefined()
    expect(config.clientSettings('producer')).toEqual({ 'compression.type': 'zstd' })
  })

  test('should make serdes of windows of what they say about them', () => {
    const serdes = 'org.apache.kafka.streams.kstream.WindowedSerdes$'
    const inner = { 'windowed.inner.class.serde': 'org.apache.kafka.common.serialization.Serdes$StringSerde' }
    const { settings } = new StreamsConfig({ 'default.key.serde': `${serdes}TimeWindowedSerde`, 'window.size.ms': '500', ...inner })
    const serde = settings.defaultKeySerde!
    const key = { key: 'a', window: { start: 1000, end: 1500 } }
    expect(serde.deserializer.deserialize('t', serde.serializer.serialize('t', key))).toEqual(key)
    expect(() => new StreamsConfig({ 'default.key.serde': `${serdes}TimeWindowedSerde`, ...inner })).toThrow('window.size.ms')
    expect(() => new StreamsConfig({ 'default.key.serde': `${serdes}SessionWindowedSerde` })).toThrow('windowed.inner.class.serde')
  })

  test('should be refused when they name a class that is not here', () => {
    expect(() => new StreamsConfig({ 'default.key.serde': 'org.example.OrderSerde' })).toThrow('a serde')
  })
})
