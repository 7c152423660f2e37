import type { StoreBuilder } from '../api.ts'

/** A topic that Millrace makes for itself: name, partitions when they are fixed, and its topic configs. */
export interface InternalTopicConfig {
  readonly name: string
  readonly kind: 'repartition' | 'unwindowed-changelog' | 'windowed-changelog' | 'versioned-changelog'
  /** Undefined: follows the topics it is made from. */
  readonly partitions: number | undefined
  /** True when `partitions` came from the user and co-partitioning must not change it. */
  readonly enforceNumberOfPartitions: boolean
  /** Without the defaults of the broker; the user's `topic.` settings are laid over the repartition topics' by the runtime. */
  readonly configs: Readonly<Record<string, string>>
}

export interface InternalTopicProperties {
  /** Number of partitions; undefined: derived. */
  readonly partitions?: number | undefined
  /** Default: true when `partitions` is given. */
  readonly enforceNumberOfPartitions?: boolean | undefined
}

const SEGMENT_BYTES = 52_428_800
/** Old versions are compacted away a day after they stopped being asked for. */
const VERSIONED_EXTRA_LAG_MS = 86_400_000

export const repartitionTopic = (name: string, properties: InternalTopicProperties): InternalTopicConfig => ({
  name,
  kind: 'repartition',
  partitions: properties.partitions,
  enforceNumberOfPartitions: properties.enforceNumberOfPartitions ?? properties.partitions !== undefined,
  configs: {
    'cleanup.policy': 'delete',
    'segment.bytes': String(SEGMENT_BYTES),
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
  },
})

/** The changelog topic of a store, with the defaults Java gives to its kind. */
export const changelogTopic = (name: string, store: StoreBuilder, additionalRetentionMs: number): InternalTopicConfig => {
  const common = { name, partitions: undefined, enforceNumberOfPartitions: false }
  const timestamps = { 'message.timestamp.type': 'CreateTime' }
  if (store.historyRetentionMs !== undefined) {
    const lag = String(store.historyRetentionMs + VERSIONED_EXTRA_LAG_MS)
    const configs = { 'cleanup.policy': 'compact', ...timestamps, 'min.compaction.lag.ms': lag, ...store.logConfig }
    return { ...common, kind: 'versioned-changelog', configs }
  }
  if (store.retentionMs !== undefined) {
    const retention = String(store.retentionMs + additionalRetentionMs)
    const configs = { 'cleanup.policy': 'compact,delete', ...timestamps, 'retention.ms': retention, ...store.logConfig }
    return { ...common, kind: 'windowed-changelog', configs }
  }
  return { ...common, kind: 'unwindowed-changelog', configs: { 'cleanup.policy': 'compact', ...timestamps, ...store.logConfig } }
}
