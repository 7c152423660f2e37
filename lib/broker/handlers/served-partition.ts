import { errorCodes } from '../../protocol/error-table.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { RequestContext } from './handler.ts'

/** Compares the leader epoch that a client knows with the partition's; -1 means that it knows none. */
const leaderEpochError = (known: number, current: number): number => {
  if (known < 0 || known === current) return errorCodes.NONE
  return known < current ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH
}

/**
 * Why this broker does not serve a partition; NONE when it does. `knownEpoch` is the client's idea of the leader epoch, -1
 * for none; with `fromFollowers` a replica will do that does not lead.
 */
export const whyNotServed = (log: PartitionLog | undefined, nodeId: number, knownEpoch: number, fromFollowers = false): number => {
  if (log === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  const { leader, replicas, epoch } = log.leadership
  if (leader === nodeId) return leaderEpochError(knownEpoch, epoch)
  if (!replicas.includes(nodeId)) return errorCodes.NOT_LEADER_OR_FOLLOWER
  const epochError = leaderEpochError(knownEpoch, epoch)
  return epochError !== errorCodes.NONE || fromFollowers ? epochError : errorCodes.NOT_LEADER_OR_FOLLOWER
}

/** Tells clients that asked the wrong broker who leads now, and where that one is (KIP-951). */
export class LeaderHints {
  readonly #context: RequestContext
  readonly #leaders = new Set<number>()

  constructor(context: RequestContext) {
    this.#context = context
  }

  of({ leadership: { leader, epoch } }: PartitionLog): { readonly leaderId: number; readonly leaderEpoch: number } {
    if (this.#context.broker.cluster.isRunning(leader)) this.#leaders.add(leader)
    return { leaderId: leader, leaderEpoch: epoch }
  }

  /** Where the brokers are that were named. */
  get endpoints(): { readonly nodeId: number; readonly host: string; readonly port: number }[] {
    return [...this.#leaders].map((nodeId) => ({ nodeId, ...this.#context.addressOf(nodeId) }))
  }
}
