import { brokerGroupSettings } from './group-settings.ts'
import { keptSettings } from './kept-settings.ts'
import { SettingType } from './setting.ts'
import type { Setting } from './setting.ts'
import { topicSettings } from './topic-settings.ts'

const { BOOLEAN, INT, LIST, LONG } = SettingType

/**
 * The broker's settings, by Kafka's names. Where an embedded broker is better served by another default than Kafka's, that
 * one stands here: groups form at once, and retention and compaction look round every few seconds.
 */
const own: readonly Setting[] = [
  { name: 'auto.create.topics.enable', type: BOOLEAN, default: 'true', readOnly: true },
  { name: 'broker.id', type: INT, default: '0', readOnly: true },
  { name: 'connection.failed.authentication.delay.ms', type: INT, default: '100', min: 0, readOnly: true },
  { name: 'connections.max.idle.ms', type: LONG, default: '600000', min: -1, readOnly: true },
  { name: 'connections.max.reauth.ms', type: LONG, default: '0', min: 0, readOnly: true },
  { name: 'default.replication.factor', type: INT, default: '1', readOnly: true },
  { name: 'delete.topic.enable', type: BOOLEAN, default: 'true', readOnly: true },
  { name: 'fetch.max.bytes', type: INT, default: '57671680', min: 1024, readOnly: true },
  { name: 'group.initial.rebalance.delay.ms', type: INT, default: '0', min: 0, readOnly: true },
  { name: 'group.max.session.timeout.ms', type: INT, default: '1800000', min: 1, readOnly: true },
  { name: 'group.max.size', type: INT, default: '2147483647', min: 1, readOnly: true },
  { name: 'group.min.session.timeout.ms', type: INT, default: '6000', min: 1, readOnly: true },
  { name: 'log.cleaner.backoff.ms', type: LONG, default: '1000', min: 1 },
  { name: 'log.cleaner.enable', type: BOOLEAN, default: 'true', readOnly: true },
  { name: 'log.dirs', type: LIST, default: '', readOnly: true },
  { name: 'log.flush.scheduler.interval.ms', type: LONG, default: '9223372036854775807', min: 0, readOnly: true },
  { name: 'log.retention.check.interval.ms', type: LONG, default: '300000', min: 1, readOnly: true },
  { name: 'log.retention.hours', type: INT, default: '168', min: -1, readOnly: true },
  { name: 'log.retention.minutes', type: INT, default: '', readOnly: true },
  { name: 'log.roll.hours', type: INT, default: '168', min: 1, readOnly: true },
  { name: 'log.roll.jitter.hours', type: INT, default: '0', min: 0, readOnly: true },
  { name: 'max.connections', type: INT, default: '10000', min: 1 },
  { name: 'max.connections.per.ip', type: INT, default: '2147483647', min: 1 },
  { name: 'max.incremental.fetch.session.cache.slots', type: INT, default: '1000', min: 0, readOnly: true },
  { name: 'max.request.partition.size.limit', type: INT, default: '2000', min: 1, readOnly: true },
  { name: 'node.id', type: INT, default: '0', readOnly: true },
  { name: 'num.partitions', type: INT, default: '1', min: 1, readOnly: true },
  { name: 'offset.metadata.max.bytes', type: INT, default: '4096', min: 0, readOnly: true },
  { name: 'offsets.retention.check.interval.ms', type: LONG, default: '600000', min: 1, readOnly: true },
  { name: 'offsets.retention.minutes', type: INT, default: '10080', min: 1, readOnly: true },
  { name: 'producer.id.expiration.ms', type: INT, default: '86400000', min: 1 },
  { name: 'queued.max.request.bytes', type: LONG, default: '536870912', min: -1, readOnly: true },
  { name: 'sasl.enabled.mechanisms', type: LIST, default: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', oneOf: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], readOnly: true },
  { name: 'sasl.server.max.receive.size', type: INT, default: '524288', min: 1, readOnly: true },
  { name: 'socket.request.max.bytes', type: INT, default: '104857600', min: 1, readOnly: true },
  { name: 'transaction.abort.timed.out.transaction.cleanup.interval.ms', type: INT, default: '1000', min: 1, readOnly: true },
  { name: 'transaction.max.timeout.ms', type: INT, default: '900000', min: 1, readOnly: true },
  { name: 'transaction.remove.expired.transaction.cleanup.interval.ms', type: INT, default: '3600000', min: 1, readOnly: true },
  { name: 'transactional.id.expiration.ms', type: INT, default: '604800000', min: 1, readOnly: true },
]

const defaultsOfTopics: readonly Setting[] = [...topicSettings.values()]
  .filter((setting) => setting.brokerName !== undefined)
  .map((setting) => ({ ...setting, name: setting.brokerName! }))

export const brokerSettings: ReadonlyMap<string, Setting> = new Map(
  [...own, ...brokerGroupSettings, ...defaultsOfTopics, ...keptSettings].sort((a, b) => (a.name < b.name ? -1 : 1)).map((setting) => [setting.name, setting]),
)
