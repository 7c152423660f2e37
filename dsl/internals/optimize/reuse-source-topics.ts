import type { LogicalPlan } from '../plan.ts'

/** `reuse.ktable.source.topics`: a table's source topic is its changelog too, since they hold the same records. */
export const reuseSourceTopics = (plan: LogicalPlan): void => {
  for (const source of plan.tableSources) source.reuseSourceTopic = true
}
