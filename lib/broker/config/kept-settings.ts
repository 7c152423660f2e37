import { SettingType } from './setting.ts'
import type { Setting } from './setting.ts'

const { BOOLEAN, DOUBLE, INT, LONG, SHORT, STRING } = SettingType

/** Settings as `name=default`, separated by white space. */
const kept = (type: SettingType, changeable: boolean, rows: string): Setting[] =>
  rows.trim().split(/\s+/).map((row) => {
    const at = row.indexOf('=')
    return { name: row.slice(0, at), type, default: row.slice(at + 1), ...(changeable ? {} : { readOnly: true as const }) }
  })

/**
 * What Kafka's broker can be told of its threads, its replicas, its own topics, its quorum and its housekeeping, none of which is here:
 * configurations written for Kafka are taken as they are, and tools find what they ask for. What would matter if it were ignored,
 * such as listeners, passwords and tiered storage, is not among them, and refused.
 */
export const keptSettings: readonly Setting[] = [
  ...kept(BOOLEAN, true, 'transaction.partition.verification.enable=true'),
  ...kept(BOOLEAN, false, 'auto.leader.rebalance.enable=true controlled.shutdown.enable=true controller.quorum.auto.join.enable=false transaction.two.phase.commit.enable=false'),
  ...kept(STRING, false, 'metrics.recording.level=INFO'),
  ...kept(INT, true, `
    background.threads=10 group.coordinator.cached.buffer.max.bytes=1048588 log.cleaner.io.buffer.size=524288 log.cleaner.threads=1 max.connection.creation.rate=2147483647
    num.io.threads=8 num.network.threads=3 num.recovery.threads.per.data.dir=2 num.replica.fetchers=1 share.coordinator.cached.buffer.max.bytes=1048588`),
  ...kept(INT, false, `
    add.partitions.to.txn.retry.backoff.max.ms=100 add.partitions.to.txn.retry.backoff.ms=20
    alter.log.dirs.replication.quota.window.num=11 alter.log.dirs.replication.quota.window.size.seconds=1
    broker.heartbeat.interval.ms=2000 broker.session.timeout.ms=9000
    controller.quorum.append.linger.ms=25 controller.quorum.election.backoff.max.ms=1000 controller.quorum.election.timeout.ms=1000 controller.quorum.fetch.max.bytes=1048576
    controller.quorum.fetch.snapshot.max.bytes=1048576 controller.quorum.fetch.timeout.ms=2000 controller.quorum.request.timeout.ms=2000 controller.quorum.retry.backoff.ms=20
    controller.quota.window.num=11 controller.quota.window.size.seconds=1 controller.socket.timeout.ms=30000
    delete.records.purgatory.purge.interval.requests=1 fetch.purgatory.purge.interval.requests=1000
    group.coordinator.append.linger.ms=-1 group.coordinator.background.threads=2 group.coordinator.threads=4 group.share.max.share.sessions=2000
    initial.broker.registration.timeout.ms=60000 kafka.metrics.polling.interval.secs=10
    log.flush.offset.checkpoint.interval.ms=60000 log.flush.start.offset.checkpoint.interval.ms=60000
    metadata.log.segment.bytes=1073741824 metadata.max.idle.interval.ms=500 metrics.num.samples=2
    offsets.commit.timeout.ms=5000 offsets.load.buffer.size=5242880 offsets.topic.compression.codec=0 offsets.topic.num.partitions=50 offsets.topic.segment.bytes=104857600
    producer.purgatory.purge.interval.requests=1000 queued.max.requests=500 quota.window.num=11 quota.window.size.seconds=1
    replica.fetch.backoff.ms=1000 replica.fetch.max.bytes=1048576 replica.fetch.min.bytes=1 replica.fetch.response.max.bytes=10485760 replica.fetch.wait.max.ms=500
    replica.socket.receive.buffer.bytes=65536 replica.socket.timeout.ms=30000 replication.quota.window.num=11 replication.quota.window.size.seconds=1 request.timeout.ms=30000
    share.coordinator.append.linger.ms=-1 share.coordinator.load.buffer.size=5242880 share.coordinator.snapshot.update.records.per.snapshot=500
    share.coordinator.state.topic.compression.codec=0 share.coordinator.state.topic.num.partitions=50 share.coordinator.state.topic.segment.bytes=104857600
    share.coordinator.threads=1 share.coordinator.write.timeout.ms=5000 share.fetch.purgatory.purge.interval.requests=1000
    socket.listen.backlog.size=50 socket.receive.buffer.bytes=102400 socket.send.buffer.bytes=102400 telemetry.max.bytes=1048576
    transaction.state.log.load.buffer.size=5242880 transaction.state.log.min.isr=2 transaction.state.log.num.partitions=50 transaction.state.log.segment.bytes=104857600`),
  ...kept(SHORT, false, `
    offsets.topic.replication.factor=3 share.coordinator.state.topic.min.isr=2 share.coordinator.state.topic.replication.factor=3
    transaction.state.log.replication.factor=3`),
  ...kept(LONG, true, 'log.cleaner.dedupe.buffer.size=134217728'),
  ...kept(LONG, false, `
    leader.imbalance.check.interval.seconds=300 log.dir.failure.timeout.ms=30000 log.initial.task.delay.ms=30000
    metadata.log.max.record.bytes.between.snapshots=20971520 metadata.log.max.snapshot.interval.ms=3600000 metadata.log.segment.ms=604800000
    metadata.max.retention.bytes=104857600 metadata.max.retention.ms=604800000 metrics.sample.window.ms=30000
    replica.high.watermark.checkpoint.interval.ms=5000 replica.lag.time.max.ms=30000
    socket.connection.setup.timeout.max.ms=30000 socket.connection.setup.timeout.ms=10000`),
  ...kept(DOUBLE, true, 'log.cleaner.io.buffer.load.factor=0.9 log.cleaner.io.max.bytes.per.second=1.7976931348623157E308'),
]
