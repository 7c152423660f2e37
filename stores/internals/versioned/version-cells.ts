import type { ValueAndTimestamp } from '../../../topology/api.ts'
import type { VersionList } from './version-list.ts'

/**
 * Where a versioned store keeps its rows: for each key the latest version, and its older ones in lists, one for each segment of
 * time in which versions ended. Keys are the bytes of users' keys as latin1 strings.
 */
export interface VersionCells<S> {
  latest(key: string): ValueAndTimestamp<S> | undefined
  /** `undefined` deletes. The row is not changed afterwards. */
  putLatest(key: string, row: ValueAndTimestamp<S> | undefined): void
  list(segment: number, key: string): VersionList<S> | undefined
  /** The same list, or a copy that takes its place: to be changed. */
  listToChange(segment: number, key: string): VersionList<S> | undefined
  putList(segment: number, key: string, list: VersionList<S>): void
  /** Numbers of the segments that have lists, the newest first. */
  readonly segments: readonly number[]
  /** Largest timestamp put so far, or -1. */
  readonly streamTime: number
  /** Moves stream time on. Lists of segments before `oldest` are not asked for any more. */
  advance(streamTime: number, oldest: number): void
}

/** Descending numbers with one more. */
export const withSegment = (segments: readonly number[], added: number): readonly number[] =>
  segments.includes(added) ? segments : [...segments, added].sort((a, b) => b - a)

/** True when no segment is before `oldest`. */
export const areLive = (segments: readonly number[], oldest: number): boolean =>
  segments.length === 0 || segments[segments.length - 1]! >= oldest

/** Rows in memory: a segment expires as a whole. */
export class MemoryVersionCells<S> implements VersionCells<S> {
  readonly #latest = new Map<string, ValueAndTimestamp<S>>()
  readonly #lists = new Map<number, Map<string, VersionList<S>>>()
  segments: readonly number[] = []
  streamTime = -1

  latest(key: string): ValueAndTimestamp<S> | undefined {
    return this.#latest.get(key)
  }

  putLatest(key: string, row: ValueAndTimestamp<S> | undefined): void {
    if (row === undefined) this.#latest.delete(key)
    else this.#latest.set(key, row)
  }

  list(segment: number, key: string): VersionList<S> | undefined {
    return this.#lists.get(segment)?.get(key)
  }

  listToChange(segment: number, key: string): VersionList<S> | undefined {
    return this.list(segment, key)
  }

  putList(segment: number, key: string, list: VersionList<S>): void {
    let lists = this.#lists.get(segment)
    if (lists === undefined) {
      lists = new Map()
      this.#lists.set(segment, lists)
      this.segments = withSegment(this.segments, segment)
    }
    lists.set(key, list)
  }

  advance(streamTime: number, oldest: number): void {
    this.streamTime = streamTime
    if (areLive(this.segments, oldest)) return
    for (const each of this.segments) if (each < oldest) this.#lists.delete(each)
    this.segments = this.segments.filter((each) => each >= oldest)
  }
}
