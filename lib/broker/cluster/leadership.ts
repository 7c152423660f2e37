/** The first offset that was written in an epoch. */
export interface EpochStart {
  readonly epoch: number
  readonly offset: number
}

/** As it is kept in the journal. */
export interface StoredLeadership {
  readonly replicas: readonly number[]
  readonly leader: number
  readonly epochs: readonly (readonly [epoch: number, offset: number])[]
}

/** The leader of a partition that has none at present. */
export const NO_LEADER = -1
const UNKNOWN: EpochStart = { epoch: -1, offset: -1 }

/**
 * Which brokers have a partition and which of them leads it. The records are the same whoever leads, so a new leader is a
 * matter of two numbers; but its epoch is in the batches, and clients ask where the epochs before ended.
 */
export class Leadership {
  /** The preferred leader first. */
  replicas: readonly number[]
  /** {@link NO_LEADER} while every replica is stopped. */
  leader: number
  epoch = 0
  #epochs: EpochStart[] = [{ epoch: 0, offset: 0 }]

  constructor(replicas: readonly number[], leader = replicas[0]!) {
    this.replicas = replicas
    this.leader = leader
  }

  static restore({ replicas, leader, epochs }: StoredLeadership, endOffset: number): Leadership {
    const restored = new Leadership(replicas, leader)
    // What was not on disk yet when an epoch began may be lost: the epoch then begins where the log ends.
    restored.#epochs = epochs.map(([epoch, offset]) => ({ epoch, offset: Math.min(offset, endOffset) }))
    restored.epoch = restored.#epochs.at(-1)?.epoch ?? 0
    return restored
  }

  get stored(): StoredLeadership {
    return { replicas: this.replicas, leader: this.leader, epochs: this.#epochs.map(({ epoch, offset }) => [epoch, offset]) }
  }

  /** Another leader, or the same one again: a new epoch, which begins where the log ends. */
  elect(leader: number, endOffset: number): void {
    this.leader = leader
    this.epoch++
    // Of epochs in which nothing was written nobody needs to know.
    this.#epochs = [...this.#epochs.filter(({ offset }) => offset < endOffset), { epoch: this.epoch, offset: endOffset }]
  }

  /** The last epoch up to the one asked for, and where it ended; both -1 for an epoch that is still to come. */
  endOf(epoch: number, logStartOffset: number, endOffset: number): EpochStart {
    if (epoch === this.epoch) return { epoch, offset: endOffset }
    if (epoch < 0) return UNKNOWN
    const next = this.#epochs.findIndex((start) => start.epoch > epoch)
    if (next < 0) return UNKNOWN
    const offset = Math.max(this.#epochs[next]!.offset, logStartOffset)
    // Asked for an epoch from before the first it knows, Kafka answers with that very epoch.
    return { epoch: next === 0 ? epoch : this.#epochs[next - 1]!.epoch, offset }
  }
}
