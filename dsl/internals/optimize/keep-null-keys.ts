import type { GraphNode } from '../graph/graph-node.ts'
import { RepartitionNode } from '../graph/repartition-node.ts'
import type { LogicalPlan } from '../plan.ts'

/** Repartitions that feed a left or outer join let records without a key pass: the join has an answer for them. Always on. */
export const keepNullKeysForOuterJoins = (plan: LogicalPlan): void => {
  const seen = new Set<GraphNode>()
  const walk = (node: GraphNode): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.acceptsNullKeys) markAbove(node)
    for (const child of node.children) walk(child)
  }
  walk(plan.root)
}

const markAbove = (node: GraphNode): void => {
  for (const parent of node.parents) {
    if (parent instanceof RepartitionNode) parent.keepsNullKeys = true
    else markAbove(parent)
  }
}
