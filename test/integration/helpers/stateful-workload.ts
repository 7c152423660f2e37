import type { ProducerMessage } from '../../../lib/client/types.ts'
import { BASE } from './recent-times.ts'
import { ADVANCE_MS, DIFFERENCE_MS, foreignKeyOf, GAP_MS, JOIN_MS, union, WINDOW_MS } from './stateful-topologies.ts'
import type { Family } from './stateful-topologies.ts'

const STEP_MS = 250
const JITTER_STEPS = 4
/** Fits every window, grace and limit. */
const CLOSING_MS = 300_000

export type Side = 'left' | 'right' | 'rows' | 'others'

/** A record of the input. */
export interface Event {
  readonly key: string
  readonly value: string | undefined
  readonly timestamp: number
}

export type Events = Readonly<Record<Side, readonly Event[]>>

/** Records that pass time on, and that no model knows. */
const CLOSING = 'closing'
export const isClosing = (key: string): boolean => key.startsWith(CLOSING)

/** Numbers from 0 to below 1, always the same for a seed. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Makes input in rounds: two streams, some seconds out of order, and two tables with deletions. */
export class Workload {
  readonly events: Record<Side, Event[]> = { left: [], right: [], rows: [], others: [] }
  readonly #random: () => number
  #made = 0

  constructor(seed: number) {
    this.#random = randomFrom(seed)
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  get now(): number {
    return BASE + this.#made * STEP_MS
  }

  /** The next records, about `count` for each side. */
  round(count: number): Record<Side, Event[]> {
    const round: Record<Side, Event[]> = { left: [], right: [], rows: [], others: [] }
    for (let i = 0; i < count; i++) {
      const number = this.#made++
      // no two records of a side are of the same ms
      const timestamp = BASE + number * STEP_MS + (number % STEP_MS) - this.#below(JITTER_STEPS) * 1000
      round.left.push({ key: `k${this.#below(12)}`, value: `l${number}`, timestamp })
      if (this.#random() < 0.7) round.right.push({ key: `k${this.#below(12)}`, value: `r${number}`, timestamp })
      const row = this.#random() < 0.2 ? undefined : `k${this.#below(8)}|${number}`
      round.rows.push({ key: `k${this.#below(16)}`, value: row, timestamp })
      const other = this.#random() < 0.2 ? undefined : `o${number}`
      if (this.#random() < 0.5) round.others.push({ key: `k${this.#below(8)}`, value: other, timestamp })
    }
    for (const side of ['left', 'right', 'rows', 'others'] as const) this.events[side].push(...round[side])
    return round
  }

  /** For each partition of a stream: what closes all windows. */
  closing(numPartitions: number, from = this.now): ProducerMessage[] {
    return [1, 2].flatMap((times) =>
      Array.from({ length: numPartitions }, (_, partition) => ({
        partition, key: `${CLOSING}-${partition}`, value: CLOSING, timestamp: from + times * CLOSING_MS,
      })))
  }
}

/** In the year 2100. */
export const FAR_FUTURE = 4_102_444_800_000

/** Records that nobody wants. */
export const badRecords = (): ProducerMessage[] => [
  { key: 'bad', value: 'k1|bad', timestamp: BASE },
  { value: 'k1|without a key', timestamp: BASE + 1 },
  { key: 'bad', timestamp: BASE + 2 },
  { timestamp: BASE + 3 },
  { key: Buffer.from([0xff, 0xfe]), value: Buffer.from([0xc0, 0x80, 0]), timestamp: BASE + 4 },
  { key: 'bad', value: 'huge'.repeat(100_000), timestamp: BASE + 5 },
  { key: '', value: '', timestamp: BASE + 6 },
  { key: 'bad', value: 'k1|of 1970', timestamp: 0 },
  { key: 'bad', value: 'k1|of the future', timestamp: FAR_FUTURE },
  { key: 'bad', value: 'k1|late', timestamp: BASE + 7 },
]

const byKey = (events: readonly Event[]): Map<string, Event[]> => {
  const groups = new Map<string, Event[]>()
  for (const event of events) {
    const group = groups.get(event.key)
    if (group === undefined) groups.set(event.key, [event])
    else group.push(event)
  }
  return groups
}

const idsOf = (events: readonly Event[]): string => union(...events.map(({ value }) => value ?? ''))

type Results = Map<string, string>

const inWindows = (events: readonly Event[], advance: number): Results => {
  const windows = new Map<string, Event[]>()
  for (const event of events) {
    const last = event.timestamp - (event.timestamp % advance)
    for (let start = last; start > event.timestamp - WINDOW_MS; start -= advance) {
      const place = `${event.key}@${start}`
      windows.set(place, [...(windows.get(place) ?? []), event])
    }
  }
  return new Map([...windows].map(([place, inside]) => [place, idsOf(inside)]))
}

const inSlidingWindows = (events: readonly Event[]): Results => {
  const results: Results = new Map()
  for (const [key, group] of byKey(events)) {
    const inside = (start: number): Event[] => group.filter(({ timestamp }) => timestamp >= start && timestamp <= start + DIFFERENCE_MS)
    for (const { timestamp } of group) {
      for (const start of [timestamp - DIFFERENCE_MS, timestamp + 1]) {
        const found = inside(start)
        if (found.length > 0) results.set(`${key}@${start}`, idsOf(found))
      }
    }
  }
  return results
}

const inSessions = (events: readonly Event[]): Results => {
  const results: Results = new Map()
  for (const [key, group] of byKey(events)) {
    const sorted = [...group].sort((a, b) => a.timestamp - b.timestamp)
    let session: Event[] = []
    const close = (): void => {
      const [first, last] = [session[0], session.at(-1)]
      if (first !== undefined && last !== undefined) results.set(`${key}@${first.timestamp}-${last.timestamp}`, idsOf(session))
      session = []
    }
    for (const event of sorted) {
      const last = session.at(-1)
      if (last !== undefined && event.timestamp - last.timestamp > GAP_MS) close()
      session.push(event)
    }
    close()
  }
  return results
}

/** Each result is a key of its own. */
const joined = ({ left, right }: Events, keepsLeft: boolean, keepsRight: boolean): Results => {
  const results: Results = new Map()
  const others = byKey(right)
  const matched = new Set<Event>()
  const add = (key: string, l: Event | undefined, r: Event | undefined): void => {
    const value = `${l?.value ?? ''}+${r?.value ?? ''}`
    results.set(`${key}=${value}`, value)
  }
  for (const l of left) {
    let isMatched = false
    for (const r of others.get(l.key) ?? []) {
      if (Math.abs(l.timestamp - r.timestamp) > JOIN_MS) continue
      isMatched = true
      matched.add(r)
      add(l.key, l, r)
    }
    if (!isMatched && keepsLeft) add(l.key, l, undefined)
  }
  if (keepsRight) for (const r of right) if (!matched.has(r)) add(r.key, undefined, r)
  return results
}

const asOf = ({ left, right }: Events): Results => {
  const versions = byKey(right)
  const results: Results = new Map()
  for (const { key, value, timestamp } of left) {
    let version: Event | undefined
    for (const other of versions.get(key) ?? []) {
      if (other.timestamp <= timestamp && (version === undefined || other.timestamp > version.timestamp)) version = other
    }
    const result = `${value}+${version?.value ?? ''}`
    results.set(`${key}=${result}`, result)
  }
  return results
}

const rowsOf = (events: readonly Event[]): Results => {
  const rows: Results = new Map()
  for (const { key, value } of events) {
    if (value === undefined) rows.delete(key)
    else rows.set(key, value)
  }
  return rows
}

const tables = ({ rows, others }: Events, isInner: boolean, foreign: boolean, keepsOthers = false): Results => {
  const [left, right] = [rowsOf(rows), rowsOf(others)]
  const results: Results = new Map()
  for (const [key, row] of left) {
    const other = right.get(foreign ? foreignKeyOf(row) : key)
    if (other !== undefined || !isInner) results.set(key, `${row}+${other ?? ''}`)
  }
  if (keepsOthers) for (const [key, other] of right) if (!left.has(key)) results.set(key, `+${other}`)
  return results
}

const groups = ({ rows }: Events): Results => {
  const results: Results = new Map()
  for (const [key, row] of rowsOf(rows)) results.set(foreignKeyOf(row), union(results.get(foreignKeyOf(row)) ?? '', key))
  return results
}

const newest = ({ left }: Events): Results =>
  new Map([...byKey(left)].map(([key, group]) => [key, group.map(({ value }) => value ?? '').sort().at(-1) ?? '']))

/**
 * What the output topic of a family says in the end: of a table its `last` rows; of final results `only` these, each at least
 * once; of joined streams `each` result is a key of its own.
 */
export interface Expected {
  readonly counts: 'last' | 'only' | 'each'
  readonly results: Results
}

const models: Record<Family, (events: Events) => Expected> = {
  tumbling: ({ left }) => ({ counts: 'last', results: inWindows(left, WINDOW_MS) }),
  hopping: ({ left }) => ({ counts: 'last', results: inWindows(left, ADVANCE_MS) }),
  'tumbling-close': ({ left }) => ({ counts: 'only', results: inWindows(left, WINDOW_MS) }),
  'hopping-close': ({ left }) => ({ counts: 'only', results: inWindows(left, ADVANCE_MS) }),
  sliding: ({ left }) => ({ counts: 'last', results: inSlidingWindows(left) }),
  'sliding-close': ({ left }) => ({ counts: 'only', results: inSlidingWindows(left) }),
  sessions: ({ left }) => ({ counts: 'last', results: inSessions(left) }),
  'sessions-close': ({ left }) => ({ counts: 'only', results: inSessions(left) }),
  'suppress-close': ({ left }) => ({ counts: 'only', results: inWindows(left, WINDOW_MS) }),
  'suppress-limit': (events) => ({ counts: 'last', results: newest(events) }),
  'join-inner': (events) => ({ counts: 'each', results: joined(events, false, false) }),
  'join-left': (events) => ({ counts: 'each', results: joined(events, true, false) }),
  'join-outer': (events) => ({ counts: 'each', results: joined(events, true, true) }),
  'foreign-inner': (events) => ({ counts: 'last', results: tables(events, true, true) }),
  'foreign-left': (events) => ({ counts: 'last', results: tables(events, false, true) }),
  'table-inner': (events) => ({ counts: 'last', results: tables(events, true, false) }),
  'table-outer': (events) => ({ counts: 'last', results: tables(events, false, false, true) }),
  'table-groups': (events) => ({ counts: 'last', results: groups(events) }),
  cogroup: ({ left, right }) => ({ counts: 'last', results: inWindows([...left, ...right], WINDOW_MS) }),
  'as-of': (events) => ({ counts: 'each', results: asOf(events) }),
}

export const expectedOf = (family: Family, events: Events): Expected => models[family](events)

/** A result that is read. */
export interface Result {
  readonly key: string
  readonly value: string | undefined
}

/** What results say, in the terms of the model. Of results that should be equal all different ones are named. */
export const stateOf = (counts: Expected['counts'], read: readonly Result[]): Results => {
  const state: Results = new Map()
  for (const { key, value } of read) {
    if (isClosing(key)) continue
    if (counts === 'each') state.set(`${key}=${value}`, value ?? '')
    else if (counts === 'only') {
      const before = state.get(key)
      state.set(key, before === undefined || before === value ? (value ?? '') : `${before} then ${value}`)
    } else if (value === undefined || value === '') state.delete(key)
    else state.set(key, value)
  }
  return state
}

/** Keys of results that are missing, wrong or too many, with what is there and what should be; at most 10. */
export const differences = ({ results }: Expected, state: Results): string[] => {
  const found: string[] = []
  for (const [key, value] of results) if (state.get(key) !== value) found.push(`${key}: ${state.get(key) ?? 'missing'}, not ${value}`)
  for (const [key, value] of state) if (!results.has(key)) found.push(`${key}: ${value} is too much`)
  return found.length > 10 ? [...found.slice(0, 10), `… ${found.length} in all`] : found
}
