import type { AutoOffsetReset } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { ClusterOptions, CompressionType, FetcherOptions, GroupMemberOptions, ProducerOptions } from '../client/types.ts'
import { MAX_IN_FLIGHT_IDEMPOTENT } from '../client/producer-options.ts'
import { ConfigError } from '../core/errors.ts'
import { days, hours, minutes, seconds } from '../core/duration.ts'
import type { Logger } from '../core/log.ts'
import { SettingsReader } from './client-settings.ts'
import { securityOptions } from './client-security.ts'

/** What the clients inside are made with, from the application's configuration; Kafka's names become the client's options. */

export const clusterOptions = (config: StreamsConfig, clientId: string, logger: Logger): ClusterOptions => {
  const { settings } = config
  const consumer = new SettingsReader(config.clientSettings('main.consumer'))
  return {
    bootstrapServers: settings.bootstrapServers,
    clientId,
    logger,
    requestTimeoutMs: settings.requestTimeoutMs,
    reconnectBackoffMs: settings.reconnectBackoffMs,
    reconnectBackoffMaxMs: settings.reconnectBackoffMaxMs,
    retryBackoffMs: settings.retryBackoffMs,
    retryBackoffMaxMs: consumer.number('retry.backoff.max.ms'),
    metadataMaxAgeMs: settings.metadataMaxAgeMs,
    connectTimeoutMs: consumer.number('socket.connection.setup.timeout.ms'),
    rack: consumer.text('client.rack'),
    ...securityOptions(config),
  }
}

export const isExactlyOnce = ({ settings }: StreamsConfig): boolean => settings.processingGuarantee === 'exactly_once_v2'

/** As in Java's Kafka Streams: after this long without a commit the coordinator aborts a transaction, ms. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** With transactions it is their time-out that ends the waiting for a broker. */
const NO_DELIVERY_TIMEOUT_MS = 2 ** 31 - 1

/** With exactly-once, the settings that it rests on. @throws {ConfigError} when one does not allow it */
export const checkExactlyOnce = (config: StreamsConfig): void => {
  if (!isExactlyOnce(config)) return
  const { idempotent, acks: waitsFor = -1, maxInFlight = 1, transactionTimeoutMs = TRANSACTION_TIMEOUT_MS } = producerOptions(config, '')
  const { commitIntervalMs } = config.settings
  if (transactionTimeoutMs < commitIntervalMs) {
    throw new ConfigError(
      `Transaction timeout ${transactionTimeoutMs} was set lower than streams commit interval ${commitIntervalMs}: every transaction would time out. ` +
        'Lower commit.interval.ms, or raise producer.transaction.timeout.ms',
    )
  }
  if (idempotent === false || waitsFor !== -1) {
    throw new ConfigError('processing.guarantee exactly_once_v2 needs the producer settings enable.idempotence true and acks all: leave them out')
  }
  if (maxInFlight > MAX_IN_FLIGHT_IDEMPOTENT) {
    throw new ConfigError(`Invalid value ${maxInFlight} for max.in.flight.requests.per.connection: with exactly_once_v2 at most ${MAX_IN_FLIGHT_IDEMPOTENT}`)
  }
}

/** `transactionalId`: for a producer of transactions. */
export const producerOptions = (config: StreamsConfig, transactionalId?: string): ProducerOptions => {
  const producer = new SettingsReader(config.clientSettings('producer'))
  const isTransactional = transactionalId !== undefined
  return {
    acks: acks(producer.text('acks')),
    idempotent: producer.boolean('enable.idempotence'),
    transactionalId,
    transactionTimeoutMs: isTransactional ? (producer.number('transaction.timeout.ms') ?? TRANSACTION_TIMEOUT_MS) : undefined,
    batchSize: producer.number('batch.size'),
    lingerMs: producer.number('linger.ms'),
    compression: producer.word<CompressionType>('compression.type', ['none', 'gzip', 'snappy', 'lz4', 'zstd']),
    bufferMemory: producer.number('buffer.memory'),
    maxInFlight: producer.number('max.in.flight.requests.per.connection'),
    deliveryTimeoutMs: producer.number('delivery.timeout.ms') ?? (isTransactional ? NO_DELIVERY_TIMEOUT_MS : undefined),
    maxRequestSize: producer.number('max.request.size'),
    maxBlockMs: producer.number('max.block.ms'),
  }
}

const acks = (text: string | undefined): -1 | 0 | 1 | undefined => {
  if (text === undefined) return undefined
  if (text === 'all' || text === '-1') return -1
  if (text === '0' || text === '1') return text === '0' ? 0 : 1
  throw new ConfigError(`Invalid value ${text} for configuration acks: it takes all, -1, 0 or 1`)
}

export type FetchSettings = Omit<FetcherOptions, 'onChunk' | 'onOffsetOutOfRange' | 'onError' | 'onFetched'>

export const fetchSettings = (config: StreamsConfig, kind: 'main.consumer' | 'restore.consumer' | 'global.consumer'): FetchSettings => {
  const consumer = new SettingsReader(config.clientSettings(kind))
  return {
    maxWaitMs: consumer.number('fetch.max.wait.ms'),
    minBytes: consumer.number('fetch.min.bytes'),
    maxBytes: consumer.number('fetch.max.bytes'),
    maxPartitionBytes: consumer.number('max.partition.fetch.bytes'),
    isolationLevel: isExactlyOnce(config) ? 'read_committed' : consumer.word('isolation.level', ['read_uncommitted', 'read_committed']),
  }
}

export type GroupSettings = Pick<
  GroupMemberOptions,
  'groupId' | 'groupInstanceId' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'heartbeatIntervalMs'
>

export const groupSettings = (config: StreamsConfig, threadIndex: number): GroupSettings => {
  const consumer = new SettingsReader(config.clientSettings('main.consumer'))
  const instanceId = consumer.text('group.instance.id')
  return {
    groupId: config.settings.applicationId,
    groupInstanceId: instanceId === undefined ? undefined : `${instanceId}-${threadIndex}`,
    sessionTimeoutMs: consumer.number('session.timeout.ms'),
    rebalanceTimeoutMs: consumer.number('max.poll.interval.ms'),
    heartbeatIntervalMs: consumer.number('heartbeat.interval.ms'),
  }
}

/** The application's `auto.offset.reset`; `earliest` unless told otherwise, as in Java's Kafka Streams. */
export const defaultOffsetReset = (config: StreamsConfig): AutoOffsetReset => {
  const consumer = new SettingsReader(config.clientSettings('main.consumer'))
  const text = consumer.text('auto.offset.reset')
  const duration = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text ?? '')
  if (duration !== null) {
    const [d, h, m, s] = duration.slice(1).map((part) => Number(part ?? 0))
    return { byDurationMs: days(d ?? 0) + hours(h ?? 0) + minutes(m ?? 0) + seconds(s ?? 0) }
  }
  return consumer.word<'earliest' | 'latest' | 'none'>('auto.offset.reset', ['earliest', 'latest', 'none']) ?? 'earliest'
}
