import type { Member, MemberProtocol } from './member.ts'

/** The protocols that every member has. */
const common = (members: readonly Member[]): Set<string> => {
  const [first, ...others] = members
  const names = new Set(first?.protocols.map((protocol) => protocol.name))
  for (const member of others) {
    for (const name of names) if (!member.protocols.some((protocol) => protocol.name === name)) names.delete(name)
  }
  return names
}

/** Each member votes for the first of its protocols that all have; most votes win, the earlier vote on a tie. */
export const chooseProtocol = (members: readonly Member[]): string | undefined => {
  const candidates = common(members)
  const votes = new Map<string, number>()
  for (const member of members) {
    const vote = member.protocols.find((protocol) => candidates.has(protocol.name))?.name
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1)
  }
  let chosen: string | undefined
  for (const [name, count] of votes) if (chosen === undefined || count > votes.get(chosen)!) chosen = name
  return chosen
}

/** Whether a member with these protocols could join the others. */
export const hasProtocolInCommon = (members: readonly Member[], protocols: readonly MemberProtocol[]): boolean => {
  if (members.length === 0) return protocols.length > 0
  const candidates = common(members)
  return protocols.some((protocol) => candidates.has(protocol.name))
}
