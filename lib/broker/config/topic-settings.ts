import { SettingType } from './setting.ts'
import type { Setting } from './setting.ts'

const { BOOLEAN, DOUBLE, INT, LIST, LONG, STRING } = SettingType
const LONG_MAX = '9223372036854775807'
const CODECS = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer']

/** Every topic setting of Kafka that an embedded broker can have; those that need several brokers are kept and shown only. */
const table: readonly Setting[] = [
  { name: 'cleanup.policy', type: LIST, default: 'delete', brokerName: 'log.cleanup.policy', oneOf: ['compact', 'delete'] },
  { name: 'compression.type', type: STRING, default: 'producer', brokerName: 'compression.type', oneOf: CODECS },
  { name: 'compression.gzip.level', type: INT, default: '-1', brokerName: 'compression.gzip.level', min: -1, max: 9 },
  { name: 'compression.lz4.level', type: INT, default: '9', brokerName: 'compression.lz4.level', min: 1, max: 17 },
  { name: 'compression.zstd.level', type: INT, default: '3', brokerName: 'compression.zstd.level', min: -131072, max: 22 },
  { name: 'delete.retention.ms', type: LONG, default: '86400000', brokerName: 'log.cleaner.delete.retention.ms', min: 0 },
  { name: 'file.delete.delay.ms', type: LONG, default: '60000', brokerName: 'log.segment.delete.delay.ms', min: 0 },
  { name: 'flush.messages', type: LONG, default: LONG_MAX, brokerName: 'log.flush.interval.messages', min: 1 },
  { name: 'flush.ms', type: LONG, default: LONG_MAX, brokerName: 'log.flush.interval.ms', min: 0 },
  { name: 'follower.replication.throttled.replicas', type: LIST, default: '' },
  { name: 'index.interval.bytes', type: INT, default: '4096', brokerName: 'log.index.interval.bytes', min: 0 },
  { name: 'leader.replication.throttled.replicas', type: LIST, default: '' },
  { name: 'local.retention.bytes', type: LONG, default: '-2', brokerName: 'log.local.retention.bytes', min: -2 },
  { name: 'local.retention.ms', type: LONG, default: '-2', brokerName: 'log.local.retention.ms', min: -2 },
  { name: 'max.compaction.lag.ms', type: LONG, default: LONG_MAX, brokerName: 'log.cleaner.max.compaction.lag.ms', min: 1 },
  { name: 'max.message.bytes', type: INT, default: '1048588', brokerName: 'message.max.bytes', min: 0 },
  { name: 'message.timestamp.after.max.ms', type: LONG, default: '3600000', brokerName: 'log.message.timestamp.after.max.ms', min: 0 },
  { name: 'message.timestamp.before.max.ms', type: LONG, default: LONG_MAX, brokerName: 'log.message.timestamp.before.max.ms', min: 0 },
  { name: 'message.timestamp.type', type: STRING, default: 'CreateTime', brokerName: 'log.message.timestamp.type', oneOf: ['CreateTime', 'LogAppendTime'] },
  { name: 'min.cleanable.dirty.ratio', type: DOUBLE, default: '0.5', brokerName: 'log.cleaner.min.cleanable.ratio', min: 0, max: 1 },
  { name: 'min.compaction.lag.ms', type: LONG, default: '0', brokerName: 'log.cleaner.min.compaction.lag.ms', min: 0 },
  { name: 'min.insync.replicas', type: INT, default: '1', brokerName: 'min.insync.replicas', min: 1 },
  { name: 'preallocate', type: BOOLEAN, default: 'false', brokerName: 'log.preallocate' },
  { name: 'remote.log.copy.disable', type: BOOLEAN, default: 'false' },
  { name: 'remote.log.delete.on.disable', type: BOOLEAN, default: 'false' },
  { name: 'remote.storage.enable', type: BOOLEAN, default: 'false' },
  { name: 'retention.bytes', type: LONG, default: '-1', brokerName: 'log.retention.bytes' },
  { name: 'retention.ms', type: LONG, default: '604800000', brokerName: 'log.retention.ms', min: -1 },
  { name: 'segment.bytes', type: INT, default: '1073741824', brokerName: 'log.segment.bytes', min: 14 },
  { name: 'segment.index.bytes', type: INT, default: '10485760', brokerName: 'log.index.size.max.bytes', min: 4 },
  { name: 'segment.jitter.ms', type: LONG, default: '0', brokerName: 'log.roll.jitter.ms', min: 0 },
  { name: 'segment.ms', type: LONG, default: '604800000', brokerName: 'log.roll.ms', min: 1 },
  { name: 'unclean.leader.election.enable', type: BOOLEAN, default: 'false', brokerName: 'unclean.leader.election.enable' },
]

export const topicSettings: ReadonlyMap<string, Setting> = new Map(table.map((setting) => [setting.name, setting]))
