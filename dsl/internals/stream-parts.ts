import { StreamsError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { BuildContext } from './build-context.ts'
import type { GraphNode } from './graph/graph-node.ts'

/** What a stream, table or grouping is to the operators on it. */
export interface StreamParts<K, V> {
  /** The name of the node that gives its records. */
  readonly name: string
  /** Undefined where it is not known: after operators that change the type. */
  readonly key: Serde<K> | undefined
  readonly value: Serde<V> | undefined
  /** Sources of its sub-topology: they must have equal numbers of partitions when it is joined. */
  readonly sources: ReadonlySet<string>
  readonly node: GraphNode
  readonly build: BuildContext
}

/** An operand that was not made by this library's builder, or that belongs to another builder. */
export const foreignOperand = (operator: string, expected: string): StreamsError =>
  new StreamsError('MILLRACE_DSL_OPERAND', `${operator}() needs a ${expected} of the same StreamsBuilder as its operand`)

/** True for an operand of that kind that belongs to the same builder: only then both end up in one topology. */
export const isOperand = <O extends { readonly parts: { readonly build: BuildContext } }>(
  operand: object,
  kind: abstract new (...args: never[]) => O,
  build: BuildContext,
): operand is O => operand instanceof kind && operand.parts.build === build

/** The sources of both operands of a join, which from now on need equal numbers of partitions. */
export const copartition = (a: StreamParts<unknown, unknown>, b: StreamParts<unknown, unknown>): ReadonlySet<string> => {
  const sources = new Set([...a.sources, ...b.sources])
  a.build.plan.copartition(sources)
  return sources
}
