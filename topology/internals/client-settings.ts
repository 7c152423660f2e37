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

/** Client settings that may also stand without a prefix, as in Java; then every client that knows one gets it. */
const UNPREFIXED = new Set([
  'acks', 'allow.auto.create.topics', 'auto.offset.reset', 'batch.size', 'buffer.memory', 'check.crcs', 'client.dns.lookup',
  'client.rack', 'compression.gzip.level', 'compression.lz4.level', 'compression.type', 'compression.zstd.level',
  'default.api.timeout.ms', 'delivery.timeout.ms', 'enable.auto.commit', 'enable.idempotence', 'fetch.max.bytes',
  'fetch.max.wait.ms', 'fetch.min.bytes', 'group.instance.id', 'heartbeat.interval.ms', 'isolation.level', 'linger.ms',
  'max.block.ms', 'max.in.flight.requests.per.connection', 'max.partition.fetch.bytes', 'max.poll.interval.ms',
  'max.poll.records', 'max.request.size', 'metadata.max.idle.ms', 'retries', 'retry.backoff.max.ms', 'session.timeout.ms',
  'socket.connection.setup.timeout.max.ms', 'socket.connection.setup.timeout.ms', 'transaction.timeout.ms',
])

export const isClientSetting = (name: string): boolean =>
  UNPREFIXED.has(name) || name.startsWith('ssl.') || name.startsWith('sasl.') || CLIENT_PREFIXES.some((prefix) => name.startsWith(prefix))

export const unprefixedClientSettings: ReadonlySet<string> = UNPREFIXED
