import { ConfigError } from '../../lib/core/errors.ts'
import { anyCaseWord, boolean, integer, list, looseText, opaque, real, word } from './config-kinds.ts'
import type { Setting } from './config-kinds.ts'
import { nearestName } from './nearest-name.ts'

/** Settings of the clients inside, by the prefix that says which one. `topic.` goes to the internal topics. */
export const CLIENT_PREFIXES = [
  'main.consumer.',
  'restore.consumer.',
  'global.consumer.',
  'consumer.',
  'producer.',
  'admin.',
  'topic.',
] as const

type Settings = Readonly<Record<string, Setting<unknown>>>

/** What is given as it is, where Java takes a class or does what no client here does. */
const passedOn = (...names: string[]): Settings => Object.fromEntries(names.map((name) => [name, opaque()]))

const int = (min?: number, max?: number): Setting<number> => integer(0, { type: 'INT', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) })
const long = (min?: number): Setting<number> => integer(0, min === undefined ? {} : { min })
const texts = (...names: string[]): Settings => Object.fromEntries(names.map((name) => [name, looseText()]))

const security: Settings = {
  'security.protocol': anyCaseWord('PLAINTEXT', ['SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT']),
  ...texts(
    'sasl.jaas.config', 'sasl.kerberos.kinit.cmd', 'sasl.kerberos.service.name', 'sasl.mechanism', 'sasl.oauthbearer.assertion.claim.aud',
    'sasl.oauthbearer.assertion.claim.iss', 'sasl.oauthbearer.assertion.claim.sub', 'sasl.oauthbearer.assertion.file',
    'sasl.oauthbearer.assertion.private.key.file', 'sasl.oauthbearer.assertion.private.key.passphrase', 'sasl.oauthbearer.assertion.template.file',
    'sasl.oauthbearer.client.credentials.client.id', 'sasl.oauthbearer.client.credentials.client.secret', 'sasl.oauthbearer.expected.issuer',
    'sasl.oauthbearer.jwks.endpoint.url', 'sasl.oauthbearer.scope', 'sasl.oauthbearer.scope.claim.name', 'sasl.oauthbearer.sub.claim.name',
    'sasl.oauthbearer.token.endpoint.url', 'security.providers', 'ssl.endpoint.identification.algorithm', 'ssl.key.password',
    'ssl.keymanager.algorithm', 'ssl.keystore.certificate.chain', 'ssl.keystore.key', 'ssl.keystore.location', 'ssl.keystore.password',
    'ssl.keystore.type', 'ssl.protocol', 'ssl.provider', 'ssl.secure.random.implementation', 'ssl.trustmanager.algorithm',
    'ssl.truststore.certificates', 'ssl.truststore.location', 'ssl.truststore.password', 'ssl.truststore.type',
  ),
  ...passedOn(
    'sasl.client.callback.handler.class', 'sasl.login.callback.handler.class', 'sasl.login.class', 'sasl.oauthbearer.jwt.retriever.class',
    'sasl.oauthbearer.jwt.validator.class', 'ssl.engine.factory.class',
  ),
  'sasl.kerberos.min.time.before.relogin': long(),
  'sasl.kerberos.ticket.renew.jitter': real(),
  'sasl.kerberos.ticket.renew.window.factor': real(),
  'sasl.login.connect.timeout.ms': int(),
  'sasl.login.read.timeout.ms': int(),
  'sasl.login.refresh.buffer.seconds': int(0, 3600),
  'sasl.login.refresh.min.period.seconds': int(0, 900),
  'sasl.login.refresh.window.factor': real(0.5, 1),
  'sasl.login.refresh.window.jitter': real(0, 0.25),
  'sasl.login.retry.backoff.max.ms': long(),
  'sasl.login.retry.backoff.ms': long(),
  'sasl.oauthbearer.assertion.algorithm': anyCaseWord('RS256', ['ES256', 'RS256']),
  'sasl.oauthbearer.assertion.claim.exp.seconds': int(0, 86_400),
  'sasl.oauthbearer.assertion.claim.jti.include': boolean(false),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': int(0, 3600),
  'sasl.oauthbearer.clock.skew.seconds': int(),
  'sasl.oauthbearer.expected.audience': list(),
  'sasl.oauthbearer.header.urlencode': boolean(false),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long(),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long(),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long(),
  'ssl.cipher.suites': list(),
  'ssl.enabled.protocols': list(),
}

const common: Settings = {
  ...security,
  'bootstrap.servers': list(),
  'client.dns.lookup': word('use_all_dns_ips', ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only']),
  'client.id': looseText(),
  'config.providers': list(),
  'connections.max.idle.ms': long(),
  'enable.metrics.push': boolean(true),
  'metadata.max.age.ms': long(0),
  'metadata.recovery.rebootstrap.trigger.ms': long(0),
  'metadata.recovery.strategy': anyCaseWord('rebootstrap', ['rebootstrap', 'none']),
  ...passedOn('metric.reporters'),
  'metrics.num.samples': int(1),
  'metrics.recording.level': word('INFO', ['INFO', 'DEBUG', 'TRACE']),
  'metrics.sample.window.ms': long(0),
  'receive.buffer.bytes': int(-1),
  'reconnect.backoff.max.ms': long(0),
  'reconnect.backoff.ms': long(0),
  'request.timeout.ms': int(0),
  'retry.backoff.max.ms': long(0),
  'retry.backoff.ms': long(0),
  'send.buffer.bytes': int(-1),
  'socket.connection.setup.timeout.max.ms': long(),
  'socket.connection.setup.timeout.ms': long(),
}

const offsetReset: Setting<string> = {
  default: 'earliest',
  read: (value, name) => {
    const given = String(value).trim()
    if (/^by_duration:P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?([\d.]+S)?)?$/i.test(given)) return given
    return word('earliest', ['latest', 'earliest', 'none', 'by_duration:PnDTnHnMn.nS']).read(given, name)
  },
}

const consumer: Settings = {
  ...common,
  'allow.auto.create.topics': boolean(true),
  'auto.commit.interval.ms': int(0),
  'auto.offset.reset': offsetReset,
  'check.crcs': boolean(true),
  'client.rack': looseText(),
  'default.api.timeout.ms': int(0),
  'enable.auto.commit': boolean(false),
  'exclude.internal.topics': boolean(true),
  'fetch.max.bytes': int(0),
  'fetch.max.wait.ms': int(0),
  'fetch.min.bytes': int(0),
  'group.instance.id': looseText(1),
  'group.protocol': anyCaseWord('classic', ['consumer', 'classic']),
  'heartbeat.interval.ms': int(),
  'isolation.level': word('read_uncommitted', ['read_committed', 'read_uncommitted']),
  'max.partition.fetch.bytes': int(0),
  'max.poll.interval.ms': int(1),
  'max.poll.records': int(1),
  'session.timeout.ms': int(),
  ...texts('group.id', 'group.remote.assignor', 'share.acknowledgement.mode', 'share.acquire.mode'),
  ...passedOn('interceptor.classes', 'key.deserializer', 'partition.assignment.strategy', 'value.deserializer'),
}

const producer: Settings = {
  ...common,
  'acks': { default: 'all', read: (value, name) => word('all', ['all', '-1', '0', '1']).read(String(value), name) },
  'batch.size': int(0),
  'buffer.memory': long(0),
  'compression.gzip.level': int(-1, 9),
  'compression.lz4.level': int(1, 17),
  'compression.type': word('none', ['none', 'gzip', 'snappy', 'lz4', 'zstd']),
  'compression.zstd.level': int(-131_072, 22),
  'delivery.timeout.ms': int(0),
  'enable.idempotence': boolean(true),
  'linger.ms': long(0),
  'max.block.ms': long(0),
  'max.in.flight.requests.per.connection': int(1),
  'max.request.size': int(0),
  'metadata.max.idle.ms': long(5000),
  'partitioner.adaptive.partitioning.enable': boolean(true),
  'partitioner.availability.timeout.ms': long(0),
  'partitioner.ignore.keys': boolean(false),
  'retries': int(0),
  'transaction.timeout.ms': int(),
  'transaction.two.phase.commit.enable': boolean(false),
  'transactional.id': looseText(1),
  ...passedOn('interceptor.classes', 'key.serializer', 'partitioner.class', 'value.serializer'),
}

const admin: Settings = {
  ...common,
  'bootstrap.controllers': list(),
  'default.api.timeout.ms': int(0),
  'retries': int(0),
}

/** What topics can be given, see `TopicConfig` in Java. Values are passed on as text; the brokers check them. */
const topic: Settings = texts(
  'cleanup.policy', 'compression.gzip.level', 'compression.lz4.level', 'compression.type', 'compression.zstd.level', 'delete.retention.ms',
  'file.delete.delay.ms', 'flush.messages', 'flush.ms', 'follower.replication.throttled.replicas', 'index.interval.bytes',
  'leader.replication.throttled.replicas', 'local.retention.bytes', 'local.retention.ms', 'max.compaction.lag.ms', 'max.message.bytes',
  'message.downconversion.enable', 'message.timestamp.after.max.ms', 'message.timestamp.before.max.ms', 'message.timestamp.type',
  'min.cleanable.dirty.ratio', 'min.compaction.lag.ms', 'min.insync.replicas', 'preallocate', 'remote.log.copy.disable',
  'remote.log.delete.on.disable', 'remote.storage.enable', 'retention.bytes', 'retention.ms', 'segment.bytes', 'segment.index.bytes',
  'segment.jitter.ms', 'segment.ms', 'unclean.leader.election.enable',
)

const byPrefix: Readonly<Record<(typeof CLIENT_PREFIXES)[number], Settings>> = {
  'main.consumer.': consumer,
  'restore.consumer.': consumer,
  'global.consumer.': consumer,
  'consumer.': consumer,
  'producer.': producer,
  'admin.': admin,
  'topic.': topic,
}

/** Client settings may also stand without a prefix, as in Java; then every client that knows one gets it. */
const unprefixed: Settings = { ...admin, ...producer, ...consumer }

export const unprefixedClientSettings: ReadonlySet<string> = new Set(Object.keys(unprefixed))

/** The prefix of tags that say where an instance is. */
const CLIENT_TAG = 'client.tag.'

/**
 * Checks a setting of a client, with its prefix or without; false for what is none.
 * @throws {ConfigError} for a value that does not fit, and for a name with a prefix that the client does not know
 */
export const checkClientSetting = (name: string, value: unknown): boolean => {
  const prefix = CLIENT_PREFIXES.find((each) => name.startsWith(each))
  if (prefix === undefined) {
    if (name.startsWith(CLIENT_TAG) && name.length > CLIENT_TAG.length) return true
    unprefixed[name]?.read(value, name)
    return Object.hasOwn(unprefixed, name)
  }
  const known = byPrefix[prefix]
  const setting = known[name.slice(prefix.length)]
  if (setting === undefined) {
    throw new ConfigError(`Unknown configuration ${name}. Did you mean ${prefix}${nearestName(name.slice(prefix.length), Object.keys(known))}?`)
  }
  setting.read(value, name)
  return true
}
