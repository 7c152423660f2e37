import type { InternalTopicConfig } from '../../../topology/internals/internal-topics.ts'

/** What every changelog is made with unless somebody says otherwise; the application's `topic.*` goes over these only. */
const changelogDefaults = new Map([
  ['cleanup.policy', ['compact', 'compact,delete']],
  ['message.timestamp.type', ['CreateTime']],
])

/**
 * The configs an internal topic is created with: the defaults of its kind, then the application's `topic.*` settings, then
 * what the store itself asked for.
 */
export const internalTopicConfigs = (
  { kind, configs }: InternalTopicConfig,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> => {
  if (kind === 'repartition') return { ...configs, ...overrides }
  const merged: Record<string, string> = { ...overrides }
  for (const [name, value] of Object.entries(configs)) {
    const isDefault = changelogDefaults.get(name)?.includes(value) ?? false
    if (!isDefault || merged[name] === undefined) merged[name] = value
  }
  return merged
}
