import { errorCodes } from '../../../lib/protocol/error-table.ts'
import {
  consumerGroupHeartbeat, createTopics, deleteRecords, deleteTopics, describeConfigs, incrementalAlterConfigs, initProducerId, listOffsets, metadata, offsetCommit, offsetFetch,
} from '../../../lib/protocol/index.ts'
import { batchOf, recordsIn } from './batches.ts'
import type { ReadRecord, TestRecord } from './batches.ts'
import type { RawClient } from './raw-client.ts'
import { createTopic, endOffset, fetchFrom, produceTo } from './topics.ts'

/**
 * Something that a client does again and again, each time a step further, on a broker that may be killed at any moment. A
 * step that was not acknowledged is done again, so it must bear that.
 */
export interface Chore {
  step(client: RawClient, n: number): Promise<void>
  /** Checks what there is when the steps below `done` are acknowledged and the next one may have been done, too. */
  check(client: RawClient, done: number): Promise<void>
}

const { NONE, TOPIC_ALREADY_EXISTS, UNKNOWN_TOPIC_OR_PARTITION, OFFSET_OUT_OF_RANGE } = errorCodes

const TOPIC_RESOURCE = 2
const SET = 0
const EARLIEST = -2

/** All records of the topic's only partition that are still there, in order; they must reach to its end. */
const readAll = async (client: RawClient, topic: string, from: number): Promise<ReadRecord[]> => {
  const found: ReadRecord[] = []
  for (let offset = from; ;) {
    const { errorCode, records, highWatermark } = await fetchFrom(client, topic, offset)
    expect({ topic, offset, errorCode }).toEqual({ topic, offset, errorCode: NONE })
    const more = await recordsIn(records ?? Buffer.alloc(0), offset)
    if (more.length === 0) {
      expect(highWatermark).toBeGreaterThanOrEqual(offset)
      return found
    }
    found.push(...more)
    offset = more.at(-1)!.offset + 1
  }
}

const startOf = async (client: RawClient, topic: string): Promise<number> =>
  (await client.request(listOffsets, 7, { replicaId: -1, topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: EARLIEST }] }] })).topics[0]!.partitions[0]!.offset

/** Writes one record a step, idempotently. */
abstract class Writing {
  protected readonly topic: string
  readonly #identity: { readonly producerId: number; readonly producerEpoch: number }

  constructor(topic: string, identity: { readonly producerId: number; readonly producerEpoch: number }) {
    this.topic = topic
    this.#identity = identity
  }

  protected abstract record(n: number): TestRecord

  async step(client: RawClient, n: number): Promise<void> {
    const { producerId, producerEpoch } = this.#identity
    const answer = await produceTo(client, this.topic, batchOf([this.record(n)], { producerId, producerEpoch, baseSequence: n }))
    expect(answer).toMatchObject({ errorCode: NONE, baseOffset: n })
  }
}

const KEYS = 7

/** A compacted topic: what is last of every key must be there, tombstones apart, and nothing may come back. */
class Overwriting extends Writing implements Chore {
  protected record(n: number): TestRecord {
    return { key: `k${n % KEYS}`, value: n % 5 === 0 ? null : String(n) }
  }

  async check(client: RawClient, done: number): Promise<void> {
    const found = await readAll(client, this.topic, 0)
    expect(found.map(({ offset }) => offset)).toEqual([...new Set(found.map(({ offset }) => offset))].sort((a, b) => a - b))
    for (const { offset, key, value } of found) expect({ key, value }).toEqual(this.record(offset))
    const last = new Map(found.map(({ key, offset }) => [key, offset]))
    const end = (await endOffset(client, this.topic))!
    expect([done, done + 1]).toContain(end)
    for (let n = Math.max(0, end - KEYS); n < end; n++) {
      const { key, value } = this.record(n)
      // A tombstone may be gone, but then everything before it must be.
      if (last.has(key!) || value !== null) expect(last.get(key!)).toBe(n)
    }
  }
}

/** A topic that keeps little: what is left must be its end, without a gap. */
class Retaining extends Writing implements Chore {
  protected record(n: number): TestRecord {
    return { value: `${n} ${'x'.repeat(200)}` }
  }

  async check(client: RawClient, done: number): Promise<void> {
    const start = await startOf(client, this.topic)
    const found = await readAll(client, this.topic, start)
    const end = (await endOffset(client, this.topic))!
    expect([done, done + 1]).toContain(end)
    expect(found.map(({ offset }) => offset)).toEqual(Array.from({ length: end - start }, (_, i) => start + i))
    for (const { offset, value } of found) expect(value).toBe(this.record(offset).value)
  }
}

/** A topic whose records are deleted as they come; what is deleted stays so. */
class Deleting extends Writing implements Chore {
  protected record(n: number): TestRecord {
    return { value: String(n) }
  }

  override async step(client: RawClient, n: number): Promise<void> {
    await super.step(client, n)
    const answer = await client.request(deleteRecords, 2, { topics: [{ name: this.topic, partitions: [{ partitionIndex: 0, offset: n }] }], timeoutMs: 5000 })
    // Second time round it may be gone already.
    expect([NONE, OFFSET_OUT_OF_RANGE]).toContain(answer.topics[0]!.partitions[0]!.errorCode)
  }

  async check(client: RawClient, done: number): Promise<void> {
    expect(await startOf(client, this.topic)).toBeGreaterThanOrEqual(Math.max(0, done - 1))
    expect(await endOffset(client, this.topic)).toBeGreaterThanOrEqual(done)
  }
}

const LIVES = 3

/** Topics that come, get a record, and go three steps later. */
class ComingAndGoing implements Chore {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  #name(n: number): string {
    return `${this.#prefix}-${n}`
  }

  async step(client: RawClient, n: number): Promise<void> {
    const name = this.#name(n)
    const created = await client.request(createTopics, 7, { topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [{ name: 'retention.ms', value: String(3_600_000 + n) }] }], timeoutMs: 5000 })
    expect([NONE, TOPIC_ALREADY_EXISTS]).toContain(created.topics[0]!.errorCode)
    expect(await produceTo(client, name, batchOf([{ value: name }]))).toMatchObject({ errorCode: NONE })
    if (n < LIVES) return
    const deleted = await client.request(deleteTopics, 5, { topicNames: [this.#name(n - LIVES)], timeoutMs: 5000 })
    expect([NONE, UNKNOWN_TOPIC_OR_PARTITION]).toContain(deleted.responses[0]!.errorCode)
  }

  async check(client: RawClient, done: number): Promise<void> {
    const { topics } = await client.request(metadata, 12, { allowAutoTopicCreation: false })
    const there = topics.map(({ name }) => name!).filter((name) => name.startsWith(`${this.#prefix}-`)).sort()
    const surely = Array.from({ length: Math.min(done, LIVES - 1) }, (_, i) => this.#name(done - 1 - i))
    const perhaps = [this.#name(done), this.#name(done - LIVES)]
    expect(there.filter((name) => !perhaps.includes(name))).toEqual(surely.sort())
    for (const name of surely) expect((await readAll(client, name, 0))[0]).toMatchObject({ offset: 0, value: name })
  }
}

/** Offsets of a group, and the settings of a topic. */
class Committing implements Chore {
  readonly #topic: string

  constructor(topic: string) {
    this.#topic = topic
  }

  async step(client: RawClient, n: number): Promise<void> {
    const commit = await client.request(offsetCommit, 8, { groupId: this.#topic, topics: [{ name: this.#topic, partitions: [{ partitionIndex: 0, committedOffset: n, committedMetadata: `note ${n}` }] }] })
    expect(commit.topics[0]!.partitions[0]!.errorCode).toBe(NONE)
    const altered = await client.request(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: TOPIC_RESOURCE, resourceName: this.#topic, configs: [{ name: 'retention.ms', configOperation: SET, value: String(1_000_000 + n) }] }], validateOnly: false,
    })
    expect(altered.responses[0]!.errorCode).toBe(NONE)
  }

  async check(client: RawClient, done: number): Promise<void> {
    if (done === 0) return
    const found = await client.request(offsetFetch, 8, { groups: [{ groupId: this.#topic, topics: [{ name: this.#topic, partitionIndexes: [0] }] }] })
    const { committedOffset, metadata: note } = found.groups[0]!.topics[0]!.partitions[0]!
    expect([done - 1, done]).toContain(committedOffset)
    expect(note).toBe(`note ${committedOffset}`)
    const described = await client.request(describeConfigs, 4, { resources: [{ resourceType: TOPIC_RESOURCE, resourceName: this.#topic, configurationKeys: ['retention.ms'] }] })
    expect([done - 1, done].map((n) => String(1_000_000 + n))).toContain(described.results[0]!.configs[0]!.value)
  }
}

/** Members of a group of the consumer protocol (KIP-848): each step is a new one that joins and leaves, beside one that stays. */
class Belonging implements Chore {
  readonly #topic: string
  #epoch = 0

  constructor(topic: string) {
    this.#topic = topic
  }

  #heartbeat(client: RawClient, memberId: string, memberEpoch: number): Promise<{ errorCode: number; memberEpoch: number }> {
    const joining = memberEpoch === 0 ? { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [this.#topic] } : {}
    // A member that missed an answer comes with the epoch before and must say what it has, or else it is fenced.
    return client.request(consumerGroupHeartbeat, 1, { groupId: `${this.#topic}-members`, memberId, memberEpoch, topicPartitions: [], ...joining })
  }

  async step(client: RawClient, n: number): Promise<void> {
    if (this.#epoch === 0) this.#epoch = await this.#beat(client, 'stays', 0)
    const guest = `guest-${n}`
    expect((await this.#heartbeat(client, guest, 0)).errorCode).toBe(NONE)
    expect([NONE, errorCodes.UNKNOWN_MEMBER_ID]).toContain((await this.#heartbeat(client, guest, -1)).errorCode)
    this.#epoch = await this.#beat(client, 'stays', this.#epoch)
  }

  async #beat(client: RawClient, memberId: string, epoch: number): Promise<number> {
    const answer = await this.#heartbeat(client, memberId, epoch)
    expect(answer.errorCode).toBe(NONE)
    return answer.memberEpoch
  }

  async check(client: RawClient, done: number): Promise<void> {
    if (done > 0) this.#epoch = await this.#beat(client, 'stays', this.#epoch)
  }
}

/** One of each kind, with the topics they need; segments are small, so that there is much to clean up. */
export const allChores = async (client: RawClient): Promise<Chore[]> => {
  const topic = async (configs: Record<string, string>): Promise<string> => (await createTopic(client, 1, configs)).name
  const producer = (): Promise<{ producerId: number; producerEpoch: number }> => client.request(initProducerId, 4, { transactionTimeoutMs: 0 })
  const plain = await topic({})
  return [
    new Overwriting(await topic({ 'cleanup.policy': 'compact', 'segment.bytes': '1200', 'min.cleanable.dirty.ratio': '0.01', 'delete.retention.ms': '50' }), await producer()),
    new Retaining(await topic({ 'segment.bytes': '1200', 'retention.bytes': '4000' }), await producer()),
    new Deleting(await topic({ 'segment.bytes': '400' }), await producer()),
    new ComingAndGoing(`${plain}-comes`),
    new Committing(plain),
    new Belonging(plain),
  ]
}
