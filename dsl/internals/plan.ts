import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import { invalid } from '../../topology/internals/invalid.ts'
import type { GraphNode } from './graph/graph-node.ts'
import { RootNode, findAbove } from './graph/graph-node.ts'
import { RepartitionNode } from './graph/repartition-node.ts'
import { TableSourceNode } from './graph/source-nodes.ts'
import { NameProvider } from './names.ts'

/**
 * The logical plan: the graph of everything the user has asked for so far, with what the optimiser needs to know of it.
 * Nothing in it is final until it is written to a topology.
 */
export class LogicalPlan {
  readonly names = new NameProvider()
  readonly root = new RootNode()
  /** Sources of tables, in the order of definition. */
  readonly tableSources: TableSourceNode[] = []
  readonly mergeNodes: GraphNode[] = []
  /** Steps that change keys, each with the repartitions below that only it has made necessary, in the order of definition. */
  readonly repartitionsBelow = new Map<GraphNode, Set<RepartitionNode>>()
  /** Names of sources whose topics need equal numbers of partitions. */
  readonly copartitioned: ReadonlySet<string>[] = []
  #nextPriority = 1

  add<N extends GraphNode>(parents: GraphNode | readonly GraphNode[], node: N): N {
    for (const parent of Array.isArray(parents) ? (parents as readonly GraphNode[]) : [parents as GraphNode]) parent.addChild(node)
    node.buildPriority = this.#nextPriority++
    if (node.isKeyChanging) this.repartitionsBelow.set(node, new Set())
    else if (node instanceof RepartitionNode && node.isOptimizable) this.#register(node)
    else if (node.isMerge) this.mergeNodes.push(node)
    else if (node instanceof TableSourceNode) this.tableSources.push(node)
    return node
  }

  /** A repartition can move up to the step that changed the key, unless a step between them changes the value. */
  #register(repartition: RepartitionNode): void {
    const nearest = findAbove(repartition, (node) => node.isKeyChanging || node.isValueChanging)
    const keyChanging = findAbove(repartition, (node) => node.isKeyChanging)
    if (nearest !== undefined && nearest === keyChanging) this.repartitionsBelow.get(nearest)?.add(repartition)
  }

  /** Grows with every step that is added. */
  get size(): number {
    return this.#nextPriority
  }

  copartition(sources: ReadonlySet<string>): void {
    this.copartitioned.push(sources)
  }

  /** Adds the physical nodes in the order of definition, each after all of its parents. */
  writeTo(topology: InternalTopologyBuilder): void {
    const written = new Set<GraphNode>()
    const ready: GraphNode[] = [this.root]
    for (let node = takeFirst(ready); node !== undefined; node = takeFirst(ready)) {
      if (written.has(node) || [...node.parents].some((parent) => !written.has(parent))) continue
      node.writeTo(topology)
      written.add(node)
      ready.push(...node.children)
    }
    const repartitions = [...written].filter((node) => node instanceof RepartitionNode)
    for (const sources of this.copartitioned) {
      checkPartitions(repartitions.filter((node) => sources.has(node.name)))
      topology.copartitionSources([...sources])
    }
  }

  /** Names of the topics, without prefix, between the steps of the plan as it stands. */
  repartitionTopics(): string[] {
    const nodes = new Set<GraphNode>([this.root])
    // A set is walked with what is added to it on the way.
    for (const node of nodes) for (const child of node.children) nodes.add(child)
    return [...nodes].map((node) => node.topic).filter((topic) => topic !== undefined)
  }
}

/** Topics that a join reads cannot have the different numbers of partitions that the user asked for. */
const checkPartitions = (joined: readonly RepartitionNode[]): void => {
  const asked = joined.filter((node) => node.partitions !== undefined)
  if (new Set(asked.map((node) => node.partitions)).size < 2) return
  const shown = asked.map((node) => `${node.topic}=${node.partitions}`).sort()
  throw invalid(`Following topics do not have the same number of partitions: [{${shown.join(', ')}}]`)
}

/** Takes the node that was defined first; of equals the one that became ready first. */
const takeFirst = (ready: GraphNode[]): GraphNode | undefined => {
  let first = 0
  ready.forEach((node, i) => {
    if (node.buildPriority < (ready[first] as GraphNode).buildPriority) first = i
  })
  return ready.splice(first, 1)[0]
}
