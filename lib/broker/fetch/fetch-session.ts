import type { fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'
import { FetchPartition } from './fetch-partition.ts'

type FetchRequest = RequestOf<typeof fetch>

const LAST_EPOCH = 2147483647

/** Epochs of requests go on from 2^31-1 with 1: 0 opens a session. */
export const epochAfter = (epoch: number): number => (epoch === LAST_EPOCH ? 1 : epoch + 1)

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

/** The partitions of a request, with their logs as far as there are any. */
export const partitionsOf = (request: FetchRequest, topics: TopicRegistry, byId: boolean): FetchPartition[] => {
  const found: FetchPartition[] = []
  for (const { topic: name, topicId, partitions } of request.topics) {
    const topic = byId ? topics.byId(topicId) : topics.get(name)
    for (const wanted of partitions) found.push(new FetchPartition(name, topicId, wanted, topic))
  }
  return found
}

/**
 * The partitions that one client fetches from one broker, request after request (KIP-227): it tells only what changes, and
 * hears only what is new.
 */
export class FetchSession implements Iterable<FetchPartition> {
  readonly id: number
  readonly nodeId: number
  /** Whether topics go by their ids, as from version 13 on; names and ids do not mix. */
  readonly byId: boolean
  readonly createdMs: number
  lastUsedMs: number
  /** The epoch that the next request must have. */
  epoch = 1
  /** In the order in which they are looked at. */
  readonly #partitions = new Map<string, FetchPartition>()

  constructor(id: number, nodeId: number, byId: boolean, nowMs: number, partitions: Iterable<FetchPartition>) {
    this.id = id
    this.nodeId = nodeId
    this.byId = byId
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
    for (const partition of partitions) this.#partitions.set(this.#keyOf(partition), partition)
  }

  #keyOf({ topic, topicId, request }: FetchPartition): string {
    return keyOf(this.byId ? topicId : topic, request.partition)
  }

  get size(): number {
    return this.#partitions.size
  }

  [Symbol.iterator](): Iterator<FetchPartition> {
    return this.#partitions.values()
  }

  /** Takes over what a request adds, changes and forgets. */
  update(request: FetchRequest, topics: TopicRegistry): void {
    for (const { topic: name, topicId, partitions } of request.topics) {
      for (const wanted of partitions) {
        const key = keyOf(this.byId ? topicId : name, wanted.partition)
        const known = this.#partitions.get(key)
        if (known !== undefined) known.request = wanted
        else this.#partitions.set(key, new FetchPartition(name, topicId, wanted, this.byId ? topics.byId(topicId) : topics.get(name)))
      }
    }
    for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
      for (const partition of partitions) this.#partitions.delete(keyOf(this.byId ? topicId : topic, partition))
    }
  }

  /** Partitions that just gave records go last, so that each has its turn when an answer does not hold them all. */
  putLast(partitions: readonly FetchPartition[]): void {
    // When every one gave some they keep their order as it is.
    if (partitions.length === this.#partitions.size) return
    for (const partition of partitions) {
      const key = this.#keyOf(partition)
      if (this.#partitions.delete(key)) this.#partitions.set(key, partition)
    }
  }
}
