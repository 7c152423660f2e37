import type { Optimization } from '../../../topology/config.ts'
import type { LogicalPlan } from '../plan.ts'
import { keepNullKeysForOuterJoins } from './keep-null-keys.ts'
import { mergeRepartitions } from './merge-repartitions.ts'
import { mergeDuplicateSources } from './merge-sources.ts'
import { reuseSourceTopics } from './reuse-source-topics.ts'
import { joinSelvesInOneStore } from './self-join.ts'

/** Rewrites the plan in place; `chosen` is `topology.optimization`. */
export const optimize = (plan: LogicalPlan, chosen: ReadonlySet<Optimization>): void => {
  mergeDuplicateSources(plan)
  if (chosen.has('reuse.ktable.source.topics')) reuseSourceTopics(plan)
  if (chosen.has('merge.repartition.topics')) mergeRepartitions(plan)
  if (chosen.has('single.store.self.join')) joinSelvesInOneStore(plan)
  keepNullKeysForOuterJoins(plan)
}
