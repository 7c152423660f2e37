import type { InternalTopologyBuilder } from '../../../topology/internals/internal-topology-builder.ts'

/**
 * A step of the logical plan: what the user asked for, before it is known which nodes, stores and topics will carry it out.
 * The optimiser rearranges these; `writeTo` then adds the physical nodes.
 */
export abstract class GraphNode {
  /** The name of the physical node whose output children read. */
  readonly name: string
  readonly #parents = new Set<GraphNode>()
  readonly #children = new Set<GraphNode>()
  /** Position in the order of definition; decides in which order ready nodes are written. */
  buildPriority = 0
  /** The key may be another one after this step. */
  isKeyChanging = false
  /** The value may be another one after this step, so that a repartition must not be moved above it. */
  isValueChanging = false
  isMerge = false
  /** A left or outer join: records without a key may pass, through the repartition topic above it too. */
  acceptsNullKeys = false
  /**
   * Set by windowed aggregations: how long after its end (ms) a window still changes. The grace; of sessions the grace and the
   * inactivity gap. `suppress` below asks for it.
   */
  windowGraceMs: number | undefined = undefined
  /** Whether the table that this step makes knows earlier versions of its rows; undefined: if one that it is made from does. */
  isVersioned: boolean | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  /** The repartition topic inside the step, if it has one; without the application's prefix. */
  get topic(): string | undefined {
    return undefined
  }

  get parents(): ReadonlySet<GraphNode> {
    return this.#parents
  }

  get children(): ReadonlySet<GraphNode> {
    return this.#children
  }

  get parentNames(): string[] {
    return [...this.#parents].map((parent) => parent.name)
  }

  addChild(child: GraphNode): void {
    this.#children.add(child)
    child.#parents.add(this)
  }

  removeChild(child: GraphNode): void {
    this.#children.delete(child)
    child.#parents.delete(this)
  }

  abstract writeTo(topology: InternalTopologyBuilder): void
}

/** Where the plan begins; the parent of all sources and stores. */
export class RootNode extends GraphNode {
  constructor() {
    super('root')
  }

  writeTo(): void {}
}

/** Whether late updates are known as such behind that step, since a versioned table above it tells. */
export const isVersioned = (node: GraphNode): boolean =>
  node.isVersioned ?? (node.windowGraceMs === undefined && [...node.parents].some(isVersioned))

/** The first of `start` and the nodes above it that matches; depth first, in the order of the parents. */
export const findAbove = (start: GraphNode, matches: (node: GraphNode) => boolean): GraphNode | undefined => {
  if (matches(start)) return start
  for (const parent of start.parents) {
    const found = findAbove(parent, matches)
    if (found !== undefined) return found
  }
  return undefined
}
