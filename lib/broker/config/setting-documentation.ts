import { keptSettings } from './kept-settings.ts'
import { topicSettings } from './topic-settings.ts'

/** What settings are for, as DescribeConfigs tells it. */
const ofTopics: Readonly<Record<string, string>> = {
  'cleanup.policy': 'What becomes of old segments: delete them by time or size, compact them to the last record of each key, or both.',
  'compression.type': 'The compression that batches are stored in; producer leaves them as they came.',
  'compression.gzip.level': 'How hard gzip tries, where compression.type is gzip.',
  'compression.lz4.level': 'How hard lz4 tries, where compression.type is lz4.',
  'compression.zstd.level': 'How hard zstd tries, where compression.type is zstd.',
  'delete.retention.ms': 'How long compaction keeps tombstones and the markers of transactions, so that slow consumers see them.',
  'file.delete.delay.ms': 'How long files of deleted segments stay. Here they go at once.',
  'flush.messages': 'After how many records the log is forced to the disk; until then the operating system has them.',
  'flush.ms': 'After how long records are forced to the disk; until then the operating system has them.',
  'follower.replication.throttled.replicas': 'Replicas whose fetching is slowed down. Kept only: there is nothing to replicate.',
  'index.interval.bytes': 'How many bytes of a log lie between two entries of its index.',
  'leader.replication.throttled.replicas': 'Replicas whose leaders serve them slowly. Kept only: there is nothing to replicate.',
  'local.retention.bytes': 'Bytes to keep before they are in tiered storage only. Kept only: there is no tiered storage.',
  'local.retention.ms': 'Time to keep records before they are in tiered storage only. Kept only: there is no tiered storage.',
  'max.compaction.lag.ms': 'How long a record may go without compaction, however little there is to gain.',
  'max.message.bytes': 'The largest batch of records that is taken, after compression.',
  'message.timestamp.after.max.ms': 'How far timestamps of producers may be ahead of the broker.',
  'message.timestamp.before.max.ms': 'How far timestamps of producers may be behind the broker.',
  'message.timestamp.type': 'Whose time records have: CreateTime the producer\'s, LogAppendTime the broker\'s.',
  'min.cleanable.dirty.ratio': 'Which part of a log has to be new before it is compacted.',
  'min.compaction.lag.ms': 'How long records are left alone by compaction.',
  'min.insync.replicas': 'How many replicas have to have a record before acks=all is answered.',
  'preallocate': 'Whether files are made in their full size. Kept only.',
  'remote.log.copy.disable': 'Whether tiered storage gets nothing more. Kept only: there is no tiered storage.',
  'remote.log.delete.on.disable': 'Whether disabling tiered storage deletes what is there. Kept only: there is no tiered storage.',
  'remote.storage.enable': 'Whether the topic uses tiered storage. Kept only: there is no tiered storage.',
  'retention.bytes': 'Bytes of a partition beyond which the oldest segments are deleted; -1 for no limit.',
  'retention.ms': 'How old records get before their segments are deleted; -1 for no limit.',
  'segment.bytes': 'The size at which a log begins a new segment.',
  'segment.index.bytes': 'The size of a segment\'s index. Kept only: indexes are as large as they need to be.',
  'segment.jitter.ms': 'By how much at most segments begin earlier, so that not all do at once. Kept only.',
  'segment.ms': 'The age at which a log begins a new segment, though it is not full.',
  'unclean.leader.election.enable': 'Whether replicas that are behind may lead. Kept only: none ever is.',
}

const ofGroups: Readonly<Record<string, string>> = {
  'assignment.interval.ms': 'The least time between two assignments of a group.',
  'heartbeat.interval.ms': 'How often members tell that they are there.',
  'session.timeout.ms': 'How long a member may be silent before it is taken out of its group.',
  'initial.rebalance.delay.ms': 'How long the first assignment of a group waits for more members.',
  'num.standby.replicas': 'How many standby tasks each task with state has.',
  'auto.offset.reset': 'Where a share group begins in a partition that is new to it: earliest, or latest.',
  'isolation.level': 'Whether a share group gets records of transactions that are not committed.',
  'record.lock.duration.ms': 'How long a record belongs to the member that has got it.',
  'delivery.count.limit': 'How often a record is delivered before it counts as done.',
  'partition.max.record.locks': 'How many records of a partition members may have at a time.',
  'renew.acknowledge.enable': 'Whether members may ask for more time with a record.',
  'assignors': 'The ways in which partitions are assigned; the first is used where a group does not say.',
  'max.size': 'How many members a group may have.',
  'migration.policy': 'Which groups may move between the classic and the consumer protocol while they run.',
  'max.standby.replicas': 'The most standby tasks that a group may ask for.',
}

const ofBrokers: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'Whether topics come to be when a client first asks for them.',
  'broker.id': 'The id of the broker.',
  'connection.failed.authentication.delay.ms': 'How long those who fail to authenticate wait for the answer.',
  'connections.max.idle.ms': 'How long a connection may be silent before it is closed.',
  'connections.max.reauth.ms': 'How long an authentication holds before it has to be repeated; 0 for ever.',
  'default.replication.factor': 'How many replicas topics have when nobody says.',
  'delete.topic.enable': 'Whether topics may be deleted.',
  'fetch.max.bytes': 'The most bytes that one fetch is answered with.',
  'group.initial.rebalance.delay.ms': 'How long a classic group waits for more members before its first rebalance.',
  'group.share.assignment.interval.ms': 'The least time between two assignments of a share group. Kept only: these are assigned at every change.',
  'group.max.session.timeout.ms': 'The longest session that members of classic groups may ask for.',
  'group.max.size': 'How many members a classic group may have.',
  'group.min.session.timeout.ms': 'The shortest session that members of classic groups may ask for.',
  'log.cleaner.backoff.ms': 'How often the broker looks for logs to compact.',
  'log.cleaner.enable': 'Whether logs are compacted at all.',
  'log.dirs': 'Where the logs are; empty when they are in memory.',
  'log.flush.scheduler.interval.ms': 'Stands in for log.flush.interval.ms.',
  'log.retention.check.interval.ms': 'How often the broker looks for segments to delete. Topics kept for less time than that are looked at every five seconds.',
  'log.retention.hours': 'Stands in for log.retention.minutes.',
  'log.retention.minutes': 'Stands in for log.retention.ms.',
  'log.roll.hours': 'Stands in for log.roll.ms.',
  'log.roll.jitter.hours': 'Stands in for log.roll.jitter.ms.',
  'max.connections': 'How many connections there may be at a time.',
  'max.connections.per.ip': 'How many connections there may be at a time from one address.',
  'max.incremental.fetch.session.cache.slots': 'How many fetch sessions are kept.',
  'max.request.partition.size.limit': 'How many partitions DescribeTopicPartitions tells of at a time.',
  'node.id': 'The id of the broker.',
  'num.partitions': 'How many partitions topics have when nobody says.',
  'offset.metadata.max.bytes': 'How much may be written beside a committed offset.',
  'offsets.retention.check.interval.ms': 'How often the broker looks for committed offsets that are too old.',
  'offsets.retention.minutes': 'How long offsets are kept after their group has become empty.',
  'producer.id.expiration.ms': 'How long a partition remembers producers that are silent.',
  'queued.max.request.bytes': 'How many bytes of requests may wait; beyond it none are read. -1 for no limit.',
  'sasl.enabled.mechanisms': 'How clients may prove who they are.',
  'sasl.server.max.receive.size': 'The largest request of those who have not said who they are.',
  'socket.request.max.bytes': 'The largest request.',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 'How often the broker looks for transactions that have run out of time.',
  'transaction.max.timeout.ms': 'The longest time that transactions may ask for.',
  'transaction.remove.expired.transaction.cleanup.interval.ms': 'How often the broker looks for transactional ids that nobody uses.',
  'transactional.id.expiration.ms': 'How long a transactional id is kept when nobody uses it.',
}

const GROUP_SETTING = /^(?:group\.)?(?:consumer|share|streams)\.((?:min|max)\.)?(.+)$/

const BOUND: Readonly<Record<string, string>> = { 'min.': ' This is the least that a group may have.', 'max.': ' This is the most that a group may have.' }

/** Of settings of the newer groups, and of the least and the most that brokers allow them. */
const ofGroup = (name: string): string | undefined => {
  const match = GROUP_SETTING.exec(name)
  if (match === null) return undefined
  const [, bound, rest] = match as unknown as [string, string | undefined, string]
  const whole = ofGroups[`${bound ?? ''}${rest}`]
  return whole ?? (bound === undefined || ofGroups[rest] === undefined ? undefined : ofGroups[rest] + BOUND[bound])
}

const WITHOUT_EFFECT = 'Kept and told as it was set; an embedded broker does nothing with it.'

const known: ReadonlyMap<string, string> = new Map([
  ...keptSettings.map(({ name }) => [name, WITHOUT_EFFECT] as const),
  ...[...topicSettings.values()].map(({ name, brokerName }) => [brokerName ?? name, ofTopics[name] ?? ''] as const),
  ...Object.entries(ofTopics),
  ...Object.entries(ofBrokers),
])

/** What a setting of topics, groups or brokers is for, in a sentence or two. */
export const documentationOf = (name: string): string | undefined => known.get(name) ?? known.get(`group.${name}`) ?? ofGroup(name)
