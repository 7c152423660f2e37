import { SettingType } from './setting.ts'
import type { Setting } from './setting.ts'

type Defaults = Partial<Readonly<Record<keyof typeof SettingType, Readonly<Record<string, string | undefined>>>>>

// Broker settings of Kafka that cannot be given at the start, since it would matter that nothing here acts on them: admins find
// them with Kafka's defaults, and set those that Kafka lets them set while it runs. `undefined`: there is no default. What would
// be wrong about this broker, such as where its controllers are, is left out.

const dynamic: Defaults = {
  BOOLEAN: {
    'follower.fetch.last.tiered.offset.enable': 'false',
  },
  STRING: {
    'max.connections.per.ip.overrides': '', 'sasl.kerberos.kinit.cmd': '/usr/bin/kinit', 'sasl.kerberos.service.name': undefined,
    'ssl.endpoint.identification.algorithm': 'https', 'ssl.keymanager.algorithm': 'SunX509', 'ssl.keystore.location': undefined,
    'ssl.keystore.type': 'JKS', 'ssl.protocol': 'TLSv1.3', 'ssl.provider': undefined, 'ssl.secure.random.implementation': undefined,
    'ssl.trustmanager.algorithm': 'PKIX', 'ssl.truststore.location': undefined, 'ssl.truststore.type': 'JKS',
  },
  INT: {
    'remote.fetch.max.wait.ms': '500', 'remote.log.manager.copier.thread.pool.size': '10', 'remote.log.manager.expiration.thread.pool.size': '10',
    'remote.log.manager.follower.thread.pool.size': '2', 'remote.log.reader.threads': '10',
  },
  SHORT: {
    'sasl.login.refresh.buffer.seconds': '300', 'sasl.login.refresh.min.period.seconds': '60',
  },
  LONG: {
    'remote.list.offsets.request.timeout.ms': '30000', 'remote.log.index.file.cache.total.size.bytes': '1073741824',
    'remote.log.manager.copy.max.bytes.per.second': '9223372036854775807', 'remote.log.manager.fetch.max.bytes.per.second': '9223372036854775807',
    'sasl.kerberos.min.time.before.relogin': '60000',
  },
  DOUBLE: {
    'sasl.kerberos.ticket.renew.jitter': '0.05', 'sasl.kerberos.ticket.renew.window.factor': '0.8', 'sasl.login.refresh.window.factor': '0.8',
    'sasl.login.refresh.window.jitter': '0.05',
  },
  LIST: {
    'config.providers': '', 'cordoned.log.dirs': '', 'metric.reporters': 'org.apache.kafka.common.metrics.JmxReporter',
    'sasl.kerberos.principal.to.local.rules': 'DEFAULT', 'ssl.cipher.suites': '', 'ssl.enabled.protocols': 'TLSv1.2,TLSv1.3',
  },
  CLASS: {
    'principal.builder.class': 'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    'ssl.engine.factory.class': undefined,
  },
  PASSWORD: {
    'sasl.jaas.config': undefined, 'ssl.key.password': undefined, 'ssl.keystore.certificate.chain': undefined, 'ssl.keystore.key': undefined,
    'ssl.keystore.password': undefined, 'ssl.truststore.certificates': undefined, 'ssl.truststore.password': undefined,
  },
}

const fixed: Defaults = {
  BOOLEAN: {
    'remote.log.storage.system.enable': 'false', 'sasl.oauthbearer.assertion.claim.jti.include': 'false', 'ssl.allow.dn.changes': 'false',
    'ssl.allow.san.changes': 'false',
  },
  STRING: {
    'remote.log.metadata.manager.class.name': 'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    'remote.log.metadata.manager.class.path': undefined, 'remote.log.metadata.manager.impl.prefix': 'rlmm.config.',
    'remote.log.metadata.manager.listener.name': undefined, 'remote.log.storage.manager.class.name': undefined,
    'remote.log.storage.manager.class.path': undefined, 'remote.log.storage.manager.impl.prefix': 'rsm.config.',
    'replica.selector.class': undefined, 'sasl.oauthbearer.assertion.algorithm': 'RS256', 'sasl.oauthbearer.assertion.claim.aud': undefined,
    'sasl.oauthbearer.assertion.claim.iss': undefined, 'sasl.oauthbearer.assertion.claim.sub': undefined,
    'sasl.oauthbearer.assertion.file': undefined, 'sasl.oauthbearer.assertion.private.key.file': undefined,
    'sasl.oauthbearer.assertion.template.file': undefined, 'sasl.oauthbearer.client.credentials.client.id': undefined,
    'sasl.oauthbearer.expected.issuer': undefined, 'sasl.oauthbearer.jwks.endpoint.url': undefined, 'sasl.oauthbearer.scope': undefined,
    'sasl.oauthbearer.scope.claim.name': 'scope', 'sasl.oauthbearer.sub.claim.name': 'sub', 'sasl.oauthbearer.token.endpoint.url': undefined,
    'security.providers': undefined, 'ssl.principal.mapping.rules': 'DEFAULT',
  },
  INT: {
    'num.replica.alter.log.dirs.threads': undefined, 'remote.log.manager.copy.quota.window.num': '11',
    'remote.log.manager.copy.quota.window.size.seconds': '1', 'remote.log.manager.fetch.quota.window.num': '11',
    'remote.log.manager.fetch.quota.window.size.seconds': '1', 'remote.log.manager.thread.pool.size': '2',
    'remote.log.metadata.custom.metadata.max.bytes': '128', 'remote.log.reader.max.pending.tasks': '100',
    'sasl.login.connect.timeout.ms': undefined, 'sasl.login.read.timeout.ms': undefined, 'sasl.oauthbearer.assertion.claim.exp.seconds': '300',
    'sasl.oauthbearer.assertion.claim.nbf.seconds': '60', 'sasl.oauthbearer.clock.skew.seconds': '30',
  },
  LONG: {
    'delegation.token.expiry.check.interval.ms': '3600000', 'delegation.token.expiry.time.ms': '86400000',
    'delegation.token.max.lifetime.ms': '604800000', 'remote.log.manager.task.interval.ms': '30000', 'sasl.login.retry.backoff.max.ms': '10000',
    'sasl.login.retry.backoff.ms': '100', 'sasl.oauthbearer.jwks.endpoint.refresh.ms': '3600000',
    'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': '10000', 'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': '100',
  },
  LIST: {
    'group.coordinator.rebalance.protocols': 'classic,consumer,streams', 'group.share.assignors': 'simple', 'kafka.metrics.reporters': '',
    'sasl.oauthbearer.expected.audience': '',
  },
  CLASS: {
    'alter.config.policy.class.name': undefined, 'client.quota.callback.class': undefined, 'create.topic.policy.class.name': undefined,
    'sasl.client.callback.handler.class': undefined, 'sasl.login.callback.handler.class': undefined, 'sasl.login.class': undefined,
    'sasl.oauthbearer.jwt.retriever.class': 'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    'sasl.oauthbearer.jwt.validator.class': 'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    'sasl.server.callback.handler.class': undefined,
  },
  PASSWORD: {
    'delegation.token.secret.key': undefined, 'sasl.oauthbearer.assertion.private.key.passphrase': undefined,
    'sasl.oauthbearer.client.credentials.client.secret': undefined,
  },
}

/** Not told unless somebody set them: tools do so before they move partitions. */
const throttles = ['leader.replication.throttled.rate', 'follower.replication.throttled.rate', 'replica.alter.log.dirs.io.max.bytes.per.second']

/** Where the broker listens: told as it is. */
const addresses = ['listeners', 'advertised.listeners']

const settingsOf = (byType: Defaults, more: { readonly readOnly?: true }): Setting[] =>
  Object.entries(byType).flatMap(([type, defaults]) => Object.entries(defaults).map(([name, value]) => ({
    name, type: SettingType[type as keyof typeof SettingType], default: value ?? '', ...(value === undefined ? { noDefault: true as const } : {}), ...more,
  })))

export const toldBrokerSettings: readonly Setting[] = [
  ...addresses.map((name) => ({ name, type: SettingType.LIST, default: '', noDefault: true as const, readOnly: true as const })),
  ...settingsOf(dynamic, {}),
  ...settingsOf(fixed, { readOnly: true }),
  ...throttles.map((name) => ({ name, type: SettingType.LONG, default: '9223372036854775807', min: 0, shownWhenSet: true as const })),
]
