import type { Place, Shape } from './store-rows.ts'

/** What an argument is: a key of the store, bytes that a serializer of the caller has made, or plain data. */
type Argument = 'key' | 'bytes' | 'data'

/** `first`: the value of the one store that has it; `sum`: of all stores together; a place: rows, under what. */
export interface HandleMethod {
  readonly takes: readonly Argument[]
  readonly gives: 'first' | 'sum' | Place
}

type Methods = Readonly<Record<string, HandleMethod>>

const one = (takes: readonly Argument[]): HandleMethod => ({ takes, gives: 'first' })
const rows = (gives: Place, takes: readonly Argument[]): HandleMethod => ({ takes, gives })

const keyValue: Methods = {
  get: one(['key']),
  range: rows('key', ['key', 'key']),
  reverseRange: rows('key', ['key', 'key']),
  all: rows('key', []),
  reverseAll: rows('key', []),
  prefixScan: rows('key', ['bytes', 'data']),
  approximateNumEntries: { takes: [], gives: 'sum' },
}

const window: Methods = {
  fetch: one(['key', 'data']),
  fetchWindows: rows('time', ['key', 'data', 'data']),
  backwardFetchWindows: rows('time', ['key', 'data', 'data']),
  fetchAll: rows('windowed', ['data', 'data']),
  backwardFetchAll: rows('windowed', ['data', 'data']),
  fetchRange: rows('windowed', ['key', 'key', 'data', 'data']),
  backwardFetchRange: rows('windowed', ['key', 'key', 'data', 'data']),
  all: rows('windowed', []),
  backwardAll: rows('windowed', []),
}

const session: Methods = {
  fetchSession: one(['key', 'data', 'data']),
  fetch: rows('windowed', ['key']),
  backwardFetch: rows('windowed', ['key']),
  fetchRange: rows('windowed', ['key', 'key']),
  backwardFetchRange: rows('windowed', ['key', 'key']),
  findSessions: rows('windowed', ['key', 'data', 'data']),
  backwardFindSessions: rows('windowed', ['key', 'data', 'data']),
}

/** A kind of handle as it works over several threads. */
export interface HandleKind {
  readonly methods: Methods
  readonly shape: Shape
}

/** By the name of the `QueryableStoreType`. */
export const handleKinds: Readonly<Record<string, HandleKind>> = {
  keyValueStore: { methods: keyValue, shape: 'plain' },
  timestampedKeyValueStore: { methods: keyValue, shape: 'value' },
  timestampedKeyValueStoreWithHeaders: { methods: keyValue, shape: 'value' },
  windowStore: { methods: window, shape: 'plain' },
  timestampedWindowStore: { methods: window, shape: 'value' },
  timestampedWindowStoreWithHeaders: { methods: window, shape: 'value' },
  sessionStore: { methods: session, shape: 'plain' },
  sessionStoreWithHeaders: { methods: session, shape: 'aggregation' },
}
