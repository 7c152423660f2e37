import type { GraphNode } from '../graph/graph-node.ts'
import { StreamJoinNode } from '../graph/stream-join-node.ts'
import type { LogicalPlan } from '../plan.ts'

/**
 * `single.store.self.join`: a stream joined with itself keeps its records once. As in Java this makes left and outer joins inner
 * ones, which differs for records without a key and for late ones only, since every other record is its own partner.
 */
export const joinSelvesInOneStore = (plan: LogicalPlan): void => {
  const nodes = new Set<GraphNode>([plan.root])
  // A set is walked with what is added to it on the way.
  for (const node of nodes) {
    const [parent, ...others] = node.parents
    if (node instanceof StreamJoinNode && parent !== undefined && others.length === 0) {
      const right = [...parent.children].find((child) => child.name === node.rightWindowedName)
      if (right !== undefined) parent.removeChild(right)
      node.becomeSelfJoin()
    }
    for (const child of node.children) nodes.add(child)
  }
}
