import { performance } from 'node:perf_hooks'
import { NONE } from '../../stores/internals/cache-columns.ts'
import { SuppressionBuffer } from '../../stores/internals/buffer/suppression-buffer.ts'
import { MeteredStore } from '../../stores/internals/metered-store.ts'
import type { StateStore } from '../../topology/api.ts'
import type { MetricScope, StatName } from '../metrics/metric-scope.ts'
import type { Sensor } from '../metrics/sensor.ts'
import { latency, minMaxAvg, rateAndTotal } from '../metrics/stat-names.ts'

const GROUP = 'stream-state-metrics'
const NS_PER_MS = 1e6

/** What is measured of each kind of store: Java's name of the operation, and the methods that are such. */
type Operations = Readonly<Record<string, readonly string[]>>

const life: Operations = { flush: ['flushCache'], commit: ['commit'] }

const operations: Readonly<Record<'key-value' | 'window' | 'session', Operations>> = {
  'key-value': {
    'put': ['put'],
    'put-if-absent': ['putIfAbsent'],
    'get': ['get'],
    'put-all': ['putAll'],
    'delete': ['delete'],
    'all': ['all', 'reverseAll'],
    'range': ['range', 'reverseRange'],
    'prefix-scan': ['prefixScan'],
    ...life,
  },
  'window': {
    put: ['put'],
    fetch: ['fetch', 'backwardFetch', 'fetchAll', 'backwardFetchAll', 'all', 'backwardAll', 'fetchRange', 'backwardFetchRange', 'fetchClosed', 'rowsOf'],
    ...life,
  },
  'session': {
    put: ['put'],
    fetch: ['fetch', 'backwardFetch', 'fetchRange', 'backwardFetchRange', 'findSessions', 'backwardFindSessions', 'findSessionsRange', 'fetchSession', 'rowsOf'],
    remove: ['remove'],
    ...life,
  },
}

const END_TO_END = 'end-to-end latency of a record, measuring by comparing the record timestamp with the system time when it has been fully processed by the node'

type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined>

const kindOf = (store: StateStore): 'key-value' | 'window' | 'session' =>
  'fetchSession' in store ? 'session' : 'backwardFetchAll' in store ? 'window' : 'key-value'

type BuiltInStore = StateStore & { readonly engine: string }

/** The tag that names the store, by Java's names of engines: a dashboard made for Java finds both kinds, on disk and in memory. */
const tagOf = (store: BuiltInStore): string => {
  const kind = kindOf(store)
  const engine = store.persistent ? 'rocksdb' : store.engine === 'lru' ? 'in-memory-lru' : 'in-memory'
  return kind === 'key-value' ? `${engine}-state-id` : `${engine}-${kind}-state-id`
}

const calls = (operation: string): StatName[] => {
  const [rate] = rateAndTotal(operation, operation === 'restore' ? 'restorations' : `calls to ${operation}`)
  return [...latency(operation, operation === 'restore' ? 'restorations' : `calls to ${operation}`), rate!]
}

/** The metrics of the stores of one task. What costs something is only measured at level DEBUG: then the stores' methods are wrapped. */
export class StateMetrics {
  readonly #scope: MetricScope
  readonly #timestamp: () => number

  /** `timestamp`: that of the record being processed. */
  constructor(scope: MetricScope, timestamp: () => number) {
    this.#scope = scope
    this.#timestamp = timestamp
  }

  /** Shows a store; stores of the user's own are not measured, as in Java. Answers what to call when it was opened. */
  measure(store: StateStore): (openedInMs: number) => void {
    if (store instanceof SuppressionBuffer) this.#buffer(store)
    if (!(store instanceof MeteredStore)) return () => {}
    const tags = { [tagOf(store)]: store.name }
    const methods = store as unknown as Methods
    const iterators = new OpenIterators(this.#scope, tags)
    for (const [operation, names] of Object.entries(operations[kindOf(store)])) {
      const sensor = this.#scope.sensor(GROUP, 'DEBUG', calls(operation), tags)
      if (sensor.isRecording) for (const name of names) measureCalls(methods, name, sensor, iterators)
    }
    this.#endToEnd(methods, tags)
    this.#keys(store, tags)
    const restore = this.#scope.sensor(GROUP, 'DEBUG', calls('restore'), tags)
    return (ms) => restore.record(ms * NS_PER_MS)
  }

  /** The cache above a store, where it has one. */
  measureCache(storeName: string, cache: object | undefined): void {
    if (cache === undefined) return
    const sensor = this.#scope.sensor('stream-record-cache-metrics', 'DEBUG', minMaxAvg('hit-ratio', 'cache hit ratio'), { 'record-cache-id': storeName })
    const methods = cache as Methods
    const get = methods.get
    if (!sensor.isRecording || get === undefined) return
    let lookups = 0
    let hits = 0
    methods.get = (...args) => {
      const row = Reflect.apply(get, cache, args)
      lookups++
      if (row !== NONE) hits++
      sensor.record(hits / lookups)
      return row
    }
  }

  #endToEnd(methods: Methods, tags: Readonly<Record<string, string>>): void {
    const sensor = this.#scope.sensor(GROUP, 'TRACE', [
      ['record-e2e-latency-avg', 'avg', `The average ${END_TO_END}`],
      ['record-e2e-latency-min', 'min', `The minimum ${END_TO_END}`],
      ['record-e2e-latency-max', 'max', `The maximum ${END_TO_END}`],
    ], tags)
    const put = methods.put
    if (!sensor.isRecording || put === undefined) return
    methods.put = (...args) => {
      const answer = Reflect.apply(put, methods, args)
      const now = this.#scope.registry.time.now()
      if (this.#timestamp() >= 0) sensor.recordAt(now - this.#timestamp(), now)
      return answer
    }
  }

  #keys(store: BuiltInStore, tags: Readonly<Record<string, string>>): void {
    if (!('approximateNumEntries' in store)) return
    const { approximateNumEntries } = store as { approximateNumEntries: () => number }
    const count = (): number => (store.isOpen ? Reflect.apply(approximateNumEntries, store, []) : 0)
    if (store.persistent) this.#scope.gauge(GROUP, 'estimate-num-keys', 'Estimated number of keys in the active and unflushed immutable memtables and storage', count, tags)
    else this.#scope.gauge(GROUP, 'num-keys', 'The current number of keys in the in-memory state store', count, tags)
  }

  #buffer(buffer: SuppressionBuffer<unknown, unknown>): void {
    const tags = { 'in-memory-suppression-state-id': buffer.name }
    const sensor = (what: string): Sensor => this.#scope.sensor(GROUP, 'DEBUG', [
      [`suppression-buffer-${what}-avg`, 'avg', `The average ${what} of buffered records`],
      [`suppression-buffer-${what}-max`, 'max', `The maximum ${what} of buffered records`],
    ], tags)
    const count = sensor('count')
    const size = sensor('size')
    if (!count.isRecording) return
    const methods = buffer as unknown as Methods
    for (const name of ['put', 'emitUntil', 'emitWhile']) {
      const method = methods[name]!
      methods[name] = (...args) => {
        const answer = Reflect.apply(method, buffer, args)
        count.record(buffer.count)
        size.record(buffer.byteSize)
        return answer
      }
    }
  }
}

const measureCalls = (methods: Methods, name: string, sensor: Sensor, iterators: OpenIterators): void => {
  const method = methods[name]
  if (method === undefined) return
  methods[name] = (...args) => {
    const begunAt = performance.now()
    const answer = Reflect.apply(method, methods, args)
    const done = (): void => sensor.record((performance.now() - begunAt) * NS_PER_MS)
    if (answer instanceof Promise) void answer.then(done, () => {})
    else done()
    return isIterator(answer) ? iterators.opened(answer) : answer
  }
}

interface Closeable {
  close(): void
}

const isIterator = (answer: unknown): answer is Closeable => typeof answer === 'object' && answer !== null && 'next' in answer && 'close' in answer

/** The iterators of one store that are not closed. */
class OpenIterators {
  readonly #scope: MetricScope
  readonly #duration: Sensor
  /** When each was opened, ms. */
  readonly #open = new Map<object, number>()

  constructor(scope: MetricScope, tags: Readonly<Record<string, string>>) {
    this.#scope = scope
    this.#duration = scope.sensor(GROUP, 'DEBUG', [
      ['iterator-duration-avg', 'avg', 'The average time spent between creating an iterator and closing it, in nanoseconds'],
      ['iterator-duration-max', 'max', 'The maximum time spent between creating an iterator and closing it, in nanoseconds'],
    ], tags)
    scope.gauge(GROUP, 'num-open-iterators', 'The current number of iterators on the store that have been created, but not yet closed', () => this.#open.size, tags)
    const oldest = 'The UNIX timestamp the oldest still open iterator was created, in milliseconds'
    scope.gauge(GROUP, 'oldest-iterator-open-since-ms', oldest, () => (this.#open.size === 0 ? 0 : Math.min(...this.#open.values())), tags)
  }

  opened<I extends Closeable>(iterator: I): I {
    const { close } = iterator
    this.#open.set(iterator, this.#scope.registry.time.now())
    const begunAt = performance.now()
    iterator.close = () => {
      if (this.#open.delete(iterator)) this.#duration.record((performance.now() - begunAt) * NS_PER_MS)
      Reflect.apply(close, iterator, [])
    }
    return iterator
  }
}
