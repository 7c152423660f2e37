import { errorCodes } from '../../../protocol/error-table.ts'

/** What members say became of a record. */
export const Acknowledge = { GAP: 0, ACCEPT: 1, RELEASE: 2, REJECT: 3, RENEW: 4 } as const

/** Records that a member has just been given; all have been delivered as often. */
export interface AcquiredRange {
  readonly firstOffset: number
  lastOffset: number
  readonly deliveryCount: number
}

/** Offsets of a batch of the log. */
export interface BatchRange {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Nobody is to have them: control records, or those of aborted transactions. */
  readonly isHidden: boolean
}

export interface ShareLimits {
  readonly lockMs: number
  /** A record that was delivered so often and released again is given up. */
  readonly maxDeliveries: number
  /** How many records may be between the first that is not done with and the last that was given out. */
  readonly maxInFlight: number
  /** Whether members may ask for more time with a record. */
  readonly mayRenew: boolean
}

export interface StoredSharePartition {
  readonly start: number
  /** Ranges after the start that are done with. */
  readonly done: readonly (readonly [first: number, last: number])[]
}

interface Delivery {
  /** Who has it; `undefined` when it waits for another. */
  memberId: string | undefined
  deliveries: number
  /** Until when its member has it (ms). */
  untilMs: number
}

/** Which records of one partition a share group is done with, and who has those that it is not. */
export class SharePartition {
  #start: number
  /** No offset from here on was given out yet. */
  #next: number
  /** Records from the start on that were given out, or are done with (`null`). */
  readonly #records = new Map<number, Delivery | null>()
  readonly #watchers = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined

  constructor({ start, done }: StoredSharePartition) {
    this.#start = start
    this.#next = start
    for (const [first, last] of done) {
      for (let offset = first; offset <= last; offset++) this.#records.set(offset, null)
      this.#next = Math.max(this.#next, last + 1)
    }
    for (let offset = start; offset < this.#next; offset++) if (!this.#records.has(offset)) this.#records.set(offset, { memberId: undefined, deliveries: 0, untilMs: 0 })
  }

  /** The first record that the group is not done with. */
  get startOffset(): number {
    return this.#start
  }

  /** How many records from the start on are done with. */
  get doneCount(): number {
    let count = 0
    for (const record of this.#records.values()) if (record === null) count++
    return count
  }

  get stored(): StoredSharePartition {
    const done: [number, number][] = []
    for (let offset = this.#start; offset < this.#next; offset++) {
      if (this.#records.get(offset) !== null) continue
      const last = done.at(-1)
      if (last?.[1] === offset - 1) last[1] = offset
      else done.push([offset, offset])
    }
    return { start: this.#start, done }
  }

  /** Where to look for records that somebody may have; `undefined` while too many are out. */
  nextAvailable(maxInFlight: number): number | undefined {
    for (const [offset, record] of this.#records) if (record !== null && record.memberId === undefined) return offset
    return this.#next - this.#start < maxInFlight ? this.#next : undefined
  }

  /** The log begins later now. */
  advanceTo(logStartOffset: number): void {
    if (logStartOffset <= this.#start) return
    for (const offset of [...this.#records.keys()]) if (offset < logStartOffset) this.#records.delete(offset)
    this.#start = logStartOffset
    this.#next = Math.max(this.#next, logStartOffset)
    this.#settle()
  }

  /**
   * Gives a member the available records of batches that follow one another in the log from `from` on: whole batches until
   * there are `maxRecords`, or with `exactly` no more than that. Ranges are of one batch each. Returns also up to which batch.
   */
  acquire(memberId: string, from: number, batches: Iterable<BatchRange>, maxRecords: number, exactly: boolean, nowMs: number, limits: ShareLimits): { ranges: AcquiredRange[]; batches: number } {
    const ranges: AcquiredRange[] = []
    let count = 0
    let seen = 0
    let lastGiving = 0
    let expected = from
    for (const { firstOffset, lastOffset, isHidden } of batches) {
      // What compaction took away nobody needs to see; a long stretch of it is passed over when nothing is out.
      if (expected === this.#start && this.#next === this.#start && firstOffset > expected) {
        this.#start = firstOffset
        this.#next = firstOffset
        expected = firstOffset
      }
      if (count >= maxRecords || firstOffset - this.#start >= limits.maxInFlight) break
      for (let gap = expected; gap < firstOffset; gap++) this.#records.set(gap, null)
      let range: AcquiredRange | undefined
      seen++
      for (let offset = Math.max(firstOffset, from); offset <= lastOffset; offset++) {
        if (exactly && count >= maxRecords) break
        const record = this.#records.get(offset)
        if (record === null || record?.memberId !== undefined) continue
        if (isHidden) {
          this.#records.set(offset, null)
          continue
        }
        const deliveries = (record?.deliveries ?? 0) + 1
        this.#records.set(offset, { memberId, deliveries, untilMs: nowMs + limits.lockMs })
        count++
        lastGiving = seen
        if (range !== undefined && range.lastOffset === offset - 1 && range.deliveryCount === deliveries) range.lastOffset = offset
        else ranges.push((range = { firstOffset: offset, lastOffset: offset, deliveryCount: deliveries }))
        this.#next = Math.max(this.#next, offset + 1)
      }
      if (isHidden) this.#next = Math.max(this.#next, lastOffset + 1)
      expected = lastOffset + 1
    }
    this.#settle()
    this.#watchLocks(nowMs, limits)
    return { ranges, batches: lastGiving }
  }

  /** Takes in what became of a range of records: one type for all, or one for each. All of it counts, or nothing. */
  acknowledge(memberId: string, firstOffset: number, lastOffset: number, types: readonly number[], nowMs: number, limits: ShareLimits): number {
    const length = lastOffset - firstOffset + 1
    if (length < 1 || types.length === 0 || (types.length > 1 && types.length !== length) || types.some((type) => type < Acknowledge.GAP || type > Acknowledge.RENEW)) return errorCodes.INVALID_REQUEST
    if (firstOffset >= this.#next) return errorCodes.INVALID_REQUEST
    if (!limits.mayRenew && types.includes(Acknowledge.RENEW)) return errorCodes.INVALID_RECORD_STATE
    // What the group is done with from the start on was said before.
    const from = Math.max(firstOffset, this.#start)
    for (let offset = from; offset <= lastOffset; offset++) if (this.#records.get(offset)?.memberId !== memberId) return errorCodes.INVALID_RECORD_STATE
    for (let offset = from; offset <= lastOffset; offset++) {
      const record = this.#records.get(offset)!
      const type = types.length === 1 ? types[0]! : types[offset - firstOffset]!
      if (type === Acknowledge.RENEW) record.untilMs = nowMs + limits.lockMs
      else if (type === Acknowledge.RELEASE) this.#release(offset, record, limits)
      else this.#records.set(offset, null)
    }
    this.#settle()
    this.#notify()
    return errorCodes.NONE
  }

  #release(offset: number, record: Delivery, { maxDeliveries }: ShareLimits): void {
    if (record.deliveries >= maxDeliveries) this.#records.set(offset, null)
    else record.memberId = undefined
  }

  /** A member is gone: others shall have what it held. */
  releaseAll(memberId: string, limits: ShareLimits): boolean {
    let any = false
    for (const [offset, record] of this.#records) {
      if (record?.memberId !== memberId) continue
      // It may never have seen them, so this delivery does not count.
      record.deliveries--
      this.#release(offset, record, limits)
      any = true
    }
    if (any) {
      this.#settle()
      this.#notify()
    }
    return any
  }

  /** Records come back from members that had them for too long. */
  #watchLocks(nowMs: number, limits: ShareLimits): void {
    if (this.#timer !== undefined) return
    let first = Infinity
    for (const record of this.#records.values()) if (record?.memberId !== undefined) first = Math.min(first, record.untilMs)
    if (first === Infinity) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const now = nowMs + Math.max(1, first - nowMs)
      for (const [offset, record] of this.#records) if (record?.memberId !== undefined && record.untilMs <= now) this.#release(offset, record, limits)
      this.#settle()
      this.#notify()
      this.#watchLocks(now, limits)
    }, Math.max(1, first - nowMs)).unref()
  }

  /** Forgets records that are done with from the start on. */
  #settle(): void {
    while (this.#start < this.#next && this.#records.get(this.#start) === null) this.#records.delete(this.#start++)
  }

  /** Calls back when records became available that were not. Returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => this.#watchers.delete(changed)
  }

  #notify(): void {
    for (const changed of [...this.#watchers]) changed()
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
