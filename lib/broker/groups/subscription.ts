import type { Member } from './member.ts'

/**
 * The topics in the members' subscriptions, which the consumer protocol's metadata begins with: version, then topic names.
 * Other protocol types keep their secrets. `undefined` when the metadata of a member cannot be read: it may read anything.
 */
export const subscribedTopics = (members: readonly Member[], protocolType: string | undefined): ReadonlySet<string> | undefined => {
  const topics = new Set<string>()
  if (protocolType !== 'consumer') return topics
  for (const member of members) {
    for (const { metadata } of member.protocols) {
      const read = topicsOf(metadata)
      if (read === undefined) return undefined
      for (const topic of read) topics.add(topic)
    }
  }
  return topics
}

const topicsOf = (metadata: Buffer): string[] | undefined => {
  if (metadata.length < 6) return undefined
  const topics: string[] = []
  let at = 6
  for (let left = metadata.readInt32BE(2); left > 0 && at + 2 <= metadata.length; left--) {
    const length = metadata.readInt16BE(at)
    topics.push(metadata.toString('utf8', at + 2, at + 2 + length))
    at += 2 + Math.max(0, length)
  }
  return topics
}
