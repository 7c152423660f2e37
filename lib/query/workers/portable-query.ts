import { InvalidStateStoreError } from '../../core/errors.ts'
import type { Query } from '../query.ts'
import { KeyQuery, RangeQuery, TimestampedKeyQuery, TimestampedRangeQuery } from '../queries/key-queries.ts'
import { MultiVersionedKeyQuery, VersionedKeyQuery } from '../queries/versioned-queries.ts'
import type { Times } from '../queries/versioned-queries.ts'
import { WindowKeyQuery, WindowRangeQuery } from '../queries/window-queries.ts'
import type { Place, Shape, StoreRows } from './store-rows.ts'

/** A query as data; keys are packed. */
export interface PortableQuery {
  readonly name: string
  readonly key?: unknown
  readonly lower?: unknown
  readonly upper?: unknown
  readonly isDescending?: boolean
  readonly isSkipCache?: boolean
  readonly asOf?: number | undefined
  readonly times?: Times
  readonly timeFrom?: number | undefined
  readonly timeTo?: number | undefined
}

/** What a query answers: one shown value, a list of them, or rows under places. */
export interface QueryAnswer {
  readonly shape: Shape
  readonly gives: 'one' | 'list' | Place
}

export const answers: Readonly<Record<string, QueryAnswer>> = {
  KeyQuery: { shape: 'plain', gives: 'one' },
  TimestampedKeyQuery: { shape: 'value', gives: 'one' },
  RangeQuery: { shape: 'plain', gives: 'key' },
  TimestampedRangeQuery: { shape: 'value', gives: 'key' },
  VersionedKeyQuery: { shape: 'value', gives: 'one' },
  MultiVersionedKeyQuery: { shape: 'value', gives: 'list' },
  WindowKeyQuery: { shape: 'plain', gives: 'time' },
  WindowRangeQuery: { shape: 'plain', gives: 'windowed' },
}

/** @throws {InvalidStateStoreError} for a query of the user's own: its code cannot be sent to another thread */
export const packQuery = (query: Query<unknown>, rows: StoreRows): PortableQuery => {
  const { name } = query
  if (query instanceof KeyQuery || query instanceof TimestampedKeyQuery) {
    return { name, key: rows.packKey(query.key), isSkipCache: query.isSkipCache }
  }
  if (query instanceof RangeQuery || query instanceof TimestampedRangeQuery) {
    return { name, lower: rows.packKey(query.lowerBound), upper: rows.packKey(query.upperBound), isDescending: query.isDescending }
  }
  if (query instanceof VersionedKeyQuery) return { name, key: rows.packKey(query.key), asOf: query.asOfTimestamp }
  if (query instanceof MultiVersionedKeyQuery) return { name, key: rows.packKey(query.key), times: query.times }
  if (query instanceof WindowKeyQuery) return { name, key: rows.packKey(query.key), timeFrom: query.timeFrom, timeTo: query.timeTo }
  if (query instanceof WindowRangeQuery) return { name, key: rows.packKey(query.key), timeFrom: query.timeFrom, timeTo: query.timeTo }
  throw new InvalidStateStoreError(`a ${name} cannot be put to stores that live in worker threads: only Kafka's own queries can, since code cannot be sent there`)
}

type Unpack = (packed: PortableQuery, rows: StoreRows) => Query<unknown>

const descending = <Q extends { withDescendingKeys(): Q }>(query: Q, isDescending: boolean | undefined): Q => (isDescending === true ? query.withDescendingKeys() : query)

const multiVersioned: Unpack = ({ key, times }, rows) => {
  const query = MultiVersionedKeyQuery.withKey<unknown, unknown>(rows.unpackKey(key))
  if (times === undefined) return query
  const bounded = query.fromTime(times.from).toTime(times.to)
  return times.ascending ? bounded.withAscendingTimestamps() : bounded
}

const unpack: Readonly<Record<string, Unpack>> = {
  KeyQuery: ({ key, isSkipCache }, rows) => {
    const query = KeyQuery.withKey<unknown, unknown>(rows.unpackKey(key))
    return isSkipCache === true ? query.skipCache() : query
  },
  TimestampedKeyQuery: ({ key, isSkipCache }, rows) => {
    const query = TimestampedKeyQuery.withKey<unknown, unknown>(rows.unpackKey(key))
    return isSkipCache === true ? query.skipCache() : query
  },
  RangeQuery: ({ lower, upper, isDescending }, rows) =>
    descending(RangeQuery.withRange<unknown, unknown>(rows.unpackKey(lower), rows.unpackKey(upper)), isDescending),
  TimestampedRangeQuery: ({ lower, upper, isDescending }, rows) =>
    descending(TimestampedRangeQuery.withRange<unknown, unknown>(rows.unpackKey(lower), rows.unpackKey(upper)), isDescending),
  VersionedKeyQuery: ({ key, asOf }, rows) => {
    const query = VersionedKeyQuery.withKey<unknown, unknown>(rows.unpackKey(key))
    return asOf === undefined ? query : query.asOf(asOf)
  },
  MultiVersionedKeyQuery: multiVersioned,
  WindowKeyQuery: ({ key, timeFrom = 0, timeTo = 0 }, rows) =>
    WindowKeyQuery.withKeyAndWindowStartRange<unknown, unknown>(rows.unpackKey(key), timeFrom, timeTo),
  WindowRangeQuery: ({ key, timeFrom = 0, timeTo = Number.MAX_SAFE_INTEGER }, rows) =>
    key === undefined ? WindowRangeQuery.withWindowStartRange(timeFrom, timeTo) : WindowRangeQuery.withKey<unknown, unknown>(rows.unpackKey(key)),
}

export const unpackQuery = (packed: PortableQuery, rows: StoreRows): Query<unknown> => {
  const unpacked = unpack[packed.name]?.(packed, rows)
  if (unpacked === undefined) throw new InvalidStateStoreError(`a ${packed.name} cannot be put to stores that live in worker threads`)
  return unpacked
}
