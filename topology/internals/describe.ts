import { javaHashOrder } from './java-hash.ts'
import type { NodeGraph } from './node-graph.ts'
import type { NodeSpec } from './node-spec.ts'
import { JavaTreeSet } from './java-tree-set.ts'

/** One node of a description; `toString` prints it as Java does. */
export interface NodeDescription {
  readonly kind: 'source' | 'processor' | 'sink'
  readonly name: string
  readonly predecessors: readonly NodeDescription[]
  readonly successors: readonly NodeDescription[]
  /** Sources: the topics, unless they read by pattern. Sinks: the topic, unless it is extracted from the record. */
  readonly topics: readonly string[]
  readonly pattern: RegExp | undefined
  /** Processors: names of their stores. */
  readonly stores: readonly string[]
  toString(): string
}

/** A connected part of the topology; each of its partitions is a task. */
export interface SubtopologyDescription {
  readonly id: number
  readonly nodes: readonly NodeDescription[]
  toString(): string
}

/** A global store with the source and the processor that fill it. */
export interface GlobalStoreDescription {
  readonly id: number
  readonly source: NodeDescription
  readonly processor: NodeDescription
  toString(): string
}

/** The topology as data; `toString` gives the text that Java's `topology.describe()` gives, character for character. */
export interface TopologyDescription {
  readonly subtopologies: readonly SubtopologyDescription[]
  readonly globalStores: readonly GlobalStoreDescription[]
  toString(): string
}

/** What describe() needs to know of a global store. */
interface GlobalNames {
  readonly sourceName: string
  readonly processorName: string
}

class DescribedNode implements NodeDescription {
  readonly kind: NodeSpec['kind']
  readonly name: string
  readonly topics: readonly string[]
  readonly pattern: RegExp | undefined
  readonly stores: readonly string[]
  /** How a sink that names its topic by record is printed; undefined for all other nodes. */
  readonly #extractor: string | undefined
  /** Nodes below, itself included; decides the order of lines. Grows while edges are added. */
  size = 1
  readonly before = new JavaTreeSet<DescribedNode>(largestFirst)
  readonly after = new JavaTreeSet<DescribedNode>(largestFirst)

  constructor(spec: NodeSpec) {
    this.kind = spec.kind
    this.name = spec.name
    this.topics = topicsOf(spec)
    this.pattern = spec.kind === 'source' ? spec.pattern : undefined
    this.stores = spec.kind === 'processor' ? javaHashOrder(spec.stores) : []
    this.#extractor = spec.kind === 'sink' && typeof spec.topic === 'function' ? nameOf(spec.topic) : undefined
  }

  get predecessors(): readonly NodeDescription[] {
    return [...this.before]
  }

  get successors(): readonly NodeDescription[] {
    return [...this.after]
  }

  toString(): string {
    const after = `\n      --> ${names(this.after)}`
    const before = `\n      <-- ${names(this.before)}`
    if (this.kind === 'source') {
      const topics = this.pattern === undefined ? `[${this.topics.join(', ')}]` : this.pattern.source
      return `Source: ${this.name} (topics: ${topics})${after}`
    }
    if (this.kind === 'processor') return `Processor: ${this.name} (stores: [${this.stores.join(', ')}])${after}${before}`
    const target = this.#extractor === undefined ? `topic: ${this.topics.join()}` : `extractor class: ${this.#extractor}`
    return `Sink: ${this.name} (${target})${before}`
  }
}

const topicsOf = (spec: NodeSpec): readonly string[] => {
  if (spec.kind === 'source') return javaHashOrder(spec.topics)
  return spec.kind === 'sink' && typeof spec.topic === 'string' ? [spec.topic] : []
}

/** A function's name, without what `bind` puts before it. */
const nameOf = (extractor: { readonly name: string }): string => extractor.name.replace(/^bound /, '') || 'anonymous'

const largestFirst = (a: DescribedNode, b: DescribedNode): number => {
  if (a.size !== b.size) return b.size - a.size
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

const names = (nodes: Iterable<DescribedNode>): string => [...nodes].map((node) => node.name).join(', ') || 'none'

/** Adds to the size of a node and of everything already known to be above it. */
const enlarge = (node: DescribedNode, by: number): void => {
  node.size += by
  for (const above of node.before) enlarge(above, by)
}

const connectAll = (graph: NodeGraph, group: readonly string[]): Map<string, DescribedNode> => {
  const nodes = new Map<string, DescribedNode>()
  const parents = new Map<string, readonly string[]>()
  for (const name of javaHashOrder(group)) {
    const spec = graph.get(name)
    if (spec === undefined) continue
    nodes.set(name, new DescribedNode(spec))
    parents.set(name, spec.parents)
  }
  for (const node of nodes.values()) {
    for (const parent of parents.get(node.name) ?? []) {
      const above = nodes.get(parent)
      if (above === undefined) continue
      node.before.add(above)
      above.after.add(node)
      enlarge(above, node.size)
    }
  }
  return nodes
}

const describeSubtopology = (id: number, described: Map<string, DescribedNode>): SubtopologyDescription => {
  const nodes = [...described.values()].sort(largestFirst)
  return { id, nodes, toString: () => `Sub-topology: ${id}\n${nodes.map((node) => `    ${node}\n`).join('')}\n` }
}

const describeGlobal = (id: number, nodes: Map<string, DescribedNode>, global: GlobalNames): GlobalStoreDescription | undefined => {
  const source = nodes.get(global.sourceName)
  const processor = nodes.get(global.processorName)
  if (source === undefined || processor === undefined) return undefined
  const text = `Sub-topology: ${id} for global store (will not generate tasks)\n    ${source}\n    ${processor}\n`
  return { id, source, processor, toString: () => text }
}

export const describeTopology = (graph: NodeGraph, globals: readonly GlobalNames[]): TopologyDescription => {
  const subtopologies: SubtopologyDescription[] = []
  const globalStores: GlobalStoreDescription[] = []
  for (const [id, group] of graph.groups()) {
    const nodes = connectAll(graph, group)
    const global = globals.find((each) => nodes.has(each.sourceName))
    const described = global && describeGlobal(id, nodes, global)
    if (described === undefined) subtopologies.push(describeSubtopology(id, nodes))
    else globalStores.push(described)
  }
  const parts = [...subtopologies, ...globalStores].sort((a, b) => a.id - b.id)
  return { subtopologies, globalStores, toString: () => `Topologies:\n ${parts.map((part) => `  ${part}`).join('')}` }
}
