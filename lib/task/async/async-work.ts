import type { Record } from '../../../topology/api.ts'
import { checkAsyncOptions } from '../../../topology/async.ts'
import type { AsyncCall, AsyncCalls, AsyncOptions } from '../../../topology/async.ts'
import type { ProcessingErrors } from '../error-handling.ts'
import type { PendingWork } from '../pending-work.ts'
import { RecordQueue } from '../record-queue.ts'
import type { RecordState } from '../record-state.ts'
import { AsyncItem } from './async-item.ts'
import { AsyncLane } from './async-lane.ts'
import type { LaneHost } from './async-lane.ts'
import { SourceAnchor } from './source-anchor.ts'

/**
 * The calls under way in a task. Results are delivered only when the task says so, in its own turns: never while a record is
 * being processed or a commit is under way, and not after the task is closed.
 */
export class AsyncWork implements LaneHost {
  readonly #state: RecordState
  readonly #errors: ProcessingErrors
  readonly #pending: PendingWork
  readonly #lanes: AsyncLane[] = []
  /** Source records with calls under way. */
  readonly #anchors = new Set<SourceAnchor>()
  /** The anchor of the record that is being processed, when it has one. */
  #newest: SourceAnchor | undefined
  #size = 0
  #unanchored = 0
  /** Something may be delivered. */
  #isReady = false
  #progress: Promise<void> | undefined
  #resolve: (() => void) | undefined
  /** Delivered, but held up by a promise of a processor further down. */
  #heldUp: AsyncItem | undefined

  constructor(state: RecordState, errors: ProcessingErrors, pending: PendingWork) {
    this.#state = state
    this.#errors = errors
    this.#pending = pending
  }

  /** The calls of a node. @throws {TopologyError} when the options make no sense */
  lane(nodeName: string, options: AsyncOptions = {}): AsyncCalls {
    const lane = new AsyncLane(nodeName, checkAsyncOptions(options), this)
    this.#lanes.push(lane)
    return lane
  }

  /** False in most tasks, which then pay nothing. */
  get isUsed(): boolean {
    return this.#lanes.length > 0
  }

  /** Calls that are not finished: waiting, under way, or with a result that waits. */
  get size(): number {
    return this.#size
  }

  /** Calls that no source record stands for, which no offset could bring back: a commit has to wait for them. */
  get unanchored(): number {
    return this.#unanchored
  }

  /** True when no further records are to be taken. */
  get isFull(): boolean {
    const lanes = this.#lanes
    for (let i = 0; i < lanes.length; i++) if (lanes[i]!.order.isFull) return true
    return false
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /** Resolves when something may be delivered. */
  progress(): Promise<void> {
    if (this.#isReady) return Promise.resolve()
    this.#progress ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#progress
  }

  ready(): void {
    this.#isReady = true
    const resolve = this.#resolve
    this.#progress = undefined
    this.#resolve = undefined
    resolve?.()
  }

  enter(record: Record<unknown, unknown>, call: (call: AsyncCall) => unknown, done: (result: unknown) => void): AsyncItem {
    const anchor = this.#anchor()
    this.#size++
    if (anchor === undefined) this.#unanchored++
    else anchor.holds++
    return new AsyncItem(record, this.#state, anchor, call, done)
  }

  /** What stands for the record in the state: its source record, as long as this is what the state shows. */
  #anchor(): SourceAnchor | undefined {
    const { source, keepsSource } = this.#state
    if (source instanceof SourceAnchor) return source
    if (!(source instanceof RecordQueue)) return undefined
    const newest = this.#newest
    if (newest?.queue === source && newest.offset === source.offset && newest.holds > 0) return newest
    const anchor = new SourceAnchor(source, keepsSource)
    this.#anchors.add(anchor)
    this.#newest = anchor
    return anchor
  }

  /**
   * Hands out the results that are ready; answers how many. Stops when a processor further down returned a promise.
   * @throws {NodeFailure} when a call failed and the handler said fail: its offset is then never committed
   */
  deliver(): number {
    if (!this.#isReady) return 0
    this.#isReady = false
    let count = 0
    for (const lane of this.#lanes) {
      for (let item = lane.order.take(); item !== undefined; item = lane.order.take()) {
        this.#deliverOne(lane, item)
        count++
        lane.order.finished(item)
        this.#size--
        this.#heldUp = item
        if (!this.#pending.isEmpty) {
          this.#isReady = true
          return count
        }
        this.release()
      }
    }
    return count
  }

  #deliverOne(lane: AsyncLane, item: AsyncItem): void {
    this.#state.set(item.context)
    this.#state.isSent = item.isSent
    this.#state.record = item.contextRecord
    try {
      if (item.hasFailed) throw item.error
      item.done(item.result)
    } catch (error) {
      this.#errors.processingFailed(lane.nodeName, item.record, error)
    }
  }

  /** Lets go of what the promise of a processor further down held up; to be called when that is kept. */
  release(): void {
    const item = this.#heldUp
    if (item === undefined) return
    this.#heldUp = undefined
    const { anchor } = item
    if (anchor === undefined) this.#unanchored--
    else if (--anchor.holds === 0) this.#anchors.delete(anchor)
  }

  /** The first source record of a partition that is not done with; undefined when there is none. */
  firstOf(queue: RecordQueue): SourceAnchor | undefined {
    let first: SourceAnchor | undefined
    for (const anchor of this.#anchors) {
      if (anchor.queue === queue && (first === undefined || anchor.offset < first.offset)) first = anchor
    }
    return first
  }

  /** Aborts everything; no result is delivered any more. */
  close(): void {
    for (const lane of this.#lanes) lane.close()
    this.#size = 0
    this.ready()
  }
}
