import type { InternalTopicPlan } from './topic-groups.ts'

const DAY_MS = 86_400_000

/** Rows of a versioned changelog are kept a day longer than asked for before they may be compacted, as in Java. */
const VERSIONED_EXTRA_LAG_MS = DAY_MS

/** The topic configs of an internal topic: the defaults of its kind, the application's `topic.*`, the store's own. */
export const internalTopicConfigs = (
  plan: InternalTopicPlan,
  overrides: Readonly<Record<string, string>>,
  windowExtraRetentionMs: number,
): Record<string, string> => ({
  'message.timestamp.type': 'CreateTime',
  ...kindDefaults(plan),
  ...overrides,
  ...plan.configs,
  ...retention(plan, windowExtraRetentionMs),
})

const kindDefaults = (plan: InternalTopicPlan): Record<string, string> => {
  switch (plan.kind) {
    case 'repartition':
      return { 'cleanup.policy': 'delete', 'segment.bytes': '52428800', 'retention.ms': '-1' }
    case 'windowed-changelog':
      return { 'cleanup.policy': 'compact,delete' }
    default:
      return { 'cleanup.policy': 'compact' }
  }
}

const retention = (plan: InternalTopicPlan, windowExtraRetentionMs: number): Record<string, string> => {
  if (plan.retentionMs === undefined) return {}
  if (plan.kind === 'windowed-changelog' && plan.configs['retention.ms'] === undefined) {
    return { 'retention.ms': String(plan.retentionMs + windowExtraRetentionMs) }
  }
  if (plan.kind === 'versioned-changelog' && plan.configs['min.compaction.lag.ms'] === undefined) {
    return { 'min.compaction.lag.ms': String(plan.retentionMs + VERSIONED_EXTRA_LAG_MS) }
  }
  return {}
}
