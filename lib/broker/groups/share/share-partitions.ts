import type { Time } from '../../../core/time.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { journalKey, journalKeyParts } from '../../storage/journal.ts'
import type { Journal, JsonValue } from '../../storage/journal.ts'
import type { GroupConfigs } from '../group-configs.ts'
import { SharePartition } from './share-partition.ts'
import type { ShareLimits, StoredSharePartition } from './share-partition.ts'
import type { ShareSession } from './share-sessions.ts'

const keyOf = (groupId: string, topicId: string, partition: number): string => journalKey('share', groupId, topicId, partition)

/** What share groups have of which partitions. */
export class SharePartitions {
  readonly #configs: GroupConfigs
  readonly #journal: Journal
  readonly #time: Time
  readonly #partitions = new Map<string, SharePartition>()

  constructor(configs: GroupConfigs, journal: Journal, time: Time) {
    this.#configs = configs
    this.#journal = journal
    this.#time = time
    for (const [key, value] of journal.restored('share/')) this.#partitions.set(key, new SharePartition(value as unknown as StoredSharePartition))
  }

  limits(groupId: string): ShareLimits {
    return {
      lockMs: this.#configs.number(groupId, 'share.record.lock.duration.ms'),
      maxDeliveries: this.#configs.number(groupId, 'share.delivery.count.limit'),
      mayRenew: this.#configs.text(groupId, 'share.renew.acknowledge.enable') === 'true',
      maxInFlight: this.#configs.number(groupId, 'share.partition.max.record.locks'),
    }
  }

  isCommitted(groupId: string): boolean {
    return this.#configs.text(groupId, 'share.isolation.level') === 'read_committed'
  }

  /** What a group has of a partition; when it has nothing yet it begins where `share.auto.offset.reset` says. */
  open(groupId: string, topicId: string, log: PartitionLog): SharePartition {
    const key = keyOf(groupId, topicId, log.partition)
    const known = this.#partitions.get(key)
    if (known !== undefined) {
      known.advanceTo(log.logStartOffset)
      return known
    }
    const start = this.#configs.text(groupId, 'share.auto.offset.reset') === 'earliest' ? log.logStartOffset : log.highWatermark
    return this.begin(groupId, topicId, log.partition, start)
  }

  get(groupId: string, topicId: string, partition: number): SharePartition | undefined {
    return this.#partitions.get(keyOf(groupId, topicId, partition))
  }

  /** Has a group begin at an offset, whatever was before. */
  begin(groupId: string, topicId: string, partition: number, start: number): SharePartition {
    const key = keyOf(groupId, topicId, partition)
    this.#partitions.get(key)?.close()
    const created = new SharePartition({ start, done: [] })
    this.#partitions.set(key, created)
    this.#journal.put(key, created.stored as unknown as JsonValue)
    return created
  }

  /** Keeps what a group is done with now. */
  store(groupId: string, topicId: string, partition: number): void {
    const key = keyOf(groupId, topicId, partition)
    const found = this.#partitions.get(key)
    if (found !== undefined) this.#journal.put(key, found.stored as unknown as JsonValue)
  }

  /** The partitions of a group, by topic id. */
  of(groupId: string): Map<string, Map<number, SharePartition>> {
    const topics = new Map<string, Map<number, SharePartition>>()
    for (const [key, found] of this.#partitions) {
      const [, group, topicId, partition] = journalKeyParts(key)
      if (group !== groupId) continue
      const partitions = topics.get(topicId!) ?? new Map<number, SharePartition>()
      topics.set(topicId!, partitions.set(Number(partition), found))
    }
    return topics
  }

  /**
   * A session has ended: others shall have the records of its partitions that the member held. A member that leaves its group
   * keeps what it holds until then, since its last acknowledgements may come after.
   */
  release(groupId: string, { memberId, partitions }: ShareSession): void {
    const limits = this.limits(groupId)
    for (const { topicId, partition } of partitions.values()) {
      if (this.get(groupId, topicId, partition)?.releaseAll(memberId, limits) === true) this.store(groupId, topicId, partition)
    }
  }

  /** Forgets a group, or one topic of it. */
  delete(groupId: string, onlyTopicId?: string): void {
    for (const [topicId, partitions] of this.of(groupId)) {
      if (onlyTopicId !== undefined && topicId !== onlyTopicId) continue
      for (const [partition, found] of partitions) {
        found.close()
        this.#partitions.delete(keyOf(groupId, topicId, partition))
        this.#journal.remove(keyOf(groupId, topicId, partition))
      }
    }
  }

  /** A topic is gone. */
  deleteTopic(topicId: string): void {
    for (const key of [...this.#partitions.keys()]) {
      const [, groupId, id] = journalKeyParts(key)
      if (id === topicId) this.delete(groupId!, topicId)
    }
  }

  now(): number {
    return this.#time.now()
  }

  close(): void {
    for (const found of this.#partitions.values()) found.close()
  }
}
