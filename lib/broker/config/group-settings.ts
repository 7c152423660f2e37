import { SettingType } from './setting.ts'
import type { Setting } from './setting.ts'

const { BOOLEAN, INT, STRING } = SettingType

/** What a group can have otherwise than the broker says, who for some has no name. Times are in ms. */
const table: readonly (Setting & { readonly brokerName: string })[] = [
  { name: 'consumer.assignment.interval.ms', type: INT, default: '0', brokerName: 'group.consumer.assignment.interval.ms', min: 0 },
  { name: 'consumer.heartbeat.interval.ms', type: INT, default: '1000', brokerName: 'group.consumer.heartbeat.interval.ms', min: 1 },
  { name: 'consumer.session.timeout.ms', type: INT, default: '45000', brokerName: 'group.consumer.session.timeout.ms', min: 1 },
  { name: 'share.assignment.interval.ms', type: INT, default: '0', brokerName: 'group.share.assignment.interval.ms', min: 0 },
  { name: 'share.auto.offset.reset', type: STRING, default: 'latest', brokerName: '', oneOf: ['latest', 'earliest'] },
  { name: 'share.delivery.count.limit', type: INT, default: '5', brokerName: 'group.share.delivery.count.limit', min: 2 },
  { name: 'share.heartbeat.interval.ms', type: INT, default: '1000', brokerName: 'group.share.heartbeat.interval.ms', min: 1 },
  { name: 'share.isolation.level', type: STRING, default: 'read_uncommitted', brokerName: '', oneOf: ['read_uncommitted', 'read_committed'] },
  { name: 'share.partition.max.record.locks', type: INT, default: '2000', brokerName: 'group.share.partition.max.record.locks', min: 100 },
  { name: 'share.record.lock.duration.ms', type: INT, default: '30000', brokerName: 'group.share.record.lock.duration.ms', min: 1 },
  { name: 'share.renew.acknowledge.enable', type: BOOLEAN, default: 'true', brokerName: '' },
  { name: 'share.session.timeout.ms', type: INT, default: '45000', brokerName: 'group.share.session.timeout.ms', min: 1 },
  { name: 'streams.assignment.interval.ms', type: INT, default: '0', brokerName: 'group.streams.assignment.interval.ms', min: 0 },
  { name: 'streams.heartbeat.interval.ms', type: INT, default: '1000', brokerName: 'group.streams.heartbeat.interval.ms', min: 1 },
  { name: 'streams.initial.rebalance.delay.ms', type: INT, default: '0', brokerName: 'group.streams.initial.rebalance.delay.ms', min: 0 },
  { name: 'streams.num.standby.replicas', type: INT, default: '0', brokerName: 'group.streams.num.standby.replicas', min: 0 },
  { name: 'streams.session.timeout.ms', type: INT, default: '45000', brokerName: 'group.streams.session.timeout.ms', min: 1 },
]

export const groupSettings: ReadonlyMap<string, Setting & { readonly brokerName: string }> = new Map(table.map((setting) => [setting.name, setting]))

/** The broker's settings with the bounds of a group's, such as `group.consumer.min.session.timeout.ms`. */
export const boundNames = (name: string): { readonly min: string; readonly max: string } => {
  const [type, ...rest] = name.split('.')
  if (name === 'streams.num.standby.replicas') return { min: '', max: 'group.streams.max.standby.replicas' }
  return { min: `group.${type}.min.${rest.join('.')}`, max: `group.${type}.max.${rest.join('.')}` }
}

/** Broker settings of the newer group protocols. Heartbeats are more frequent than Kafka's: groups settle sooner. */
export const brokerGroupSettings: readonly Setting[] = [
  ...table.filter(({ brokerName }) => brokerName !== '').map(({ brokerName, ...setting }) => ({ ...setting, name: brokerName, ...(brokerName.endsWith('.assignment.interval.ms') ? {} : { readOnly: true as const }) })),
  { name: 'group.consumer.assignors', type: SettingType.LIST, default: 'uniform,range', oneOf: ['uniform', 'range'], readOnly: true },
  { name: 'group.consumer.max.size', type: INT, default: '2147483647', min: 1, readOnly: true },
  { name: 'group.consumer.migration.policy', type: SettingType.STRING, default: 'bidirectional', oneOf: ['bidirectional', 'upgrade', 'downgrade', 'disabled'], readOnly: true },
  { name: 'group.share.max.size', type: INT, default: '200', min: 1, readOnly: true },
  { name: 'group.share.max.record.lock.duration.ms', type: INT, default: '60000', min: 1, readOnly: true },
  { name: 'group.share.min.record.lock.duration.ms', type: INT, default: '100', min: 1, readOnly: true },
  { name: 'group.share.max.delivery.count.limit', type: INT, default: '10', min: 5, max: 25, readOnly: true },
  { name: 'group.share.min.delivery.count.limit', type: INT, default: '2', min: 2, max: 5, readOnly: true },
  { name: 'group.share.max.partition.max.record.locks', type: INT, default: '4000', min: 100, readOnly: true },
  { name: 'group.share.min.partition.max.record.locks', type: INT, default: '100', min: 1, readOnly: true },
  { name: 'group.streams.max.size', type: INT, default: '2147483647', min: 1, readOnly: true },
  { name: 'group.streams.max.standby.replicas', type: INT, default: '2', min: 0, readOnly: true },
  ...['consumer', 'share', 'streams'].flatMap((type): Setting[] => [
    { name: `group.${type}.min.heartbeat.interval.ms`, type: INT, default: '100', min: 1, readOnly: true },
    { name: `group.${type}.max.heartbeat.interval.ms`, type: INT, default: '15000', min: 1, readOnly: true },
    { name: `group.${type}.min.session.timeout.ms`, type: INT, default: '1000', min: 1, readOnly: true },
    { name: `group.${type}.max.session.timeout.ms`, type: INT, default: '60000', min: 1, readOnly: true },
    { name: `group.${type}.min.assignment.interval.ms`, type: INT, default: '0', min: 0, readOnly: true },
    { name: `group.${type}.max.assignment.interval.ms`, type: INT, default: '15000', min: 0, readOnly: true },
  ]),
]
