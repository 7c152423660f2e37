import { tmpdir } from 'node:os'
import path from 'node:path'
import { ConfigError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { TimestampExtractor } from '../api.ts'
import type {
  DeserializationExceptionHandler,
  ProcessingExceptionHandler,
  ProductionExceptionHandler,
} from '../exception-handlers.ts'
import { logAndContinue, logAndFail, retryOrFail } from '../exception-handlers.ts'
import type { ProcessorWrapper } from '../processor-wrapper.ts'
import { failOnInvalidTimestamp } from '../timestamp-extractors.ts'
import type { Setting } from './config-kinds.ts'
import { anyCaseWord, boolean, integer, list, object, opaque, optionalInteger, optionalText, optionalWord, text, word } from './config-kinds.ts'

export type Optimization = 'reuse.ktable.source.topics' | 'merge.repartition.topics' | 'single.store.self.join'

const OPTIMIZATIONS: readonly Optimization[] = [
  'reuse.ktable.source.topics',
  'merge.repartition.topics',
  'single.store.self.join',
]

const serde = (): Setting<Serde<unknown> | undefined> =>
  object('a serde, such as Serdes.string', (value) => 'serializer' in value && 'deserializer' in value)

/** A handler function, or the word for one of the two built-in ones. */
const handler = <T extends object>(byDefault: T = logAndFail as T): Setting<T> => ({
  default: byDefault,
  read: (value, name) => {
    if (typeof value === 'function') return value as T
    if (value === 'fail') return logAndFail as T
    if (value === 'continue') return logAndContinue as T
    throw new ConfigError(`Invalid value ${String(value)} for configuration ${name}: it takes a function, 'fail' or 'continue'`)
  },
})

const timestampExtractor = (): Setting<TimestampExtractor> => ({
  default: failOnInvalidTimestamp,
  read: (value, name) => {
    if (typeof value === 'function') return value as TimestampExtractor
    throw new ConfigError(`Invalid value ${String(value)} for configuration ${name}: it takes a function (record, partitionTime) => ms`)
  },
})

/** The words for the optimisations to do, as a set. */
const optimizations = (): Setting<ReadonlySet<Optimization>> => ({
  default: new Set(),
  read: (value) => {
    // A comma at the end is no harm.
    const words = typeof value === 'string' ? value.replace(/(?<=.),+$/, '').split(',').map((each) => each.trim()) : Array.isArray(value) ? value : [value]
    if (words.length === 1 && words[0] === 'none') return new Set()
    if (words.length === 1 && words[0] === 'all') return new Set(OPTIMIZATIONS)
    const known = words.filter((each): each is Optimization => OPTIMIZATIONS.includes(each))
    if (known.length === words.length) return new Set(known)
    const isMixed = words.length > 1 && (words.includes('none') || words.includes('all'))
    throw new ConfigError(
      (isMixed
        ? `"${String(value)}" is not a valid optimization config. Acceptable values are: `
        : `Invalid value ${String(value)} for configuration topology.optimization: Unrecognized config. Acceptable values are: `) +
        '"+NO_OPTIMIZATION+", "+OPTIMIZE+", or a comma separated list of specific optimizations: ' +
        '("+REUSE_KTABLE_SOURCE_TOPICS+", "+MERGE_REPARTITION_TOPICS+" + "SINGLE_STORE_SELF_JOIN+"). ' +
        `In words: none, all, or some of ${OPTIMIZATIONS.join(', ')}.`,
    )
  },
})

/** The versions of Kafka Streams that an application may come from. */
const OLDER_VERSIONS = [
  '2.4', '2.5', '2.6', '2.7', '2.8', '3.0', '3.1', '3.2', '3.3', '3.4', '3.5', '3.6', '3.7', '3.8', '3.9', '4.0', '4.1', '4.2',
] as const

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Every setting of Kafka Streams 4.3 by its camelCase name, with its default. The dotted name follows from it, see
 * `dottedName`. Absent values of optional settings are undefined.
 */
export const settings = {
  acceptableRecoveryLag: integer(10_000, { min: 0 }),
  allowOsGroupWriteAccess: boolean(false),
  applicationId: text(''),
  applicationServer: text(''),
  bootstrapServers: list(),
  bufferedRecordsPerPartition: integer(1000, { min: 1, type: 'INT' }),
  builtInMetricsVersion: word('latest', ['latest']),
  cacheMaxBytesBuffering: integer(10_485_760, { min: 0 }),
  clientId: text(''),
  commitIntervalMs: integer(30_000, { min: 0 }),
  configProviders: list(),
  connectionsMaxIdleMs: integer(540_000),
  defaultClientSupplier: opaque(),
  defaultDeserializationExceptionHandler: handler<DeserializationExceptionHandler>(),
  defaultDslStore: word('rocksDB', ['rocksDB', 'in_memory']),
  defaultKeySerde: serde(),
  defaultListKeySerdeInner: opaque(),
  defaultListKeySerdeType: opaque(),
  defaultListValueSerdeInner: opaque(),
  defaultListValueSerdeType: opaque(),
  defaultProductionExceptionHandler: handler<ProductionExceptionHandler>(retryOrFail),
  defaultTimestampExtractor: timestampExtractor(),
  defaultValueSerde: serde(),
  deserializationExceptionHandler: handler<DeserializationExceptionHandler>(),
  dslStoreFormat: anyCaseWord('DEFAULT', ['HEADERS', 'DEFAULT']),
  dslStoreSuppliersClass: opaque(),
  enableMetricsPush: boolean(true),
  ensureExplicitInternalResourceNaming: boolean(false),
  errorsDeadLetterQueueTopicName: optionalText(),
  groupProtocol: anyCaseWord('classic', ['streams', 'classic']),
  logSummaryIntervalMs: integer(120_000),
  maxTaskIdleMs: integer(0, { min: -1 }),
  maxWarmupReplicas: integer(2, { min: 1, type: 'INT' }),
  metadataMaxAgeMs: integer(300_000, { min: 0 }),
  metadataRecoveryRebootstrapTriggerMs: integer(300_000, { min: 0 }),
  metadataRecoveryStrategy: anyCaseWord('rebootstrap', ['rebootstrap', 'none']),
  metricReporters: list(),
  metricsNumSamples: integer(2, { min: 1, type: 'INT' }),
  metricsRecordingLevel: word('INFO', ['INFO', 'DEBUG', 'TRACE']),
  metricsSampleWindowMs: integer(30_000, { min: 1 }),
  numStandbyReplicas: integer(0, { min: 0, type: 'INT' }),
  numStreamThreads: integer(1, { type: 'INT' }),
  pollMs: integer(100, { min: 0 }),
  probingRebalanceIntervalMs: integer(600_000, { min: 60_000 }),
  processingExceptionHandler: handler<ProcessingExceptionHandler>(),
  processingExceptionHandlerGlobalEnabled: boolean(false),
  processingGuarantee: word('at_least_once', ['at_least_once', 'exactly_once_v2']),
  processorWrapperClass: object<ProcessorWrapper>(
    'an object with wrapProcessorSupplier() and wrapFixedKeyProcessorSupplier()',
    (value) => 'wrapProcessorSupplier' in value && 'wrapFixedKeyProcessorSupplier' in value,
  ),
  productionExceptionHandler: handler<ProductionExceptionHandler>(retryOrFail),
  rackAwareAssignmentNonOverlapCost: optionalInteger({ type: 'INT' }),
  rackAwareAssignmentStrategy: word('none', ['none', 'min_traffic', 'balance_subtopology']),
  rackAwareAssignmentTags: list(),
  rackAwareAssignmentTrafficCost: optionalInteger({ type: 'INT' }),
  receiveBufferBytes: integer(32_768, { min: -1, type: 'INT' }),
  reconnectBackoffMaxMs: integer(1000, { min: 0 }),
  reconnectBackoffMs: integer(50, { min: 0 }),
  repartitionPurgeIntervalMs: integer(30_000, { min: 0 }),
  replicationFactor: integer(-1, { type: 'INT' }),
  requestTimeoutMs: integer(40_000, { min: 0, type: 'INT' }),
  retryBackoffMs: integer(100, { min: 0 }),
  rocksdbConfigSetter: opaque(),
  securityProtocol: anyCaseWord('PLAINTEXT', ['SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT']),
  sendBufferBytes: integer(131_072, { min: -1, type: 'INT' }),
  stateCleanupDelayMs: integer(600_000),
  stateCleanupDirMaxAgeMs: integer(-1),
  stateDir: text(path.join(tmpdir(), 'kafka-streams')),
  statestoreCacheMaxBytes: integer(10_485_760, { min: 0 }),
  taskAssignorClass: opaque(),
  taskTimeoutMs: integer(300_000, { min: 0 }),
  topologyOptimization: optimizations(),
  upgradeFrom: optionalWord(OLDER_VERSIONS),
  windowSizeMs: optionalInteger({ min: 0 }),
  windowedInnerClassSerde: opaque(),
  windowstoreChangelogAdditionalRetentionMs: integer(DAY_MS, { min: 0 }),
}

export type SettingName = keyof typeof settings

/** The values of all settings, checked, with defaults. */
export type StreamsSettings = { readonly [K in SettingName]: (typeof settings)[K] extends Setting<infer T> ? T : never }

/** Under exactly-once Java commits more often unless told otherwise. */
export const EXACTLY_ONCE_COMMIT_INTERVAL_MS = 100

const UNDERSCORED: Readonly<Record<string, string>> = {
  rackAwareAssignmentNonOverlapCost: 'rack.aware.assignment.non_overlap_cost',
  rackAwareAssignmentTrafficCost: 'rack.aware.assignment.traffic_cost',
}

/** `applicationId` to `application.id`. */
export const dottedName = (camelCase: string): string =>
  UNDERSCORED[camelCase] ?? camelCase.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`)
