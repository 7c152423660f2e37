import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SettingName } from '../../topology/internals/config-settings.ts'
import { dottedName, settings } from '../../topology/internals/config-settings.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { logAndFail, retryOrFail } from '../../topology/exception-handlers.ts'
import { failOnInvalidTimestamp } from '../../topology/timestamp-extractors.ts'
import { adminSettings, consumerSettings, kafkaSettings, producerSettings, topicSettings } from './helpers/kafka-settings.ts'

const names = new Map((Object.keys(settings) as SettingName[]).map((name) => [dottedName(name), name]))
const valueOf = (name: string): unknown => new StreamsConfig({}).settings[names.get(name)!]

/** What stands here for Java's defaults that are classes, or that have no value. */
const differentDefaults: Readonly<Record<string, unknown>> = {
  'application.id': '',
  'bootstrap.servers': [],
  'state.dir': path.join(tmpdir(), 'kafka-streams'),
  'topology.optimization': new Set(),
  'deserialization.exception.handler': logAndFail,
  'default.deserialization.exception.handler': logAndFail,
  'processing.exception.handler': logAndFail,
  'production.exception.handler': retryOrFail,
  'default.production.exception.handler': retryOrFail,
  'default.timestamp.extractor': failOnInvalidTimestamp,
  'default.client.supplier': undefined,
  'dsl.store.suppliers.class': undefined,
  'processor.wrapper.class': undefined,
  // JMX is Java's
  'metric.reporters': [],
}

const parsed = (type: string, text: string): unknown => {
  if (text === 'null') return undefined
  if (type === 'INT' || type === 'LONG') return Number(text)
  if (type === 'BOOLEAN') return text === 'true'
  if (type === 'LIST') return text.slice(1, -1).split(',').filter((each) => each !== '')
  return text
}

/** Classes of the user, and what only Java's own classes read: nothing can be said about their values. */
const takesAnything = new Set([
  'default.client.supplier', 'dsl.store.suppliers.class', 'rocksdb.config.setter', 'task.assignor.class', 'windowed.inner.class.serde',
  'default.list.key.serde.inner', 'default.list.key.serde.type', 'default.list.value.serde.inner', 'default.list.value.serde.type',
])

const badValues = (type: string, checked: string): unknown[] => {
  const range = /^\[(-?\d+),\.\.\.\]$/.exec(checked)
  if (type === 'INT') return ['many', 1.5, 2 ** 31, true, ...(range === null ? [] : [Number(range[1]) - 1])]
  if (type === 'LONG') return ['long', 0.5, {}, ...(range === null ? [] : [Number(range[1]) - 1])]
  if (type === 'BOOLEAN') return ['yes', 1, {}]
  if (type === 'LIST') return [5, [1], {}]
  if (type === 'CLASS') return [5, 'org.example.NotHere']
  return checked === '' ? [{}, 5] : ['no-such-word', 5]
}

describe('configuration', () => {
  test('should know every setting of Kafka Streams, and no other', () => {
    expect([...names.keys()].sort()).toEqual(kafkaSettings.map(([name]) => name).sort())
  })

  test.each(kafkaSettings)('should have the default of Java for %s', (name, type, byDefault) => {
    expect(valueOf(name)).toEqual(name in differentDefaults ? differentDefaults[name] : parsed(type, byDefault))
  })

  test.each(kafkaSettings.filter(([name]) => !takesAnything.has(name)))('should refuse values that do not fit %s, by its name', (name, type, _, checked) => {
    for (const bad of badValues(type, checked)) expect(() => new StreamsConfig({ [name]: bad })).toThrow(`configuration ${name}`)
    for (const bad of badValues(type, checked)) expect(() => new StreamsConfig({ [names.get(name)!]: bad })).toThrow(`configuration ${name}`)
  })

  test.each([
    ['consumer', consumerSettings],
    ['mainConsumer', consumerSettings],
    ['restore.consumer', consumerSettings],
    ['globalConsumer', consumerSettings],
    ['producer', producerSettings],
    ['admin', adminSettings],
    ['topic', topicSettings],
  ])('should know every setting of Java under %s', (group, known) => {
    const prefix = dottedName(group)
    // a value of any other type than the setting takes shows that the setting is known, too
    for (const name of known) {
      try {
        new StreamsConfig({ [`${prefix}.${name}`]: '1' })
      } catch (error) {
        expect(String(error)).toContain(`Invalid value 1 for configuration ${prefix}.${name}`)
      }
    }
  })

  test.each([
    ['consumer.fetch.min.byte', 'consumer.fetch.min.bytes'],
    ['producer.linger', 'producer.linger.ms'],
    ['topic.retention', 'topic.retention.ms'],
    ['main.consumer.session.timeout', 'main.consumer.session.timeout.ms'],
  ])('should offer the nearest setting of the client when %s is unknown', (wrong, right) => {
    expect(() => new StreamsConfig({ [wrong]: 1 })).toThrow(`Did you mean ${right}?`)
  })

  test.each([
    ['producer.acks', 'some'],
    ['consumer.max.poll.records', 0],
    ['restore.consumer.isolation.level', 'committed'],
    ['auto.offset.reset', 'by_duration:1h'],
    ['admin.retries', -1],
    ['producer.enable.idempotence', 'on'],
    ['sasl.login.refresh.window.factor', 2],
  ])('should refuse a client setting %s of %p', (name, value) => {
    expect(() => new StreamsConfig({ [name]: value })).toThrow(`Invalid value ${value} for configuration ${name}`)
  })

  test('should take tags of the instance', () => {
    expect(new StreamsConfig({ 'client.tag.zone': 'a' }).originalsWithPrefix('client.tag.')).toEqual({ zone: 'a' })
  })

  const shared = path.resolve('../shared/reference/kafka-streams-config.tsv')
  const theirs = existsSync(shared) ? readFileSync(shared, 'utf8').trim().split('\n').slice(1).map((line) => line.split('\t').slice(0, 3)) : undefined
  test('should be checked against the list of Kafka Streams itself where that is at hand', () => {
    if (theirs !== undefined) expect(kafkaSettings.map((row) => row.slice(0, 3))).toEqual(theirs)
  })
})
