import type { TimedKeys } from './timed-key.ts'
import type { TimedPosition } from './timed-rows.ts'

/** The order in which a store walks over rows of several keys. */
export type TimedOrder = (a: TimedPosition, b: TimedPosition) => number

const byKey = (a: TimedPosition, b: TimedPosition): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** Java's in-memory stores: by time, then key; of sessions that end together the later start comes first. */
export const orderByTime = (laterMinorFirst: boolean): TimedOrder => (a, b) =>
  a.time - b.time || byKey(a, b) || (laterMinorFirst ? b.minor - a.minor : a.minor - b.minor)

/** Java's stores in files of sessions that are sent when they close: by end, then start, then key. */
export const orderByEndAndStart: TimedOrder = (a, b) => a.time - b.time || a.minor - b.minor || byKey(a, b)

/** Java's stores in files: by segment of time, and within one by the bytes of key, time and minor number. */
export const orderBySegment = (segmentMs: number, keys: TimedKeys): TimedOrder => (a, b) => {
  const segments = Math.floor(a.time / segmentMs) - Math.floor(b.time / segmentMs)
  if (segments !== 0) return segments
  if (a.key === b.key) return a.time - b.time || a.minor - b.minor
  const x = keys.compose(a.key, a.time, a.minor)
  const y = keys.compose(b.key, b.time, b.minor)
  return x < y ? -1 : 1
}

/** How long Java's persistent stores make a segment. */
export const segmentMsFor = (retentionMs: number): number => Math.max(Math.floor(retentionMs / 2), 60_000)
