import { partitionKey } from '../core/topic-partition.ts'
import type { RecordChunk } from '../core/record-cursor.ts'
import { errorCodes } from '../protocol/error-table.ts'
import { FetchedRecords } from '../protocol/records/fetched-records.ts'
import { backoffMs } from './backoff.ts'
import type { Cluster } from './cluster.ts'
import type { ReceivedResponse } from './connection.ts'
import type { ClientError } from './errors.ts'
import { FetchPartition } from './fetch-partition.ts'
import { sendFetch } from './fetch-request.ts'
import type { PartitionAnswer } from './fetch-request.ts'
import type { fetch } from '../protocol/messages/01-fetch.ts'
import { fetchMemory } from './fetch-memory.ts'
import { FetchSizes } from './fetch-sizes.ts'
import { resolveFetcherOptions } from './fetcher-options.ts'
import type { ResolvedFetcherOptions } from './fetcher-options.ts'
import { asClientError, errorOf } from './kafka-errors.ts'
import { SharedFrame } from './shared-frame.ts'
import type { FetcherOptions, FetchMeter, RecordFetcher } from './types.ts'

/**
 * Requests under way per broker. One would do, were it not that a request for partitions without data waits at the broker
 * for `maxWaitMs`, and a partition whose buffer just became free must not wait behind it.
 */
const REQUESTS_PER_BROKER = 2

/** How long the last of them waits at the broker while the buffer of another partition is full. */
const HURRIED_WAIT_MS = 10

/**
 * Fetches assigned partitions from their leaders by long polls, as long as their owners keep up: the next request for a
 * partition is under way while its last records are still being read, but never further ahead than its budget.
 */
export class Fetcher implements RecordFetcher {
  readonly #cluster: Cluster
  readonly #options: ResolvedFetcherOptions
  /** The options of a request that must not wait long. */
  readonly #hurried: ResolvedFetcherOptions
  readonly #sizes: FetchSizes
  readonly #lanes: readonly number[]
  /** In the order in which they are asked for: those that got something go to the end. */
  readonly #partitions = new Map<string, FetchPartition>()
  /** `node/lane` of requests under way. */
  readonly #busy = new Set<string>()
  readonly #stopListening: () => void
  #unreleasedBytes = 0
  #timer: NodeJS.Timeout | undefined
  #pumpQueued = false
  #closed = false

  constructor(cluster: Cluster, options: FetcherOptions) {
    this.#cluster = cluster
    this.#options = resolveFetcherOptions(options)
    this.#hurried = { ...this.#options, maxWaitMs: Math.min(this.#options.maxWaitMs, HURRIED_WAIT_MS) }
    this.#sizes = new FetchSizes(this.#options, fetchMemory)
    this.#lanes = Array.from({ length: REQUESTS_PER_BROKER }, () => cluster.openLane())
    this.#stopListening = cluster.onMetadata(() => this.#queuePump())
  }

  get unreleasedBytes(): number {
    return this.#unreleasedBytes
  }

  assign(topic: string, partition: number, offset: number): void {
    this.#options.meter?.assigned(topic, partition)
    const key = partitionKey(topic, partition)
    const known = this.#partitions.get(key)
    if (known !== undefined) known.moveTo(offset)
    else this.#partitions.set(key, new FetchPartition(topic, partition, offset, this.#cluster.watch([topic])))
    this.#queuePump()
  }

  unassign(topic: string, partition: number): void {
    const key = partitionKey(topic, partition)
    const known = this.#partitions.get(key)
    if (known === undefined) return
    this.#partitions.delete(key)
    this.#options.meter?.unassigned(topic, partition)
    known.leave()
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#find(topic, partition)?.moveTo(offset)
    this.#queuePump()
  }

  pause(topic: string, partition: number): void {
    const known = this.#find(topic, partition)
    if (known !== undefined) known.paused = true
  }

  resume(topic: string, partition: number): void {
    const known = this.#find(topic, partition)
    if (known === undefined || !known.paused) return
    known.paused = false
    this.#queuePump()
  }

  isPaused(topic: string, partition: number): boolean {
    return this.#find(topic, partition)?.paused ?? false
  }

  assignment(): readonly string[] {
    return [...this.#partitions.keys()]
  }

  position(topic: string, partition: number): number | undefined {
    return this.#find(topic, partition)?.position
  }

  highWatermark(topic: string, partition: number): number | undefined {
    return this.#find(topic, partition)?.highWatermark
  }

  lastStableOffset(topic: string, partition: number): number | undefined {
    return this.#find(topic, partition)?.lastStableOffset
  }

  logStartOffset(topic: string, partition: number): number | undefined {
    return this.#find(topic, partition)?.logStartOffset
  }

  lag(topic: string, partition: number): number | undefined {
    const known = this.#find(topic, partition)
    const end = this.#options.isolationLevel === 'read_committed' ? known?.lastStableOffset : known?.highWatermark
    return known === undefined || end === undefined ? undefined : Math.max(0, end - known.position)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#stopListening()
    clearTimeout(this.#timer)
    for (const { topic, partition } of [...this.#partitions.values()]) this.unassign(topic, partition)
    this.#lanes.forEach((lane) => this.#cluster.closeLane(lane))
  }

  #find(topic: string, partition: number): FetchPartition | undefined {
    return this.#partitions.get(partitionKey(topic, partition))
  }

  /** Several changes in one turn of the event loop lead to one look at all partitions. */
  #queuePump(): void {
    if (this.#pumpQueued || this.#closed) return
    this.#pumpQueued = true
    queueMicrotask(() => {
      this.#pumpQueued = false
      if (!this.#closed) this.#pump()
    })
  }

  /** Sends a request to every broker that leads something fetchable and has a free lane. */
  #pump(): void {
    const now = performance.now()
    const share = this.#sizes.share(this.#partitions.size)
    const byNode = new Map<number, FetchPartition[]>()
    let wakeAt = Infinity
    let leaderless = false
    let areSomeFull = false
    for (const part of this.#partitions.values()) {
      if (part.paused || part.inFlight || part.awaitsPosition) continue
      if (!this.#hasRoom(part, share)) {
        areSomeFull = true
        continue
      }
      if (part.retryAt > now) {
        wakeAt = Math.min(wakeAt, part.retryAt)
        continue
      }
      const node = this.#nodeFor(part, now)
      if (node < 0) {
        leaderless = true
        this.#delay(part, now)
        wakeAt = Math.min(wakeAt, part.retryAt)
        continue
      }
      const list = byNode.get(node)
      if (list === undefined) byNode.set(node, [part])
      else list.push(part)
    }
    if (leaderless) void this.#cluster.requestUpdate()
    if (wakeAt < Infinity) this.#wakeIn(wakeAt - now)
    for (const [node, partitions] of byNode) {
      const free = this.#lanes.filter((lane) => !this.#busy.has(`${node}/${lane}`))
      // What is full now will want the last lane in a moment.
      if (free.length > 0) void this.#fetch(node, free[0]!, partitions, free.length === 1 && areSomeFull)
    }
  }

  #hasRoom(part: FetchPartition, share: number): boolean {
    if (part.unreleasedBytes === 0) return true
    return part.unreleasedBytes < (this.#options.partitionBudgetBytes ?? 2 * share) && fetchMemory.free > 0
  }

  #nodeFor(part: FetchPartition, now: number): number {
    if (part.preferredReplica >= 0 && part.preferredUntil > now) return part.preferredReplica
    return this.#cluster.leader(part.topic, part.partition)
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#queuePump(), Math.ceil(ms) + 1)
  }

  async #fetch(node: number, lane: number, partitions: readonly FetchPartition[], isHurried: boolean): Promise<void> {
    const slot = `${node}/${lane}`
    this.#busy.add(slot)
    const epochs = partitions.map((part) => part.epoch)
    for (const part of partitions) part.inFlight = true
    try {
      const connection = this.#cluster.ready(node, 'fetch', lane) ?? (await this.#cluster.connection(node, 'fetch', lane))
      const begunAt = performance.now()
      const received = await sendFetch(connection, this.#cluster, isHurried ? this.#hurried : this.#options, this.#sizes, partitions)
      const current = new Map(partitions.filter((part, i) => part.epoch === epochs[i]).map((part) => [part.key, part]))
      this.#sizes.came(received.byteLength)
      const latencyMs = performance.now() - begunAt
      await this.#take(received, current)
      this.#options.meter?.answered(latencyMs)
    } catch (error) {
      const failure = asClientError(error, 'fetching')
      if (!this.#closed) this.#failAll(partitions, failure)
    } finally {
      this.#busy.delete(slot)
      for (const part of partitions) part.inFlight = false
      this.#queuePump()
    }
    if (!this.#closed) this.#options.onFetched?.()
  }

  #failAll(partitions: readonly FetchPartition[], error: ClientError): void {
    const now = performance.now()
    this.#cluster.options.logger.debug({ error: error.message }, 'a fetch failed')
    for (const part of partitions) {
      part.preferredReplica = -1
      this.#delay(part, now)
      if (!error.retriable) this.#giveUp(part, error)
    }
    void this.#cluster.requestUpdate()
  }

  #delay(part: FetchPartition, now: number): void {
    const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs } = this.#cluster.options
    part.retryAt = now + backoffMs(part.failures++, { baseMs, maxMs })
  }

  #giveUp(part: FetchPartition, error: ClientError): void {
    part.paused = true
    this.#options.onError?.(error, part.topic, part.partition)
  }

  /** Hands the records of a response to their owners. */
  async #take({ body, release }: ReceivedResponse<typeof fetch>, partitions: ReadonlyMap<string, FetchPartition>): Promise<void> {
    const frame = new SharedFrame(release)
    try {
      if (body.errorCode !== 0) throw errorOf(body.errorCode, 'fetching')
      for (const { topic, partitions: answers } of body.responses) {
        for (const answer of answers) {
          const part = partitions.get(partitionKey(topic, answer.partitionIndex))
          if (part === undefined) continue
          const { epoch } = part
          const chunk = this.#read(part, answer, frame)
          if (chunk?.ready !== undefined) await chunk.ready
          if (chunk === undefined) continue
          if (part.epoch === epoch && !this.#closed) this.#deliver(part, chunk)
          else chunk.release()
        }
      }
    } finally {
      frame.release()
    }
  }

  /** The records for one partition, if there are any; errors change its state. */
  #read(part: FetchPartition, answer: PartitionAnswer, frame: SharedFrame): FetchedRecords | undefined {
    if (answer.errorCode !== 0) {
      this.#answerError(part, answer)
      return undefined
    }
    part.failures = 0
    part.highWatermark = answer.highWatermark
    part.lastStableOffset = answer.lastStableOffset
    part.logStartOffset = answer.logStartOffset
    if (answer.preferredReadReplica >= 0) {
      part.preferredReplica = answer.preferredReadReplica
      part.preferredUntil = performance.now() + this.#cluster.options.metadataMaxAgeMs
    }
    if (answer.records === undefined || answer.records.length === 0) return undefined
    return this.#chunkOf(part, answer.records, answer, frame)
  }

  #chunkOf(part: FetchPartition, records: Buffer, answer: PartitionAnswer, frame: SharedFrame): FetchedRecords | undefined {
    let accounted = 0
    try {
      const chunk = new FetchedRecords({
        records,
        fetchOffset: part.position,
        abortedTransactions: this.#options.isolationLevel === 'read_committed' ? (answer.abortedTransactions ?? []) : undefined,
        onRelease: () => {
          part.hold(-accounted)
          this.#unreleasedBytes -= accounted
          frame.release()
          this.#queuePump()
        },
      })
      if (chunk.nextOffset === part.position) return undefined
      accounted = chunk.byteLength
      part.hold(accounted)
      this.#unreleasedBytes += accounted
      frame.retain()
      return chunk
    } catch (error) {
      this.#giveUp(part, asClientError(error, `reading ${part.key} from offset ${part.position}`))
      return undefined
    }
  }

  #deliver(part: FetchPartition, chunk: RecordChunk): void {
    part.position = chunk.nextOffset
    if (this.#options.meter !== undefined) this.#measure(this.#options.meter, part, chunk)
    this.#partitions.delete(part.key)
    this.#partitions.set(part.key, part)
    this.#options.onChunk(part.topic, part.partition, chunk)
  }

  #measure(meter: FetchMeter, part: FetchPartition, chunk: RecordChunk): void {
    const { topic, partition, position, logStartOffset = 0 } = part
    meter.fetched(topic, partition, chunk.count, chunk.byteLength, this.lag(topic, partition) ?? 0, Math.max(0, position - logStartOffset))
  }

  #answerError(part: FetchPartition, { errorCode, currentLeader }: PartitionAnswer): void {
    if (errorCode === errorCodes.OFFSET_OUT_OF_RANGE) {
      if (part.preferredReplica >= 0) {
        part.preferredReplica = -1
        return
      }
      part.awaitsPosition = true
      this.#options.onOffsetOutOfRange?.(part.topic, part.partition)
      return
    }
    const error = errorOf(errorCode, `fetching ${part.key} from offset ${part.position}`)
    this.#cluster.options.logger.debug({ partition: part.key, error: error.message }, 'a fetch was refused')
    part.preferredReplica = -1
    this.#delay(part, performance.now())
    if (!error.retriable && errorCode !== errorCodes.UNKNOWN_SERVER_ERROR) {
      this.#giveUp(part, error)
      return
    }
    if (currentLeader.leaderId >= 0) this.#cluster.noteLeader(part.topic, part.partition, currentLeader.leaderId, currentLeader.leaderEpoch)
    void this.#cluster.requestUpdate()
  }
}
