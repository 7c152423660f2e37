import type { Predicate } from '../functions.ts'
import type { BranchedKStream, KStream } from '../kstream.ts'
import type { Branched } from '../options.ts'
import { ProcessorGraphNode } from './graph/processor-node.ts'
import { KStreamImpl } from './kstream-impl.ts'
import { checkName } from './names.ts'
import { BranchProcessor, PassThroughProcessor } from './processors/stateless.ts'

export class BranchedKStreamImpl<K, V> implements BranchedKStream<K, V> {
  readonly #source: KStreamImpl<K, V>
  readonly #name: string
  readonly #node: ProcessorGraphNode
  readonly #predicates: Predicate<K, V>[] = []
  readonly #children: string[] = []
  readonly #result = new Map<string, KStream<K, V>>()

  constructor(source: KStreamImpl<K, V>, name: string) {
    this.#source = source
    this.#name = name
    this.#node = new ProcessorGraphNode(name, { get: () => new BranchProcessor<K, V>(this.#predicates, this.#children) })
    source.parts.build.plan.add(source.parts.node, this.#node)
  }

  branch(predicate: Predicate<K, V>, branched?: Branched<K, V>): this {
    this.#predicates.push(predicate)
    this.#addBranch(branched, this.#predicates.length)
    return this
  }

  defaultBranch(branched?: Branched<K, V>): ReadonlyMap<string, KStream<K, V>> {
    this.#addBranch(branched, 0)
    return this.#result
  }

  noDefaultBranch(): ReadonlyMap<string, KStream<K, V>> {
    return this.#result
  }

  #addBranch(branched: Branched<K, V> = {}, position: number): void {
    const { plan } = this.#source.parts.build
    const name = checkName(this.#name + (branched.name ?? position))
    this.#children.push(name)
    plan.names.newProcessorName(name)
    const node = plan.add(this.#node, new ProcessorGraphNode(name, { get: () => new PassThroughProcessor<K, V>() }))
    const branch = new KStreamImpl({ ...this.#source.parts, name, node }, this.#source.repartitionRequired)
    this.#use(branch, name, branched)
  }

  #use(branch: KStream<K, V>, name: string, { withFunction, withConsumer }: Branched<K, V>): void {
    if (withConsumer !== undefined) {
      withConsumer(branch)
      return
    }
    const result = withFunction === undefined ? branch : withFunction(branch)
    if (result != null) this.#result.set(name, result)
  }
}
