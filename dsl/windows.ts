import { TopologyError } from '../lib/core/errors.ts'
import type { Window } from '../stores/windowed.ts'
import { firstWindowStart } from './internals/processors/window-starts.ts'

/** @throws {TopologyError} for fractions, and for what is below `least`: then in the words of Kafka Streams */
const checkSpan = (what: string, ms: number, least: 0 | 1, refusal: string): number => {
  if (!Number.isSafeInteger(ms)) throw new TopologyError(`${what} must be a whole number of ms, but got ${String(ms)}`)
  if (ms < least) throw new TopologyError(`${refusal} Got: ${ms} ms`)
  return ms
}

const checkGrace = (ms: number): number => checkSpan('The grace period', ms, 0, 'Grace period must not be negative.')

/**
 * Windows of a fixed size by time. Implement it for windows of your own; {@link TimeWindows} and {@link UnlimitedWindows} are ready.
 */
export interface Windows {
  /** Length of a window, ms. Stores keep rows for that and grace. */
  readonly size: number
  /** How long after its end a window takes late records, ms of stream time. */
  readonly gracePeriodMs: number
  /** All windows that a record of this timestamp (ms since the epoch) belongs to, by start. Start included, end excluded. */
  windowsFor(timestamp: number): ReadonlyMap<number, Window>
}

/** Windows of equal size at equal distances: tumbling, or with {@link TimeWindows.advanceBy} hopping. Start included, end excluded. */
export class TimeWindows implements Windows {
  /** Length of a window, ms. */
  readonly size: number
  /** Distance between the starts of two windows, ms; equal to the size for tumbling windows. */
  readonly advanceMs: number
  /** How long after its end a window takes late records, ms of stream time. */
  readonly gracePeriodMs: number

  private constructor(size: number, advanceMs: number, gracePeriodMs: number) {
    this.size = checkSpan('The size of a window', size, 1, 'Window size (sizeMs) must be larger than zero.')
    if (!Number.isSafeInteger(advanceMs) || advanceMs < 1 || advanceMs > size) {
      throw new TopologyError(
        `Window advancement interval should be more than zero and less than window duration which is ${size} ms, ` +
          `but given advancement interval is: ${advanceMs} ms`,
      )
    }
    this.advanceMs = advanceMs
    this.gracePeriodMs = checkGrace(gracePeriodMs)
  }

  /**
   * Tumbling windows of `size` ms; records that come after the end of their window, by the time of the stream, are dropped.
   * @throws {TopologyError} unless the size is a whole number above 0
   */
  static ofSizeWithNoGrace(size: number): TimeWindows {
    return new TimeWindows(size, size, 0)
  }

  /**
   * Tumbling windows of `size` ms that take late records until `afterWindowEnd` ms after their end.
   * @throws {TopologyError} unless the size is a whole number above 0, and the grace one from 0 on
   */
  static ofSizeAndGrace(size: number, afterWindowEnd: number): TimeWindows {
    return new TimeWindows(size, size, afterWindowEnd)
  }

  /**
   * Hopping windows: one starts every `advance` ms, so they overlap.
   * @throws {TopologyError} unless 0 < advance <= size
   */
  advanceBy(advance: number): TimeWindows {
    return new TimeWindows(this.size, advance, this.gracePeriodMs)
  }

  windowsFor(timestamp: number): Map<number, Window> {
    const windows = new Map<number, Window>()
    let start = firstWindowStart(timestamp, this.size, this.advanceMs)
    for (; start <= timestamp; start += this.advanceMs) windows.set(start, { start, end: start + this.size })
    return windows
  }
}

/** One window that never ends. It is never closed either: no final results, no suppression until it closes. */
export class UnlimitedWindows implements Windows {
  readonly size = Number.MAX_SAFE_INTEGER
  readonly gracePeriodMs = 0
  /** Where it begins, ms since the epoch. */
  readonly startMs: number

  private constructor(startMs: number) {
    this.startMs = checkSpan('The start of unlimited windows', startMs, 0, 'Window start time (startMs) cannot be negative.')
  }

  /** From time 0 on. */
  static of(): UnlimitedWindows {
    return new UnlimitedWindows(0)
  }

  /** Records before `start` (ms since the epoch) belong to no window. @throws {TopologyError} when it is negative */
  startOn(start: number): UnlimitedWindows {
    return new UnlimitedWindows(start)
  }

  windowsFor(timestamp: number): Map<number, Window> {
    if (timestamp < this.startMs) return new Map()
    return new Map([[this.startMs, { start: this.startMs, end: Number.MAX_SAFE_INTEGER }]])
  }
}

/**
 * Windows that end with a record or start just after one: every set of records no further apart than the time difference (KIP-450). Both
 * ends included.
 */
export class SlidingWindows {
  /** Between start and end of a window, ms. */
  readonly timeDifferenceMs: number
  /** How long after its end a window takes late records, ms of stream time. */
  readonly gracePeriodMs: number

  private constructor(timeDifferenceMs: number, gracePeriodMs: number) {
    this.timeDifferenceMs = checkSpan('The time difference', timeDifferenceMs, 0, 'Window time difference must not be negative.')
    this.gracePeriodMs = checkSpan('The grace period', gracePeriodMs, 0, 'Window grace period must not be negative.')
  }

  /** @throws {TopologyError} unless the difference (ms) is a whole number from 0 on */
  static ofTimeDifferenceWithNoGrace(timeDifference: number): SlidingWindows {
    return new SlidingWindows(timeDifference, 0)
  }

  /** Late records are taken until `afterWindowEnd` ms after the end. @throws {TopologyError} unless both are whole numbers from 0 on */
  static ofTimeDifferenceAndGrace(timeDifference: number, afterWindowEnd: number): SlidingWindows {
    return new SlidingWindows(timeDifference, afterWindowEnd)
  }
}

/** Windows of activity: records of a key no further apart than the gap. Start and end are the times of the first and the last record. */
export class SessionWindows {
  /** ms; 0: only records of the same timestamp meet. */
  readonly inactivityGap: number
  /** How long after end and gap a session takes late records, ms of stream time. */
  readonly gracePeriodMs: number

  private constructor(inactivityGap: number, gracePeriodMs: number) {
    this.inactivityGap = checkSpan('The inactivity gap of sessions', inactivityGap, 0, 'Gap time cannot be negative.')
    this.gracePeriodMs = checkSpan('The grace period', gracePeriodMs, 0, 'Grace period cannot be negative.')
  }

  /** @throws {TopologyError} unless the gap (ms) is a whole number from 0 on */
  static ofInactivityGapWithNoGrace(inactivityGap: number): SessionWindows {
    return new SessionWindows(inactivityGap, 0)
  }

  /** Late records are taken until `afterWindowEnd` ms after end and gap. @throws {TopologyError} unless both are whole numbers from 0 on */
  static ofInactivityGapAndGrace(inactivityGap: number, afterWindowEnd: number): SessionWindows {
    return new SessionWindows(inactivityGap, afterWindowEnd)
  }
}

/** How far apart two records of a stream-stream join may be. Both ends included. */
export class JoinWindows {
  /** The other record may be this much older, ms; below 0: it has to be that much newer. */
  readonly beforeMs: number
  /** The other record may be this much newer, ms; below 0: it has to be that much older. */
  readonly afterMs: number
  /** How long after its window a record is kept for late partners, and only then sent without one by a left or outer join, ms of stream time. */
  readonly gracePeriodMs: number

  private constructor(beforeMs: number, afterMs: number, gracePeriodMs: number) {
    for (const ms of [beforeMs, afterMs]) {
      if (!Number.isSafeInteger(ms)) throw new TopologyError(`The time difference of a join must be a whole number of ms, but got ${String(ms)}`)
    }
    if (beforeMs + afterMs < 0) {
      throw new TopologyError(`Window interval (ie, beforeMs+afterMs) must not be negative. Got: before ${beforeMs} ms, after ${afterMs} ms`)
    }
    this.beforeMs = beforeMs
    this.afterMs = afterMs
    this.gracePeriodMs = checkGrace(gracePeriodMs)
  }

  /** As far apart either way, ms. @throws {TopologyError} unless the difference is a whole number from 0 on */
  static ofTimeDifferenceWithNoGrace(timeDifference: number): JoinWindows {
    return new JoinWindows(timeDifference, timeDifference, 0)
  }

  /** The same, and late records are taken until `afterWindowEnd` ms later. @throws {TopologyError} unless both are whole numbers from 0 on */
  static ofTimeDifferenceAndGrace(timeDifference: number, afterWindowEnd: number): JoinWindows {
    return new JoinWindows(timeDifference, timeDifference, afterWindowEnd)
  }

  /** The other record may be up to `timeDifference` ms older than this one. @throws {TopologyError} when before + after is negative then */
  before(timeDifference: number): JoinWindows {
    return new JoinWindows(timeDifference, this.afterMs, this.gracePeriodMs)
  }

  /** The other record may be up to `timeDifference` ms newer than this one. @throws {TopologyError} when before + after is negative then */
  after(timeDifference: number): JoinWindows {
    return new JoinWindows(this.beforeMs, timeDifference, this.gracePeriodMs)
  }

  /** before + after, ms: the window size of the join's stores. */
  get size(): number {
    return this.beforeMs + this.afterMs
  }
}

/** When a windowed aggregation sends its result (KIP-825). */
export type EmitStrategyType = 'on-window-update' | 'on-window-close'

/** What `emitStrategy` takes; made by the functions of the same name. */
export interface EmitStrategy {
  readonly type: EmitStrategyType
}

/** When a windowed aggregation sends its results: with each update, or once. */
export const EmitStrategy = {
  /** With each update. The default. */
  onWindowUpdate: (): EmitStrategy => ({ type: 'on-window-update' }),
  /**
   * Once for each window, when stream time has passed its end and grace. Closed windows are looked for when a record comes, at most once
   * a second of the clock.
   */
  onWindowClose: (): EmitStrategy => ({ type: 'on-window-close' }),
} as const
