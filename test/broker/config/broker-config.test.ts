import { BrokerConfig } from '../../../lib/broker/config/broker-config.ts'
import { brokerSettings } from '../../../lib/broker/config/broker-settings.ts'
import { documentationOf } from '../../../lib/broker/config/setting-documentation.ts'
import { groupSettings } from '../../../lib/broker/config/group-settings.ts'
import { topicSettings } from '../../../lib/broker/config/topic-settings.ts'

const HOUR_MS = 3_600_000
const NOTHING = new Map<string, string>()

describe('BrokerConfig', () => {
  test.each([
    [{}, 168 * HOUR_MS],
    [{ 'log.retention.hours': 2 }, 2 * HOUR_MS],
    [{ 'log.retention.hours': 2, 'log.retention.minutes': 3 }, 180_000],
    [{ 'log.retention.hours': 2, 'log.retention.minutes': 3, 'log.retention.ms': 4 }, 4],
    [{ 'log.retention.hours': -1 }, -1],
  ])('should take the finest of the settings for retention when given %j', (settings, expected) => {
    const config = new BrokerConfig(settings)
    expect(config.number('log.retention.ms')).toBe(expected)
    expect(config.logConfig(NOTHING).retentionMs).toBe(expected)
    expect(config.logConfig(new Map([['retention.ms', '7']])).retentionMs).toBe(7)
  })

  test('should take hours for the age of segments, and the interval of the scheduler for that of flushes', () => {
    const config = new BrokerConfig({ 'log.roll.hours': 1, 'log.flush.scheduler.interval.ms': '9223372036854775807' })
    expect(config.logConfig(NOTHING)).toMatchObject({ segmentMs: HOUR_MS, flushMs: 2 ** 63 })
    expect(config.topic(NOTHING, 'flush.ms').value).toBe('9223372036854775807')
  })

  test('should take what Kafka has and an embedded broker has no use for, and refuse what it must not ignore', () => {
    const settings = { 'num.io.threads': 3, 'offsets.topic.replication.factor': 1, 'replica.lag.time.max.ms': 5000 }
    expect(new BrokerConfig(settings).broker('num.io.threads').synonyms.map(({ value }) => value)).toEqual(['3', '8'])
    for (const name of ['listeners', 'ssl.keystore.location', 'remote.log.storage.system.enable']) {
      expect(() => new BrokerConfig({ [name]: 'x' })).toThrow(`no broker setting is called ${name}`)
    }
  })

  test.each([['num.io.threads', 'many'], ['offsets.topic.replication.factor', '40000'], ['auto.leader.rebalance.enable', '1']])('should refuse %s=%s', (name, value) => {
    expect(() => new BrokerConfig({ [name]: value })).toThrow(`Invalid value ${value} for configuration ${name}`)
  })
})

test.each([['brokers', brokerSettings], ['topics', topicSettings], ['groups', groupSettings]])('every setting of %s should say what it is for', (_of, settings) => {
  expect([...settings.values()].map(({ name }) => name).filter((name) => !documentationOf(name)?.endsWith('.'))).toEqual([])
})
