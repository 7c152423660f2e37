import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'

/** What a group committed for a partition. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 when the client gave none. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** When, by the broker's clock (ms). */
  readonly committedMs: number
}

type Stored = readonly [offset: number, leaderEpoch: number, metadata: string, committedMs: number]

/** The committed offsets of all groups, by group, topic and partition. */
export class CommittedOffsets {
  readonly #groups = new Map<string, Map<string, Map<number, CommittedOffset>>>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [key, value] of journal.restored('offset/')) {
      const [, group, topic, partition] = journalKeyParts(key)
      const [offset, leaderEpoch, metadata, committedMs] = value as unknown as Stored
      this.#partitions(group!, topic!).set(Number(partition), { offset, leaderEpoch, metadata, committedMs })
    }
  }

  #partitions(group: string, topic: string): Map<number, CommittedOffset> {
    const topics = this.#groups.get(group) ?? new Map<string, Map<number, CommittedOffset>>()
    this.#groups.set(group, topics)
    const partitions = topics.get(topic) ?? new Map<number, CommittedOffset>()
    topics.set(topic, partitions)
    return partitions
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys()
  }

  has(group: string): boolean {
    return this.#groups.has(group)
  }

  topics(group: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> {
    return this.#groups.get(group) ?? new Map()
  }

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.get(topic)?.get(partition)
  }

  set(group: string, topic: string, partition: number, committed: CommittedOffset): void {
    this.#partitions(group, topic).set(partition, committed)
    const stored: Stored = [committed.offset, committed.leaderEpoch, committed.metadata, committed.committedMs]
    this.#journal.put(journalKey('offset', group, topic, partition), stored)
  }

  delete(group: string, topic: string, partition: number): void {
    const topics = this.#groups.get(group)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined || !partitions.delete(partition)) return
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(group)
    this.#journal.remove(journalKey('offset', group, topic, partition))
  }

  deleteGroup(group: string): void {
    for (const [topic, partitions] of this.topics(group)) for (const partition of [...partitions.keys()]) this.delete(group, topic, partition)
  }

  /** A topic is gone, and what was committed for it. */
  deleteTopic(topic: string): void {
    for (const group of [...this.#groups.keys()]) for (const partition of [...(this.topics(group).get(topic)?.keys() ?? [])]) this.delete(group, topic, partition)
  }
}
