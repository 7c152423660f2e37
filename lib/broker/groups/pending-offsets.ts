import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import type { CommittedOffset, CommittedOffsets } from './committed-offsets.ts'

/** An offset that counts when its transaction is committed. */
interface PendingOffset extends CommittedOffset {
  /** The group has committed past the transaction: then this one never counts, but holds up stable reads as before. */
  readonly superseded: boolean
}

type Stored = readonly [offset: number, leaderEpoch: number, metadata: string, committedMs: number, superseded: boolean]

/** The offsets in open transactions, by group, topic, partition and producer. */
export class PendingOffsets {
  readonly #groups = new Map<string, Map<string, Map<number, Map<number, PendingOffset>>>>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [key, value] of journal.restored('pending-offset/')) {
      const [, group, topic, partition, producerId] = journalKeyParts(key)
      const [offset, leaderEpoch, metadata, committedMs, superseded] = value as unknown as Stored
      this.#producers(group!, topic!, Number(partition)).set(Number(producerId), { offset, leaderEpoch, metadata, committedMs, superseded })
    }
  }

  #producers(group: string, topic: string, partition: number): Map<number, PendingOffset> {
    const topics = this.#groups.get(group) ?? new Map<string, Map<number, Map<number, PendingOffset>>>()
    this.#groups.set(group, topics)
    const partitions = topics.get(topic) ?? new Map<number, Map<number, PendingOffset>>()
    topics.set(topic, partitions)
    const producers = partitions.get(partition) ?? new Map<number, PendingOffset>()
    partitions.set(partition, producers)
    return producers
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys()
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group)
  }

  /** Whether a transaction is open that may yet commit the partition's offset. */
  has(group: string, topic: string, partition: number): boolean {
    return this.#groups.get(group)?.get(topic)?.has(partition) ?? false
  }

  set(group: string, topic: string, partition: number, producerId: number, committed: CommittedOffset, superseded = false): void {
    const producers = this.#producers(group, topic, partition)
    // The latest comes last.
    if (!superseded) producers.delete(producerId)
    producers.set(producerId, { ...committed, superseded })
    const stored: Stored = [committed.offset, committed.leaderEpoch, committed.metadata, committed.committedMs, superseded]
    this.#journal.put(journalKey('pending-offset', group, topic, partition, producerId), stored)
  }

  /** The group has committed the partition: what was pending before is older, up to that of this producer, or all of it. */
  supersede(group: string, topic: string, partition: number, upTo?: number): void {
    for (const [producerId, pending] of [...(this.#groups.get(group)?.get(topic)?.get(partition) ?? [])]) {
      if (producerId === upTo) return
      this.set(group, topic, partition, producerId, pending, true)
    }
  }

  /** The partition's committed offset was deleted, and with it what was pending. */
  delete(group: string, topic: string, partition: number): void {
    for (const producerId of [...(this.#groups.get(group)?.get(topic)?.get(partition)?.keys() ?? [])]) this.#delete(group, topic, partition, producerId)
  }

  #delete(group: string, topic: string, partition: number, producerId: number): void {
    const topics = this.#groups.get(group)
    const partitions = topics?.get(topic)
    const producers = partitions?.get(partition)
    if (topics === undefined || partitions === undefined || producers === undefined || !producers.delete(producerId)) return
    if (producers.size === 0) partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.#groups.delete(group)
    this.#journal.remove(journalKey('pending-offset', group, topic, partition, producerId))
  }

  deleteGroup(group: string): void {
    for (const [topic, partitions] of [...(this.#groups.get(group) ?? [])]) for (const partition of [...partitions.keys()]) this.delete(group, topic, partition)
  }

  deleteTopic(topic: string): void {
    for (const [group, topics] of [...this.#groups]) for (const partition of [...(topics.get(topic)?.keys() ?? [])]) this.delete(group, topic, partition)
  }

  /** A producer's transaction has ended: its offsets of the group are committed, or forgotten. */
  complete(group: string, producerId: number, committedTo: CommittedOffsets | undefined): void {
    for (const [topic, partitions] of [...(this.#groups.get(group) ?? [])]) {
      for (const [partition, producers] of [...partitions]) {
        const pending = producers.get(producerId)
        if (pending === undefined) continue
        const { superseded, ...committed } = pending
        if (committedTo !== undefined && !superseded) {
          committedTo.set(group, topic, partition, committed)
          this.supersede(group, topic, partition, producerId)
        }
        this.#delete(group, topic, partition, producerId)
      }
    }
  }
}
