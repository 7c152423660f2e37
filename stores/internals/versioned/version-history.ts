import type { ValueAndTimestamp } from '../../../topology/api.ts'
import type { VersionedRecord } from '../../versioned-store.ts'
import { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../../versioned-store.ts'
import type { VersionCells } from './version-cells.ts'
import { VersionList, indexAt } from './version-list.ts'

/** Java's default: some segments to a history, of two seconds or more. */
export const versionSegmentMs = (historyRetentionMs: number): number => {
  if (historyRetentionMs <= 60_000) return Math.max(Math.floor(historyRetentionMs / 3), 2_000)
  if (historyRetentionMs <= 300_000) return Math.max(Math.floor(historyRetentionMs / 5), 20_000)
  if (historyRetentionMs <= 3_600_000) return Math.max(Math.floor(historyRetentionMs / 12), 60_000)
  return Math.max(Math.floor(historyRetentionMs / 24), 300_000)
}

/** What a versioned store is: rules of time over cells that only keep rows. */
export class VersionHistory<S> {
  readonly #cells: VersionCells<S>
  readonly #retentionMs: number
  readonly #segmentMs: number

  constructor(cells: VersionCells<S>, retentionMs: number, segmentMs: number) {
    this.#cells = cells
    this.#retentionMs = retentionMs
    this.#segmentMs = segmentMs
  }

  /** False for versions that come too late. */
  admits(time: number): boolean {
    return time >= this.#cells.streamTime - this.#retentionMs
  }

  latest(key: string): ValueAndTimestamp<S> | undefined {
    return this.#cells.latest(key)
  }

  asOf(key: string, time: number): ValueAndTimestamp<S> | undefined {
    const latest = this.#cells.latest(key)
    if (latest !== undefined && latest.timestamp <= time) return latest
    if (!this.admits(time)) return undefined
    const lowest = this.#segmentOf(time)
    for (const segment of this.#cells.segments) {
      if (segment < lowest) return undefined
      const list = this.#cells.list(segment, key)
      if (list === undefined) continue
      if (list.end <= time) return undefined
      const at = indexAt(list.times, time)
      if (at < 0) continue
      const value = list.values[at]
      return value === undefined ? undefined : { value, timestamp: list.times[at]! }
    }
    return undefined
  }

  /** The versions that held at some time from `from` to `to`, both included, the newest first. */
  versions(key: string, from: number, to: number): VersionedRecord<S>[] {
    const found: VersionedRecord<S>[] = []
    const latest = this.#cells.latest(key)
    if (latest !== undefined && latest.timestamp <= to) found.push(latest)
    if (!this.admits(to) || (latest !== undefined && latest.timestamp <= from)) return found
    for (const segment of this.#cells.segments) {
      const list = this.#cells.list(segment, key)
      if (list === undefined) continue
      if (list.end <= from) return found
      for (let i = indexAt(list.times, to); i >= 0; i--) {
        const validTo = list.endOf(i)
        if (validTo <= from) return found
        const value = list.values[i]
        if (value !== undefined) found.push({ value, timestamp: list.times[i]!, validTo })
      }
    }
    return found
  }

  /** See VersionedKeyValueStore: gives what its `put` returns. */
  put(key: string, value: S | undefined, time: number): number {
    if (!this.admits(time)) return PUT_RETURN_CODE_NOT_PUT
    if (time > this.#cells.streamTime) this.#cells.advance(time, this.#segmentOf(time - this.#retentionMs))
    const latest = this.#cells.latest(key)
    if (latest === undefined) return this.#putAmongOlder(key, value, time, undefined)
    if (time < latest.timestamp) return this.#putAmongOlder(key, value, time, latest.timestamp)
    if (time > latest.timestamp) this.#append(key, latest.value, latest.timestamp, time)
    // As in Java, a version that is deleted at its own time leaves no mark.
    this.#cells.putLatest(key, value === undefined ? undefined : { value, timestamp: time })
    return PUT_RETURN_CODE_VALID_TO_UNDEFINED
  }

  #segmentOf(time: number): number {
    return Math.floor(time / this.#segmentMs)
  }

  /** `next`: when the latest version begins; undefined where the key has none. */
  #putAmongOlder(key: string, value: S | undefined, time: number, next: number | undefined): number {
    const cells = this.#cells
    const lowest = this.#segmentOf(time)
    let end = next
    for (const segment of cells.segments) {
      if (segment < lowest) break
      const list = cells.list(segment, key)
      if (list === undefined) continue
      if (list.end <= time) break
      if (list.start <= time) return cells.listToChange(segment, key)!.put(value, time)
      end = list.start
    }
    if (end === undefined) {
      if (value === undefined) this.#markDeleted(key, time)
      else cells.putLatest(key, { value, timestamp: time })
      return PUT_RETURN_CODE_VALID_TO_UNDEFINED
    }
    const list = cells.listToChange(this.#segmentOf(end), key)
    if (list !== undefined && list.end > time) list.prepend(value, time)
    else this.#append(key, value, time, end)
    return end
  }

  /** Adds a version behind all that the segment of its end has of the key. */
  #append(key: string, value: S | undefined, time: number, end: number): void {
    const segment = this.#segmentOf(end)
    const list = this.#cells.listToChange(segment, key)
    if (list === undefined) this.#cells.putList(segment, key, VersionList.of(value, time, end))
    else list.append(value, time, end)
  }

  /** The end of a list says that there is nothing from then on. */
  #markDeleted(key: string, time: number): void {
    const segment = this.#segmentOf(time)
    const list = this.#cells.listToChange(segment, key)
    if (list === undefined) this.#cells.putList(segment, key, VersionList.of<S>(undefined, time, time))
    else if (list.end < time) list.append(undefined, list.end, time)
  }
}
