import type { GraphNode } from '../graph/graph-node.ts'
import { RepartitionNode } from '../graph/repartition-node.ts'
import type { LogicalPlan } from '../plan.ts'

/**
 * Left and outer joins have an answer for records without a key, so every repartition above such a join lets them pass, also
 * where others or operators without use for them lie between. Always on.
 */
export const keepNullKeysForOuterJoins = (plan: LogicalPlan): void => {
  const below = new Set<GraphNode>([plan.root])
  const above = new Set<GraphNode>()
  // Sets are walked with what is added to them on the way.
  for (const node of below) {
    if (node.acceptsNullKeys) for (const parent of node.parents) above.add(parent)
    for (const child of node.children) below.add(child)
  }
  for (const node of above) {
    if (node instanceof RepartitionNode) node.keepsNullKeys = true
    for (const parent of node.parents) above.add(parent)
  }
}
