import { invalid } from './invalid.ts'
import { javaHashOrder } from './java-hash.ts'
import type { NodeSpec, ProcessorSpec } from './node-spec.ts'

/** Disjoint sets of names; whoever is united ends up in one sub-topology. */
class Unions {
  readonly #parent = new Map<string, string>()

  add(name: string): void {
    this.#parent.set(name, name)
  }

  root(name: string): string {
    let at = name
    for (let next = this.#parent.get(at); next !== undefined && next !== at; next = this.#parent.get(at)) at = next
    this.#parent.set(name, at)
    return at
  }

  unite(a: string, b: string): void {
    this.#parent.set(this.root(b), this.root(a))
  }
}

/** The nodes of a topology with their edges, checked as they come, and their partition into sub-topologies. */
export class NodeGraph {
  readonly #nodes = new Map<string, NodeSpec>()
  readonly #unions = new Unions()

  get(name: string): NodeSpec | undefined {
    return this.#nodes.get(name)
  }

  /** In the order of their definition, so parents come before children. */
  all(): Iterable<NodeSpec> {
    return this.#nodes.values()
  }

  /** @throws {TopologyError} when the name is taken */
  checkNew(name: string): void {
    if (this.#nodes.has(name)) throw invalid(`Processor ${name} is already added.`)
  }

  add(node: NodeSpec): void {
    this.checkNew(node.name)
    this.#checkParents(node)
    this.#nodes.set(node.name, node)
    this.#unions.add(node.name)
    for (const parent of node.parents) this.#unions.unite(node.name, parent)
  }

  #checkParents(node: NodeSpec): void {
    if (node.kind === 'source') return
    if (node.parents.length === 0) throw invalid(`predecessorNames cannot be empty: ${node.kind} ${node.name} needs a parent`)
    for (const name of node.parents) {
      if (name === node.name) throw invalid(`Parent node ${name} is unknown (self-reference).`)
      const parent = this.#nodes.get(name)
      if (parent === undefined) throw invalid(`Parent node ${name} is unknown. Add it before ${node.name}.`)
      if (parent.kind === 'sink') throw invalid(`Sink ${name} cannot be used a parent.`)
    }
  }

  /** @throws {TopologyError} when there is no such processor or it is of a kind that has no stores */
  processor(name: string, storeName: string): ProcessorSpec {
    const node = this.#nodes.get(name)
    if (node === undefined) throw invalid(`Processor ${name} is not added yet.`)
    if (node.kind !== 'processor') throw invalid(`cannot connect a state store ${storeName} to a source node or a sink node.`)
    return node
  }

  unite(a: string, b: string): void {
    this.#unions.unite(a, b)
  }

  /** Names of all sources above a node, nearest first. */
  sourcesAbove(node: NodeSpec): string[] {
    if (node.kind === 'source') return [node.name]
    return node.parents.flatMap((name) => {
      const parent = this.#nodes.get(name)
      return parent === undefined ? [] : this.sourcesAbove(parent)
    })
  }

  /**
   * The connected parts, numbered as in Java: in the order in which their first sources were defined. The names within one part are in the order of a
   * Java hash set, which `describe()` shows.
   */
  groups(): Map<number, string[]> {
    const nodes = [...this.#nodes.values()]
    const sources = nodes.filter((node) => node.kind === 'source')
    const others = nodes.filter((node) => node.kind !== 'source')
    const members = new Map<string, string[]>()
    for (const { name } of [...sources, ...others]) {
      const root = this.#unions.root(name)
      const group = members.get(root)
      if (group === undefined) members.set(root, [name])
      else group.push(name)
    }
    return new Map([...members.values()].map((names, id) => [id, javaHashOrder(names)]))
  }
}
