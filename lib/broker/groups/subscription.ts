import type { Member } from './member.ts'

/**
 * The topics in the members' subscriptions, which the consumer protocol's metadata begins with: version, then topic names.
 * Other protocol types keep their secrets; metadata that cannot be read counts as none.
 */
export const subscribedTopics = (members: readonly Member[], protocolType: string | undefined): ReadonlySet<string> => {
  const topics = new Set<string>()
  if (protocolType !== 'consumer') return topics
  for (const member of members) for (const { metadata } of member.protocols) for (const topic of topicsOf(metadata)) topics.add(topic)
  return topics
}

const topicsOf = (metadata: Buffer): string[] => {
  if (metadata.length < 6) return []
  const topics: string[] = []
  let at = 6
  for (let left = metadata.readInt32BE(2); left > 0 && at + 2 <= metadata.length; left--) {
    const length = metadata.readInt16BE(at)
    topics.push(metadata.toString('utf8', at + 2, at + 2 + length))
    at += 2 + Math.max(0, length)
  }
  return topics
}
