import { errorCodes, errorInfo } from '../protocol/error-table.ts'
import { loadCompression } from '../protocol/compression/compression.ts'
import { backoffMs } from './backoff.ts'
import type { Cluster } from './cluster.ts'
import { DeliveryError, RecordTooLargeError, TimeoutError, UnknownTopicError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { asClientError, errorOf } from './kafka-errors.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { sendProduce } from './produce-request.ts'
import type { Part, PartResult } from './produce-request.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import type { RecordAccumulator } from './record-accumulator.ts'
import type { Sequencer } from './sequencer.ts'
import { splitBatch } from './split-batch.ts'

/** Errors after which the whole producer can send nothing any more. */
const FATAL: readonly string[] = ['PRODUCER_FENCED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'INVALID_PRODUCER_ID_MAPPING']

/** The broker misses a sequence number, or forgot the producer. */
const OUT_OF_SEQUENCE: readonly string[] = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID']

/** The coordinator still ends the previous transaction: soon over, so the pause is short (ms). */
const CONCURRENT_TRANSACTIONS_MS = 10

/** What the sender needs from the producer it works for. */
export interface SenderHost {
  /** Whether anything may be sent now. */
  mayWrite(): boolean
  /** Whether sending to a partition may go on: identity known, partition part of the transaction. */
  admits(queue: PartitionQueue): boolean
  /** Sending to a partition makes it part of the transaction (transactions v2). */
  addsPartitions(): boolean
  /** The transaction can only be aborted, or all is abandoned: what comes back is not sent again. */
  abandons(): boolean
  /** A batch was acknowledged or given up: its memory is free. */
  settled(batch: ProducerBatch): void
  /** Records were given up. */
  gaveUp(error: ClientError, queue: PartitionQueue, batch: ProducerBatch): void
  /** Nothing can be sent any more. */
  failed(error: ClientError): void
}

/** Takes due batches out of the accumulator, sends them to the leaders and deals with the answers. */
export class Sender {
  readonly #cluster: Cluster
  readonly #options: ResolvedProducerOptions
  readonly #accumulator: RecordAccumulator
  readonly #sequencer: Sequencer | undefined
  readonly #host: SenderHost
  readonly #lane: number
  /** Requests under way by node. */
  readonly #requests = new Map<number, number>()
  readonly #connecting = new Set<number>()
  readonly #stopListening: () => void
  #codecLoaded: boolean
  #drainQueued = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(cluster: Cluster, options: ResolvedProducerOptions, accumulator: RecordAccumulator, sequencer: Sequencer | undefined, host: SenderHost) {
    this.#cluster = cluster
    this.#options = options
    this.#accumulator = accumulator
    this.#sequencer = sequencer
    this.#host = host
    this.#lane = cluster.openLane()
    this.#stopListening = cluster.onMetadata(() => this.wake())
    this.#codecLoaded = options.compression === 'none'
    if (!this.#codecLoaded) this.#loadCodec()
  }

  /** Looks for something to send, soon: several calls in one turn are one look. */
  wake(): void {
    if (this.#drainQueued || this.#closed) return
    this.#drainQueued = true
    queueMicrotask(() => {
      this.#drainQueued = false
      if (!this.#closed) this.#drain()
    })
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#stopListening()
    this.#cluster.closeLane(this.#lane)
  }

  #loadCodec(): void {
    loadCompression(this.#options.compression).then(
      () => {
        this.#codecLoaded = true
        this.wake()
      },
      (error: unknown) => this.#host.failed(asClientError(error, 'loading the compression')),
    )
  }

  #drain(): void {
    const now = performance.now()
    const byNode = new Map<number, PartitionQueue[]>()
    let wakeAt = Infinity
    let leaderless = false
    for (const queue of this.#accumulator.ready) {
      if (!queue.isDue) {
        this.#accumulator.ready.delete(queue)
        continue
      }
      if (this.#expire(queue, now)) continue
      wakeAt = Math.min(wakeAt, queue.head!.createdAt + this.#options.deliveryTimeoutMs)
      if (queue.retryAt > now) {
        wakeAt = Math.min(wakeAt, queue.retryAt)
        continue
      }
      const leader = this.#cluster.leader(queue.topic, queue.partition)
      if (leader < 0) {
        leaderless = true
        this.#delay(queue, now)
        wakeAt = Math.min(wakeAt, queue.retryAt)
        continue
      }
      const list = byNode.get(leader)
      if (list === undefined) byNode.set(leader, [queue])
      else list.push(queue)
    }
    if (leaderless) void this.#cluster.requestUpdate()
    if (wakeAt < Infinity) this.#wakeIn(wakeAt - now)
    if (!this.#codecLoaded || byNode.size === 0 || !this.#host.mayWrite()) return
    for (const [node, queues] of byNode) this.#serve(node, queues)
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.wake(), Math.max(1, Math.ceil(ms)))
  }

  /** Sends as many requests to a node as may be under way, as long as there is something to send. */
  #serve(node: number, queues: readonly PartitionQueue[]): void {
    const connection = this.#cluster.ready(node, 'produce', this.#lane)
    if (connection === undefined) {
      this.#connect(node, queues)
      return
    }
    for (;;) {
      const underWay = this.#requests.get(node) ?? 0
      if (underWay >= this.#options.maxInFlight) return
      const parts = this.#collect(node, queues)
      if (parts.length === 0) return
      this.#requests.set(node, underWay + 1)
      void this.#send(node, parts)
    }
  }

  #connect(node: number, queues: readonly PartitionQueue[]): void {
    if (this.#connecting.has(node)) return
    this.#connecting.add(node)
    this.#cluster
      .connection(node, 'produce', this.#lane)
      .catch((error: unknown) => {
        if (this.#closed) return
        const failure = asClientError(error, `connecting to broker ${node}`)
        this.#cluster.options.logger.debug({ error: failure.message }, 'producing waits for a connection')
        if (!failure.retriable) this.#host.failed(failure)
        const now = performance.now()
        for (const queue of queues) this.#delay(queue, now)
        void this.#cluster.requestUpdate()
      })
      .finally(() => {
        this.#connecting.delete(node)
        this.wake()
      })
  }

  /** The next batch of as many partitions as fit one request. */
  #collect(node: number, queues: readonly PartitionQueue[]): Part[] {
    const parts: Part[] = []
    let bytes = 0
    for (const queue of queues) {
      if (queue.retryAt > 0 && queue.retryAt > performance.now()) continue
      if (queue.inFlight.length > 0 && queue.inFlightNode !== node) continue
      if (!this.#host.admits(queue)) continue
      const size = queue.head?.byteLength ?? 0
      if (parts.length > 0 && bytes + size > this.#options.maxRequestSize) continue
      const batch = this.#take(queue)
      if (batch === undefined) continue
      queue.inFlight.push(batch)
      queue.inFlightNode = node
      bytes += size
      parts.push({ queue, batch })
    }
    // Those that were served go to the end of the line.
    for (const { queue } of parts) {
      this.#accumulator.ready.delete(queue)
      if (queue.isDue) this.#accumulator.ready.add(queue)
    }
    return parts
  }

  #take(queue: PartitionQueue): ProducerBatch | undefined {
    if (queue.sealed.length === 0 && queue.due) queue.seal()
    const batch = queue.sealed[0]
    if (batch === undefined) return undefined
    if (this.#sequencer !== undefined) {
      const verdict = this.#sequencer.admit(queue, batch)
      if (verdict === 'later') return undefined
      if (verdict === 'failed') {
        queue.sealed.shift()
        this.#giveUp(queue, batch, errorOf(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, `producing to ${queue.key}`))
        return undefined
      }
    }
    queue.sealed.shift()
    batch.attempts += 1
    return batch
  }

  async #send(node: number, parts: readonly Part[]): Promise<void> {
    try {
      const connection = this.#cluster.ready(node, 'produce', this.#lane) ?? (await this.#cluster.connection(node, 'produce', this.#lane))
      const begunAt = performance.now()
      const results = await sendProduce(connection, this.#options, parts, this.#host.addsPartitions())
      this.#options.meter?.answered(performance.now() - begunAt)
      for (const part of parts) {
        const result = results?.get(part.queue.key)
        this.#landed(part)
        if (results === undefined) this.#succeed(part, -1)
        else if (result === undefined) this.#retry(part, new TimeoutError(`broker ${node} answered without a word about ${part.queue.key}`))
        else this.#answer(part, result)
      }
    } catch (error) {
      const failure = asClientError(error, 'producing')
      for (const part of parts) {
        this.#landed(part)
        if (failure.retriable) this.#retry(part, failure)
        else this.#giveUp(part.queue, part.batch, failure)
      }
      if (!this.#closed) void this.#cluster.requestUpdate()
    } finally {
      this.#requests.set(node, this.#requests.get(node)! - 1)
      this.wake()
    }
  }

  #landed({ queue, batch }: Part): void {
    queue.inFlight.splice(queue.inFlight.indexOf(batch), 1)
  }

  #answer(part: Part, result: PartResult): void {
    const { queue, batch } = part
    const { name } = errorInfo(result.errorCode)
    if (result.errorCode === 0) return this.#succeed(part, result.baseOffset)
    // The broker has the batch from an earlier attempt, and does not remember where.
    if (name === 'DUPLICATE_SEQUENCE_NUMBER') return this.#succeed(part, -1)
    const error = errorOf(result.errorCode, `producing to ${queue.key}`, result.errorMessage)
    if (name === 'MESSAGE_TOO_LARGE' && batch.recordCount > 1) return this.#split(part, error)
    if (FATAL.includes(name)) {
      this.#giveUp(queue, batch, error)
      this.#host.failed(error)
    } else if (OUT_OF_SEQUENCE.includes(name) && this.#sequencer !== undefined) {
      this.#outOfSequence(part, error)
    } else if (name === 'CONCURRENT_TRANSACTIONS') {
      queue.retryAt = performance.now() + CONCURRENT_TRANSACTIONS_MS
      this.#requeue(queue, batch, error)
    } else if (error.retriable) {
      const { leaderId, leaderEpoch } = result.currentLeader
      if (leaderId >= 0) this.#cluster.noteLeader(queue.topic, queue.partition, leaderId, leaderEpoch)
      void this.#cluster.requestUpdate()
      this.#retry(part, error)
    } else {
      this.#giveUp(queue, batch, error)
    }
  }

  #succeed({ queue, batch }: Part, baseOffset: number): void {
    queue.failures = 0
    queue.retryAt = 0
    if (batch.producerId === queue.producerId && batch.producerEpoch === queue.producerEpoch) queue.acknowledged = true
    if (baseOffset >= 0) queue.ackedOffset = baseOffset + batch.recordCount
    this.#options.meter?.sent(queue.topic, batch.recordCount, batch.byteLength, batch.sentLength, performance.now() - batch.createdAt)
    batch.succeed(baseOffset)
    this.#host.settled(batch)
  }

  /** Back to its place in line, to be sent again after a pause. */
  #retry({ queue, batch }: Part, error: ClientError): void {
    if (this.#closed) return this.#giveUp(queue, batch, error)
    this.#cluster.options.logger.debug({ partition: queue.key, attempts: batch.attempts, error: error.message }, 'produce will be tried again')
    this.#options.meter?.retried(queue.topic, batch.recordCount)
    this.#delay(queue, performance.now())
    this.#requeue(queue, batch, error)
  }

  /** `error`: why it was not written. */
  #requeue(queue: PartitionQueue, batch: ProducerBatch, error: ClientError): void {
    if (this.#host.abandons()) return this.#giveUp(queue, batch, error)
    queue.requeue(batch)
    this.#accumulator.ready.add(queue)
  }

  /**
   * With an earlier batch still to be acknowledged this is the consequence of that one's delay: it will fit after it. If
   * it is the earliest, the broker really misses something.
   */
  #outOfSequence({ queue, batch }: Part, error: ClientError): void {
    const earlier = queue.inFlight.some((other) => other.order < batch.order) || (queue.sealed[0]?.order ?? Infinity) < batch.order
    this.#requeue(queue, batch, error)
    if (earlier) return
    this.#cluster.options.logger.warn({ partition: queue.key, error: error.message }, 'sequence numbers begin again in a higher epoch')
    queue.mustBump = true
  }

  #split({ queue, batch }: Part, error: ClientError): void {
    const parts = splitBatch(batch, () => this.#accumulator.newWriter())
    this.#cluster.options.logger.debug({ partition: queue.key, bytes: batch.byteLength, parts: parts.length }, 'batch too large for the broker: split')
    this.#accumulator.adopt(parts)
    for (const part of parts) this.#requeue(queue, part, error)
    this.#accumulator.settle(batch)
  }

  #giveUp(queue: PartitionQueue, batch: ProducerBatch, cause: ClientError): void {
    this.#options.meter?.failed(queue.topic, batch.recordCount)
    if (batch.sequence >= 0) queue.gap = true
    const { topic, partition } = queue
    const recordCount = batch.recordCount
    const tooLarge = cause instanceof RecordTooLargeError ? '; raise max.message.bytes of the topic' : ''
    const error = new DeliveryError(
      `${recordCount} records for ${queue.key} are given up after ${batch.attempts} attempts: ${cause.message}${tooLarge}`,
      { topic, partition, recordCount },
      { cause, kafkaName: cause.kafkaName, retriable: cause.retriable },
    )
    batch.fail(error)
    this.#host.gaveUp(error, queue, batch)
    this.#host.settled(batch)
  }

  /** Gives up everything that is not under way. */
  giveUpAll(cause: ClientError): void {
    for (const queue of this.#accumulator.allQueues()) {
      queue.seal()
      for (const batch of queue.sealed.splice(0)) this.#giveUp(queue, batch, cause)
    }
  }

  /** Gives up batches that are too old. True when nothing due is left. */
  #expire(queue: PartitionQueue, now: number): boolean {
    const { deliveryTimeoutMs, maxBlockMs } = this.#options
    const unknown = this.#cluster.topic(queue.topic) === undefined
    const limit = unknown ? Math.min(maxBlockMs, deliveryTimeoutMs) : deliveryTimeoutMs
    for (let head = queue.head; head !== undefined && head.createdAt + limit <= now; head = queue.head) {
      queue.seal()
      queue.sealed.shift()
      const cause = unknown
        ? new UnknownTopicError(`topic ${queue.topic} is not in the cluster; it was waited for ${limit} ms`, { retriable: false })
        : new TimeoutError(`no acknowledgement within ${limit} ms`)
      this.#giveUp(queue, head, cause)
    }
    return !queue.isDue
  }

  #delay(queue: PartitionQueue, now: number): void {
    const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs } = this.#cluster.options
    if (queue.retryAt > now) return
    queue.retryAt = now + backoffMs(queue.failures++, { baseMs, maxMs })
  }
}
