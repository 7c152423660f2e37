import { has, overlap } from './topic-partitions.ts'
import type { PartitionEpochs, TopicPartitions } from './topic-partitions.ts'

/**
 * How far a member is: `stable` has all it shall have in its epoch; `unrevoked` must first give up partitions; `unreleased`
 * has given up what it had to, and waits for partitions that others still hold.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased'

/** What a member holds, as the coordinator knows it. */
export interface Holding {
  readonly epoch: number
  /** The epoch before, with which a member may still come whose last answer was lost. */
  readonly previousEpoch: number
  readonly state: MemberState
  readonly assigned: PartitionEpochs
  /** Taken from it, but perhaps still read by it. */
  readonly revoking: PartitionEpochs
}

export interface Target {
  readonly epoch: number
  readonly partitions: TopicPartitions
}

type Epochs = Map<string, Map<number, number>>

const put = (into: Epochs, topicId: string, partition: number, epoch: number): void => {
  const partitions = into.get(topicId) ?? new Map<number, number>()
  into.set(topicId, partitions.set(partition, epoch))
}

const withEpoch = (holding: Holding, epoch: number): Pick<Holding, 'epoch' | 'previousEpoch'> =>
  epoch === holding.epoch ? { epoch, previousEpoch: holding.previousEpoch } : { epoch, previousEpoch: holding.epoch }

/**
 * The next step of a member towards its target: first it gives up what it shall not have, then it is given what nobody else
 * holds any more. `owned` is what the member says it has, `undefined` when it says nothing; `isSubscribed` tells of which topics
 * it wants partitions. Returns the same object when there is no step to take.
 */
export const reconcile = (
  holding: Holding,
  target: Target,
  owned: TopicPartitions | undefined,
  isFree: (topicId: string, partition: number) => boolean,
  isSubscribed: (topicId: string) => boolean,
): Holding => {
  const stillOwns = (revoking: PartitionEpochs): boolean => owned === undefined || overlap(owned, revoking)
  if (holding.state === 'stable' && holding.epoch === target.epoch) return dropUnsubscribed(holding, stillOwns, isSubscribed)
  if (holding.state === 'unrevoked' && stillOwns(holding.revoking)) return dropUnsubscribed(holding, stillOwns, isSubscribed)

  const kept: Epochs = new Map()
  const revoking: Epochs = new Map()
  for (const [topicId, partitions] of holding.assigned) {
    const wanted = isSubscribed(topicId)
    for (const [partition, epoch] of partitions) put(wanted && has(target.partitions, topicId, partition) ? kept : revoking, topicId, partition, epoch)
  }
  if (revoking.size > 0 && stillOwns(revoking)) {
    return { epoch: holding.epoch, previousEpoch: holding.previousEpoch, state: 'unrevoked', assigned: kept, revoking }
  }
  let waits = false
  for (const [topicId, partitions] of target.partitions) {
    if (!isSubscribed(topicId)) continue
    for (const partition of partitions) {
      if (has(kept, topicId, partition)) continue
      if (isFree(topicId, partition)) put(kept, topicId, partition, target.epoch)
      else waits = true
    }
  }
  return { ...withEpoch(holding, target.epoch), state: waits ? 'unreleased' : 'stable', assigned: kept, revoking: new Map() }
}

/** What a member has unsubscribed from is taken from it at once, though the new target is not made yet. */
const dropUnsubscribed = (holding: Holding, stillOwns: (revoking: PartitionEpochs) => boolean, isSubscribed: (topicId: string) => boolean): Holding => {
  const dropped = [...holding.assigned.keys()].filter((topicId) => !isSubscribed(topicId))
  if (dropped.length === 0) return holding
  const assigned = new Map(holding.assigned)
  const revoking = new Map(holding.revoking)
  for (const topicId of dropped) {
    revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...assigned.get(topicId)!]))
    assigned.delete(topicId)
  }
  return stillOwns(revoking) ? { ...holding, state: 'unrevoked', assigned, revoking } : { ...holding, assigned }
}
