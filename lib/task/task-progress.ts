import { partitionKey } from '../core/topic-partition.ts'
import type { AsyncWork } from './async/async-work.ts'
import type { PartitionGroup } from './partition-group.ts'
import { RememberedTimes } from './remembered-times.ts'
import type { CommittableOffset } from './stream-task-options.ts'

/** Up to where a task has processed its inputs, and what of that is committed. */
export class TaskProgress {
  /** What processors remember beside their stores; committed with every offset of the task. */
  readonly times = new RememberedTimes()
  /** By `partitionKey`: the offsets that this run has committed last. */
  readonly committed = new Map<string, number>()
  readonly #group: PartitionGroup
  readonly #async: AsyncWork
  /** By `partitionKey`: where this run began to read. */
  readonly #starts = new Map<string, number>()

  constructor(group: PartitionGroup, async: AsyncWork) {
    this.#group = group
    this.#async = async
  }

  startsAt(topic: string, partition: number, offset: number): void {
    this.#starts.set(partitionKey(topic, partition), offset)
  }

  /** Up to where each input is processed: offsets of the next records. Inputs that had no record yet are left out. */
  positions(): CommittableOffset[] {
    return this.#all(false)
  }

  /** The positions that changed since the last commit; all of them when there is something new to remember with them. */
  changed(): CommittableOffset[] {
    if (this.times.isChanged) return this.positions()
    return this.positions().filter(({ topic, partition, offset }) => this.committed.get(partitionKey(topic, partition)) !== offset)
  }

  /**
   * The same, and when nothing changed where it stands: a transaction without an offset would be committed also in the name of
   * a member that the group has put out meanwhile.
   */
  changedOrAll(): CommittableOffset[] {
    const changed = this.changed()
    return changed.length > 0 ? changed : this.#all(true)
  }

  #all(withStarts: boolean): CommittableOffset[] {
    // also passes what lies behind the last record of a chunk
    void this.#group.hasRecords
    const positions: CommittableOffset[] = []
    for (const queue of this.#group.queues()) {
      const { topic, partition, partitionTime } = queue
      const offset = queue.position ?? (withStarts ? this.#starts.get(partitionKey(topic, partition)) : undefined)
      if (offset !== undefined) positions.push(this.#async.firstOf(queue) ?? { topic, partition, offset, partitionTime })
    }
    return positions
  }

  /** Everything up to here is committed; answers the offsets by `partitionKey`. */
  commit(): ReadonlyMap<string, number> {
    const offsets = new Map(this.positions().map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]))
    for (const [key, offset] of offsets) this.committed.set(key, offset)
    this.times.committed()
    return offsets
  }
}
