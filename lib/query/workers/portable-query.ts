import { InvalidStateStoreError } from '../../core/errors.ts'
import { isData } from '../../runtime/workers/data.ts'
import type { TopologyExports } from '../../runtime/workers/topology-module.ts'
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
  /** Of a query of the user's own: the name under which the module of the topology exports its class, and its fields. */
  readonly exported?: string
  readonly fields?: object
}

/** What a query answers: one shown value, a list of them, or rows under places. */
export interface QueryAnswer {
  readonly shape: Shape
  readonly gives: 'one' | 'list' | 'data' | Place
}

const answers: Readonly<Record<string, QueryAnswer>> = {
  KeyQuery: { shape: 'plain', gives: 'one' },
  TimestampedKeyQuery: { shape: 'value', gives: 'one' },
  RangeQuery: { shape: 'plain', gives: 'key' },
  TimestampedRangeQuery: { shape: 'value', gives: 'key' },
  VersionedKeyQuery: { shape: 'value', gives: 'one' },
  MultiVersionedKeyQuery: { shape: 'value', gives: 'list' },
  WindowKeyQuery: { shape: 'plain', gives: 'time' },
  WindowRangeQuery: { shape: 'plain', gives: 'windowed' },
}

/** Queries of the user's own answer data. */
export const answerOf = ({ name, exported }: PortableQuery): QueryAnswer => (exported === undefined ? answers[name] : undefined) ?? { shape: 'plain', gives: 'data' }

/** @throws {InvalidStateStoreError} for a query of the user's own that the other thread cannot make */
export const packQuery = (query: Query<unknown>, rows: StoreRows, exports: TopologyExports): PortableQuery => {
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
  return packOwn(query, exports)
}

const packOwn = (query: Query<unknown>, exports: TopologyExports): PortableQuery => {
  const { name } = query
  const [exported] = Object.entries(exports).find(([, value]) => value === query.constructor) ?? []
  if (exported === undefined) {
    throw new InvalidStateStoreError(`a ${name} cannot be put to stores that live in worker threads: have the module of the topology export its class, since code cannot be sent there`)
  }
  const fields = { ...query }
  if (!isData(fields)) throw new InvalidStateStoreError(`a ${name} cannot be put to stores that live in worker threads: its fields are no data`)
  return { name, exported, fields }
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

export const unpackQuery = (packed: PortableQuery, rows: StoreRows, exports: TopologyExports): Query<unknown> => {
  if (packed.exported !== undefined) {
    const { prototype } = exports[packed.exported] as { readonly prototype: Query<unknown> }
    return Object.assign(Object.create(prototype) as Query<unknown>, packed.fields)
  }
  const unpacked = unpack[packed.name]?.(packed, rows)
  if (unpacked === undefined) throw new InvalidStateStoreError(`a ${packed.name} cannot be put to stores that live in worker threads`)
  return unpacked
}
