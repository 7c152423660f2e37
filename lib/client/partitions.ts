import type { TopicPartition } from '../core/topic-partition.ts'
import { InvalidRequestError } from './errors.ts'

/** The inverse of `partitionKey`. @throws {InvalidRequestError} when it is not `topic-partition` */
export const splitPartitionKey = (key: string): TopicPartition => {
  const dash = key.lastIndexOf('-')
  const partition = Number(key.slice(dash + 1))
  if (dash < 1 || dash === key.length - 1 || !Number.isInteger(partition)) {
    throw new InvalidRequestError(`'${key}' names no partition: give topic-partition`)
  }
  return { topic: key.slice(0, dash), partition }
}

/** Groups entries by topic, as most requests want them; topics and entries keep their order. */
export const byTopic = <E extends { readonly topic: string }>(entries: Iterable<E>): { topic: string; entries: E[] }[] => {
  const groups = new Map<string, { topic: string; entries: E[] }>()
  for (const entry of entries) {
    const group = groups.get(entry.topic)
    if (group === undefined) groups.set(entry.topic, { topic: entry.topic, entries: [entry] })
    else group.entries.push(entry)
  }
  return [...groups.values()]
}
