import type { GraphNode } from '../graph/graph-node.ts'
import { findAbove } from '../graph/graph-node.ts'
import { RepartitionNode } from '../graph/repartition-node.ts'
import type { LogicalPlan } from '../plan.ts'

/**
 * `merge.repartition.topics`: where several operators each repartition the result of one key change, one repartition
 * directly below that change serves all of them. It takes the name of the first one's topic.
 */
export const mergeRepartitions = (plan: LogicalPlan): void => {
  attributeToMerges(plan)
  for (const [keyChanging, repartitions] of [...plan.repartitionsBelow]) {
    if (repartitions.size > 0) mergeBelow(plan, keyChanging, [...repartitions])
    if (repartitions.size > 0) plan.repartitionsBelow.delete(keyChanging)
  }
}

/** Where streams with changed keys are merged first, the repartition belongs below the merge. */
const attributeToMerges = (plan: LogicalPlan): void => {
  const moved = new Set<GraphNode>()
  const byMerge = new Map<GraphNode, Set<RepartitionNode>>()
  for (const merge of plan.mergeNodes) {
    const together = new Set<RepartitionNode>()
    for (const [keyChanging, repartitions] of plan.repartitionsBelow) {
      const allBelowMerge = [...repartitions].every((node) => childAbove(node, merge) !== undefined)
      if (!allBelowMerge || childAbove(merge, keyChanging) === undefined) continue
      for (const repartition of repartitions) together.add(repartition)
      moved.add(keyChanging)
    }
    byMerge.set(merge, together)
  }
  for (const [merge, repartitions] of byMerge) plan.repartitionsBelow.set(merge, repartitions)
  for (const node of moved) plan.repartitionsBelow.delete(node)
}

/** The node on the way from `ancestor` down to `start` that is a child of `ancestor`. */
const childAbove = (start: GraphNode, ancestor: GraphNode): GraphNode | undefined => findAbove(start, (node) => node.parents.has(ancestor))

const mergeBelow = (plan: LogicalPlan, keyChanging: GraphNode, repartitions: readonly RepartitionNode[]): void => {
  const first = repartitions[0] as RepartitionNode
  const merged = new RepartitionNode(plan.names, {
    key: repartitions.find((node) => node.key !== undefined)?.key,
    value: repartitions.find((node) => node.value !== undefined)?.value,
    topicPrefix: first.topic,
  })
  merged.buildPriority = keyChanging.buildPriority
  for (const replaced of repartitions) {
    // Undefined where an earlier one of these repartitions was on the same branch, which then has moved already.
    const branch = childAbove(replaced, keyChanging)
    if (branch !== undefined) {
      merged.addChild(branch)
      keyChanging.removeChild(branch)
    }
    takeOut(replaced)
    renameSource(plan, replaced.name, merged.name)
  }
  keyChanging.addChild(merged)
}

/** Connects what is below a repartition with what is above it. */
const takeOut = (replaced: RepartitionNode): void => {
  const parents = [...replaced.parents]
  for (const child of [...replaced.children]) {
    for (const parent of parents) parent.addChild(child)
    replaced.removeChild(child)
  }
  for (const parent of parents) parent.removeChild(replaced)
}

const renameSource = (plan: LogicalPlan, from: string, to: string): void => {
  plan.copartitioned.forEach((sources, i) => {
    if (sources.has(from)) plan.copartitioned[i] = new Set([...sources].map((name) => (name === from ? to : name)))
  })
}
