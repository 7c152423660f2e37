import type { AssignmentSpec } from './assignor.ts'
import type { TopicPartitions } from './topic-partitions.ts'

/** What one member gets, with the number of its partitions. */
class Share {
  readonly id: string
  readonly topics: ReadonlySet<string>
  readonly partitions = new Map<string, Set<number>>()
  size = 0

  constructor(id: string, topics: ReadonlySet<string>) {
    this.id = id
    this.topics = topics
  }

  add(topicId: string, partition: number): void {
    const of = this.partitions.get(topicId) ?? new Set()
    this.partitions.set(topicId, of.add(partition))
    this.size++
  }

  remove(topicId: string, partition: number): void {
    const of = this.partitions.get(topicId)!
    of.delete(partition)
    if (of.size === 0) this.partitions.delete(topicId)
    this.size--
  }
}

type Free = [topicId: string, partition: number][]

/** All partitions that somebody wants, without those that the shares hold. */
const freePartitions = (spec: AssignmentSpec, shares: readonly Share[]): Free => {
  const free: Free = []
  for (const [topicId, count] of spec.partitions) {
    if (!shares.some(({ topics }) => topics.has(topicId))) continue
    const taken = new Set<number>()
    for (const share of shares) for (const partition of share.partitions.get(topicId) ?? []) taken.add(partition)
    for (let partition = 0; partition < count; partition++) if (!taken.has(partition)) free.push([topicId, partition])
  }
  return free
}

/** Every share with what its member has and may keep. */
const kept = (spec: AssignmentSpec): Share[] => {
  const taken = new Set<string>()
  return [...spec.members].map(([id, { topics, current }]) => {
    const share = new Share(id, topics)
    for (const [topicId, partitions] of current) {
      if (!topics.has(topicId)) continue
      for (const partition of partitions) {
        const key = `${topicId}/${partition}`
        if (taken.has(key) || partition >= (spec.partitions.get(topicId) ?? 0)) continue
        taken.add(key)
        share.add(topicId, partition)
      }
    }
    return share
  })
}

/** All want the same topics: everybody gets as many partitions as the others, or one more, and keeps what it can. */
const assignAlike = (spec: AssignmentSpec, shares: readonly Share[]): void => {
  let total = 0
  for (const topicId of shares[0]!.topics) total += spec.partitions.get(topicId) ?? 0
  const least = Math.floor(total / shares.length)
  let more = total % shares.length
  const quotas = new Map(shares.map((share) => {
    const quota = share.size > least && more > 0 ? least + 1 : least
    if (quota > least) more--
    for (const [topicId, partitions] of [...share.partitions].reverse()) {
      for (const partition of [...partitions].reverse()) if (share.size > quota) share.remove(topicId, partition)
    }
    return [share, quota]
  }))
  for (const share of shares) {
    if (more === 0) break
    if (quotas.get(share) === least) {
      quotas.set(share, least + 1)
      more--
    }
  }
  const hungry = shares.filter((share) => share.size < quotas.get(share)!)
  let at = 0
  for (const [topicId, partition] of freePartitions(spec, shares)) {
    const share = hungry[at % hungry.length]!
    share.add(topicId, partition)
    if (share.size === quotas.get(share)) hungry.splice(at % hungry.length, 1)
    else at++
  }
}

/** Whom of its subscribers a partition would burden least. */
const leastLoaded = (shares: readonly Share[], topicId: string): Share => {
  let least: Share | undefined
  for (const share of shares) if (share.topics.has(topicId) && (least === undefined || share.size < least.size)) least = share
  return least!
}

/** Members want different topics: as equal as that allows. Partitions move only from who has at least two more than who gets. */
const assignMixed = (spec: AssignmentSpec, shares: readonly Share[]): void => {
  const subscribers = (topicId: string): number => shares.filter(({ topics }) => topics.has(topicId)).length
  const choices = new Map([...spec.partitions.keys()].map((topicId) => [topicId, subscribers(topicId)]))
  const free = freePartitions(spec, shares).sort(([a], [b]) => choices.get(a)! - choices.get(b)!)
  for (const [topicId, partition] of free) leastLoaded(shares, topicId).add(topicId, partition)
  for (let moved = true; moved;) {
    moved = false
    for (const from of [...shares].sort((a, b) => b.size - a.size)) {
      for (const [topicId, partitions] of [...from.partitions]) {
        for (const partition of [...partitions].reverse()) {
          const to = leastLoaded(shares, topicId)
          if (to.size + 1 >= from.size) break
          from.remove(topicId, partition)
          to.add(topicId, partition)
          moved = true
        }
      }
    }
  }
}

const wantTheSame = (shares: readonly Share[]): boolean => {
  const [first, ...others] = shares
  return others.every(({ topics }) => topics.size === first!.topics.size && [...topics].every((topicId) => first!.topics.has(topicId)))
}

/** Spreads partitions evenly over members, and moves as few as that takes. */
export const uniformAssignor = (spec: AssignmentSpec): Map<string, TopicPartitions> => {
  const shares = kept(spec)
  if (shares.length > 0) {
    if (wantTheSame(shares)) assignAlike(spec, shares)
    else assignMixed(spec, shares)
  }
  return new Map(shares.map(({ id, partitions }) => [id, partitions]))
}
