import { UNKNOWN } from '../predicates.ts'
import type { TreeNode } from './tree.ts'

/**
 * The strategies of the specification that follow several branches where a test is unknown. What the branches say together
 * is written into `into`; the leaves they led to are returned.
 */
export type Spread = (root: TreeNode, into: Float64Array) => readonly TreeNode[]

const possibleChildren = (node: TreeNode): { certain: TreeNode | undefined, possible: TreeNode[] } => {
  const possible: TreeNode[] = []
  for (let i = 0; i < node.tests.length; i++) {
    const truth = node.tests[i]!()
    const child = node.children[i]!
    if (truth === 1 && possible.length === 0) return { certain: child, possible }
    if (truth === 1 || truth === UNKNOWN) possible.push(child)
  }
  return { certain: undefined, possible }
}

/** Adds up the record counts of all leaves that the record may belong to. */
export const aggregateNodes: Spread = (root, into) => {
  into.fill(0)
  const leaves: TreeNode[] = []
  const visit = (node: TreeNode): void => {
    if (node.children.length === 0) {
      leaves.push(node)
      for (let i = 0; i < into.length; i++) into[i] = into[i]! + (node.counts?.[i] ?? 0)
      return
    }
    const { certain, possible } = possibleChildren(node)
    if (certain !== undefined) visit(certain)
    else possible.forEach(visit)
  }
  visit(root)
  return leaves
}

/** The mean of the branches' confidences, weighted by the records that went each way. */
export const weightedConfidence: Spread = (root, into) => {
  const leaves: TreeNode[] = []
  const visit = (node: TreeNode): Float64Array | undefined => {
    if (node.children.length === 0) {
      leaves.push(node)
      return node.confidences ?? node.probabilities
    }
    const { certain, possible } = possibleChildren(node)
    if (certain !== undefined) return visit(certain)
    const mean = new Float64Array(into.length)
    let weight = 0
    for (const child of possible) {
      const part = visit(child)
      if (part === undefined) continue
      weight += child.recordCount
      for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + part[i]! * child.recordCount
    }
    return weight > 0 ? mean.map((sum) => sum / weight) : undefined
  }
  const result = visit(root)
  if (result === undefined) return []
  into.set(result)
  return leaves
}
