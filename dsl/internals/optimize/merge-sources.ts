import { invalid } from '../../../topology/internals/invalid.ts'
import { StreamSourceNode } from '../graph/source-nodes.ts'
import type { LogicalPlan } from '../plan.ts'

const keyOf = (topics: readonly string[] | RegExp): string => (topics instanceof RegExp ? `/${topics.source}/${topics.flags}` : [...new Set(topics)].sort().join(','))

/** Streams of the same topics or pattern are read once. Not an option: a topic may have one source only. */
export const mergeDuplicateSources = (plan: LogicalPlan): void => {
  const byTopic = new Map<string, StreamSourceNode>()
  const byPattern = new Map<string, StreamSourceNode>()
  for (const source of [...plan.root.children]) {
    if (!(source instanceof StreamSourceNode)) continue
    const [known, keys] = source.topics instanceof RegExp ? [byPattern, [keyOf(source.topics)]] : [byTopic, source.topics]
    for (const key of keys) {
      const first = known.get(key)
      if (first === undefined) known.set(key, source)
      else if (first !== source) mergeInto(first, source, plan)
    }
  }
}

const mergeInto = (first: StreamSourceNode, other: StreamSourceNode, plan: LogicalPlan): void => {
  if (keyOf(first.topics) !== keyOf(other.topics)) {
    throw invalid('Two source nodes are subscribed to overlapping but not equal input topics')
  }
  first.absorb(other)
  plan.root.removeChild(other)
}
