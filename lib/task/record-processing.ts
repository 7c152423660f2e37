import type { Sensor } from '../metrics/sensor.ts'
import type { TaskId } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import type { AsyncWork } from './async/async-work.ts'
import type { CommitNeeds } from './commit-needs.ts'
import { asError, NodeFailure, ProcessingError } from './errors.ts'
import type { PartitionGroup } from './partition-group.ts'
import type { PendingWork } from './pending-work.ts'
import type { Punctuation } from './punctuation.ts'
import type { RecordQueue } from './record-queue.ts'
import type { RecordState } from './record-state.ts'

export interface RecordProcessingOptions {
  readonly taskId: TaskId
  readonly group: PartitionGroup
  readonly state: RecordState
  readonly pending: PendingWork
  readonly async: AsyncWork
  readonly punctuation: Punctuation
  readonly needs: CommitNeeds
  /** How much older than the newest one records are. */
  readonly lateness: Sensor
}

/** Takes records from the queues of a task through its nodes, with the stream-time punctuations between them. */
export class RecordProcessing {
  readonly #taskId: TaskId
  readonly #group: PartitionGroup
  readonly #state: RecordState
  readonly #pending: PendingWork
  readonly #async: AsyncWork
  readonly #punctuation: Punctuation
  readonly #needs: CommitNeeds
  readonly #lateness: Sensor | undefined
  /** The queue of the record that promises keep from being finished. */
  #unfinished: RecordQueue | undefined

  constructor({ taskId, group, state, pending, async, punctuation, needs, lateness }: RecordProcessingOptions) {
    this.#taskId = taskId
    this.#group = group
    this.#state = state
    this.#pending = pending
    this.#async = async
    this.#punctuation = punctuation
    this.#needs = needs
    this.#lateness = lateness.isRecording ? lateness : undefined
  }

  /** See `StreamTask.process`. */
  process(maxRecords: number): number {
    if (!this.finishPending()) return 0
    if (this.#async.isUsed) return this.#processConcurrently(maxRecords)
    const group = this.#group
    const pending = this.#pending
    const punctuation = this.#punctuation
    let count = 0
    try {
      while (count < maxRecords) {
        const queue = group.next()
        if (queue === undefined) break
        this.#processHead(queue)
        count++
        if (!pending.isEmpty) {
          this.#unfinished = queue
          break
        }
        queue.consumed()
        if (group.streamTime >= punctuation.nextStreamMs && !punctuation.runStreamTime(group.streamTime)) break
        if (group.hasRunDry) break
      }
    } catch (error) {
      throw this.#processingError(error)
    }
    this.#count(count)
    return count
  }

  #processHead(queue: RecordQueue): void {
    const state = this.#state
    state.isPresent = true
    state.topic = queue.topic
    state.partition = queue.partition
    state.offset = queue.offset
    state.timestamp = queue.headTimestamp
    state.headers = queue.headers
    state.source = queue
    state.isSent = false
    this.#lateness?.record(this.#group.streamTime - queue.headTimestamp)
    queue.source.process(new Record(queue.key, queue.value, queue.headTimestamp, queue.headers))
  }

  /** The same in a task with asynchronous operators: first the results that are ready, then records until enough calls are under way. */
  #processConcurrently(maxRecords: number): number {
    const group = this.#group
    const pending = this.#pending
    let taken = 0
    let delivered = 0
    this.#needs.hasGivenUp = false
    try {
      delivered = this.#deliver()
      while (taken < maxRecords && pending.isEmpty && this.#isPunctuated() && !this.#async.isFull) {
        const queue = group.next()
        if (queue === undefined) break
        this.#processHead(queue)
        taken++
        if (!pending.isEmpty) {
          this.#unfinished = queue
          break
        }
        queue.consumed()
        queue.consumedTime = queue.partitionTime
        if (group.hasRunDry) break
      }
      if (pending.isEmpty) this.#isPunctuated()
    } catch (error) {
      throw this.#processingError(error)
    }
    this.#count(taken)
    return taken + delivered
  }

  #count(records: number): void {
    if (records > 0) this.#needs.isNeeded = true
    if (this.#pending.isEmpty) this.#state.leave()
  }

  /** Hands out the results of calls that are ready, and takes no records. @throws {ProcessingError} */
  deliver(): void {
    try {
      this.#deliver()
      if (this.#pending.isEmpty) this.#state.leave()
    } catch (error) {
      throw this.#processingError(error)
    }
  }

  #deliver(): number {
    const delivered = this.#async.deliver()
    if (delivered > 0) this.#needs.isNeeded = true
    return delivered
  }

  /**
   * True when no stream-time punctuator is due any more. Before one runs, all calls for earlier records have to be finished,
   * so that it finds what it would find if they took no time.
   */
  #isPunctuated(): boolean {
    const { streamTime } = this.#group
    if (streamTime < this.#punctuation.nextStreamMs) return true
    return this.#async.size === 0 && this.#punctuation.runStreamTime(streamTime)
  }

  /** Resolves when promises or calls under way let the task go on; undefined when there are none. Never rejects. */
  get waiting(): Promise<void> | undefined {
    if (!this.#pending.isEmpty) return this.#pending.settled()
    return this.#async.size > 0 ? this.#async.progress() : undefined
  }

  /** Ends the record that promises held up; false when they still do. @throws {ProcessingError} */
  finishPending(): boolean {
    if (!this.#pending.isEmpty) return false
    const error = this.#pending.takeError()
    if (error !== undefined) throw this.#processingError(error)
    this.#async.release()
    const queue = this.#unfinished
    if (queue === undefined) return true
    this.#unfinished = undefined
    queue.consumed()
    queue.consumedTime = queue.partitionTime
    return this.#async.size > 0 || this.#isPunctuated()
  }

  #processingError(error: unknown): unknown {
    if (!(error instanceof NodeFailure)) return error
    const { topic, partition, offset } = this.#state
    const cause = asError(error.cause)
    const where = `taskId=${this.#taskId}, processor=${error.nodeName}, topic=${topic}, partition=${partition}, offset=${offset}`
    return new ProcessingError(`Exception caught in process. ${where}: ${cause.message}`, { cause })
  }
}
