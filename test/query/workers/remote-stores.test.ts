import { Serdes, Stores, StreamsBuilder } from '../../../lib/index.ts'
import type { Processor, ProcessorContext, Record, StateStore, Topology } from '../../../lib/index.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import { KeyQuery, RangeQuery, TimestampedKeyQuery, TimestampedRangeQuery } from '../../../lib/query/queries/key-queries.ts'
import { MultiVersionedKeyQuery, VersionedKeyQuery } from '../../../lib/query/queries/versioned-queries.ts'
import { WindowKeyQuery, WindowRangeQuery } from '../../../lib/query/queries/window-queries.ts'
import { StateQueryResult } from '../../../lib/query/query.ts'
import type { Query, QueryResult } from '../../../lib/query/query.ts'
import { QueryableStoreTypes } from '../../../lib/query/queryable-store-types.ts'
import type { QueryableStoreType } from '../../../lib/query/queryable-store-types.ts'
import { Answering } from '../../../lib/query/workers/answering.ts'
import { packQuery, unpackQuery } from '../../../lib/query/workers/portable-query.ts'
import { remoteQuery } from '../../../lib/query/workers/remote-query.ts'
import type { Ask } from '../../../lib/query/workers/remote-rows.ts'
import { remoteStore } from '../../../lib/query/workers/remote-store.ts'
import { StoreRows } from '../../../lib/query/workers/store-rows.ts'
import { prepareTopology } from '../../../lib/runtime/prepared-topology.ts'
import type { WorkerContent } from '../../../lib/runtime/workers/worker-side.ts'
import { silentLogger } from '../../../lib/core/log.ts'
import { TopologyTestDriver } from '../../../lib/testing/index.ts'
import { StreamsConfig } from '../../../topology/config.ts'

/** A value of a class, which would be none any more if it was sent as it is. */
class Amount {
  readonly cents: number

  constructor(cents: number) {
    this.cents = cents
  }

  get euros(): number {
    return this.cents / 100
  }
}

const amountSerde: Serde<Amount> = {
  serializer: { serialize: (_topic, amount) => (amount === undefined ? undefined : Buffer.from(String(amount.cents))) },
  deserializer: { deserialize: (_topic, data) => (data === undefined ? undefined : new Amount(Number(Buffer.from(data).toString()))) },
}

const amounts = Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore('amounts'), Serdes.string, amountSerde)
const windows = Stores.timestampedWindowStoreBuilder(Stores.inMemoryWindowStore('windows', 3_600_000, 10), Serdes.string, amountSerde)
const sessions = Stores.sessionStoreBuilder(Stores.inMemorySessionStore('sessions', 3_600_000), Serdes.string, amountSerde)
const versions = Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('versions', 3_600_000), Serdes.string, amountSerde)

class Keeper implements Processor<string, string, never, never> {
  #context!: ProcessorContext

  init(context: ProcessorContext): void {
    this.#context = context
  }

  process({ key, value, timestamp }: Record<string, string>): void {
    const amount = new Amount(Number(value))
    this.#context.getStateStore(amounts).put(key, { value: amount, timestamp })
    this.#context.getStateStore(windows).put(key, { value: amount, timestamp }, timestamp)
    this.#context.getStateStore(sessions).put({ key, window: { start: timestamp, end: timestamp + 5 } }, amount)
    this.#context.getStateStore(versions).put(key, amount, timestamp)
  }
}

const keeping = (): Topology => {
  const builder = new StreamsBuilder()
  builder.stream('in', { key: Serdes.string, value: Serdes.string }).process({ get: () => new Keeper(), stores: [amounts, windows, sessions, versions] })
  return builder.build()
}

/** A query of the user's own. */
class SumQuery implements Query<unknown> {
  readonly name = 'SumQuery'
  readonly keys: readonly string[]
  readonly wantsObject: boolean

  constructor(keys: readonly string[], wantsObject = false) {
    this.keys = keys
    this.wantsObject = wantsObject
  }

  accepts(store: StateStore): boolean {
    return 'get' in store
  }

  execute(store: () => StateStore): unknown {
    const found = store() as StateStore & { get(key: string): { value: Amount } | undefined }
    const sum = this.keys.reduce((cents, key) => cents + (found.get(key)?.value.cents ?? 0), 0)
    return this.wantsObject ? new Amount(sum) : { cents: sum }
  }
}

/** What the module of the topology would export. */
const exports = { SumQuery }

const config = new StreamsConfig({ applicationId: 'app', bootstrapServers: 'nowhere:1' })
const prepared = prepareTopology(keeping(), config, silentLogger)

/** What a worker with one task answers, as if it was in another thread; also counts the cursors that are asked for. */
const workerWith = (partition: number, records: readonly (readonly [string, string, number])[], drivers: TopologyTestDriver[], asked: string[]): Ask => {
  const driver = new TopologyTestDriver(keeping())
  drivers.push(driver)
  const input = driver.createInputTopic('in', { key: Serdes.string, value: Serdes.string })
  for (const [key, value, timestamp] of records) input.pipeInput(key, value, { timestamp })
  const task = { id: { partition }, store: (name: string) => driver.getStateStore<StateStore>(name), positions: () => [{ topic: 'in', partition, offset: records.length }], inputPartitions: [{ topic: 'in', partition }] }
  const thread = { state: 'RUNNING', tasks: [{ phase: 'running', isRunning: true, startOffsets: new Map(), task }], standbyTasks: [] }
  const answering = new Answering()
  const content = { prepared, exports, thread, globalStore: () => undefined } as unknown as WorkerContent
  return async (question) => {
    asked.push((question as { kind: string }).kind)
    return structuredClone(await answering.answer(structuredClone(question), content))
  }
}

const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

describe('stores that live in workers', () => {
  const drivers: TopologyTestDriver[] = []
  const asked: string[] = []
  const workers = [
    workerWith(0, [['a', '100', 1000], ['a', '150', 2000], ['c', '300', 3000]], drivers, asked),
    workerWith(1, [['b', '200', 1000], ...Array.from({ length: 1200 }, (_, i) => [`z${String(i).padStart(4, '0')}`, String(i), 4000] as const)], drivers, asked),
  ]
  afterAll(() => drivers.forEach((driver) => driver.close()))

  const rowsOf = (name: string) => new StoreRows(prepared.builder, config, name)

  const handle = <T>(storeName: string, type: QueryableStoreType<T>, all: readonly Ask[] = workers): T =>
    remoteStore({ storeName, type }, { rows: rowsOf(storeName), workers: () => all, local: () => undefined })

  const query = <R>(name: string, asking: Query<R>): Promise<StateQueryResult<R>> =>
    remoteQuery({ name, partitionCount: 2, rows: rowsOf(name), workers, exports, local: new StateQueryResult(new Map(), undefined) }, { store: name, query: asking })

  const resultsOf = async <R>(name: string, asking: Query<R>): Promise<R[]> =>
    [...(await query(name, asking)).partitionResults.values()].filter((result): result is Extract<QueryResult<R>, { isSuccess: true }> => result.isSuccess).map(({ result }) => result)

  test('should give values of their class, from whichever worker has the key', async () => {
    const store = handle('amounts', QueryableStoreTypes.keyValueStore<string, Amount>())
    expect((await store.get('a'))?.euros).toBe(1.5)
    expect((await store.get('b'))?.euros).toBe(2)
    expect(await store.get('nobody')).toBeUndefined()
    expect(await store.approximateNumEntries()).toBe(1203)
    const timed = handle('amounts', QueryableStoreTypes.timestampedKeyValueStore<string, Amount>())
    expect(await timed.get('a')).toEqual({ value: new Amount(150), timestamp: 2000 })
  })

  test('should give rows page by page, and close what was not read to its end', async () => {
    const store = handle('amounts', QueryableStoreTypes.keyValueStore<string, Amount>())
    const all = await collect(store.all())
    expect(all).toHaveLength(1203)
    expect(all.slice(0, 3)).toEqual([['a', new Amount(150)], ['c', new Amount(300)], ['b', new Amount(200)]])
    expect(await collect(store.range('b', 'c'))).toEqual([['c', new Amount(300)], ['b', new Amount(200)]])
    expect((await collect(store.prefixScan('z00', Serdes.string.serializer))).length).toBe(100)
    asked.length = 0
    for await (const [key] of store.all()) if (key === 'b') break
    expect(asked).toEqual(['rows', 'rows', 'close'])
    const stopped = new AbortController()
    stopped.abort()
    await expect(collect(store.all({ signal: stopped.signal }))).rejects.toThrow()
  })

  test('should give windows and sessions', async () => {
    const windowed = handle('windows', QueryableStoreTypes.windowStore<string, Amount>())
    expect((await windowed.fetch('a', 1000))?.euros).toBe(1)
    expect(await collect(windowed.fetchWindows('a', 0, 5000))).toEqual([[1000, new Amount(100)], [2000, new Amount(150)]])
    expect((await collect(windowed.fetchRange('a', 'c', 0, 5000))).map(([{ key, window }]) => `${key}@${window.start}`)).toEqual(['a@1000', 'a@2000', 'c@3000', 'b@1000'])
    const bySession = handle('sessions', QueryableStoreTypes.sessionStore<string, Amount>())
    expect((await bySession.fetchSession('b', 1000, 1005))?.euros).toBe(2)
    expect(await collect(bySession.fetch('a'))).toEqual([
      [{ key: 'a', window: { start: 1000, end: 1005 } }, new Amount(100)],
      [{ key: 'a', window: { start: 2000, end: 2005 } }, new Amount(150)],
    ])
  })

  test('should answer each kind of query', async () => {
    expect((await query('amounts', KeyQuery.withKey<string, Amount>('a'))).onlyPartitionResult).toMatchObject({ result: new Amount(150) })
    expect((await query('amounts', TimestampedKeyQuery.withKey<string, Amount>('b'))).onlyPartitionResult).toMatchObject({ result: { value: new Amount(200), timestamp: 1000 } })
    const descending = await resultsOf('amounts', RangeQuery.withRange<string, Amount>('a', 'c').withDescendingKeys())
    expect((await Promise.all(descending.map(collect))).map((rows) => rows.map(([key]) => key))).toEqual([['c', 'a'], ['b']])
    const timed = await resultsOf('amounts', TimestampedRangeQuery.withUpperBound<string, Amount>('b'))
    expect((await Promise.all(timed.map(collect))).flat()).toEqual([['a', { value: new Amount(150), timestamp: 2000 }], ['b', { value: new Amount(200), timestamp: 1000 }]])
    expect(await resultsOf('versions', VersionedKeyQuery.withKey<string, Amount>('a').asOf(1500))).toMatchObject([{ value: new Amount(100), timestamp: 1000 }, undefined])
    expect(await resultsOf('versions', MultiVersionedKeyQuery.withKey<string, Amount>('a').withAscendingTimestamps())).toMatchObject([[{ timestamp: 1000 }, { timestamp: 2000 }], []])
    const ofKey = await resultsOf('windows', WindowKeyQuery.withKeyAndWindowStartRange<string, Amount>('a', 0, 1500))
    expect((await Promise.all(ofKey.map(collect))).flat()).toEqual([[1000, new Amount(100)]])
    const ofSessions = await resultsOf('sessions', WindowRangeQuery.withKey<string, Amount>('b'))
    expect((await Promise.all(ofSessions.map(collect))).flat()).toEqual([[{ key: 'b', window: { start: 1000, end: 1005 } }, new Amount(200)]])
    expect(Object.fromEntries((await query('amounts', KeyQuery.withKey('a'))).position!.partitionPositions('in'))).toEqual({ 0: 2, 1: 1200 })
  })

  test('should answer queries of the user, whose class the module exports', async () => {
    expect(await resultsOf('amounts', new SumQuery(['a', 'c']))).toEqual([{ cents: 450 }, { cents: 0 }])
    const [refused] = (await query('amounts', new SumQuery(['a'], true))).partitionResults.values()
    expect(refused).toMatchObject({ isSuccess: false, failureReason: 'STORE_EXCEPTION', failureMessage: 'what a SumQuery answers is no data, and cannot be sent from its worker thread' })
  })

  test('should say that nobody has the store when no worker does, and refuse code of the user', async () => {
    await expect(handle('amounts', QueryableStoreTypes.keyValueStore<string, Amount>(), []).get('a')).rejects.toThrow('the store amounts is not on this instance')
    const own = { name: 'mine', accepts: () => true, create: () => ({}) }
    expect(() => handle('amounts', own)).toThrow('cannot be read as mine')
    await expect(query('amounts', { name: 'MyQuery', accepts: () => true, execute: () => 1 })).rejects.toThrow('a MyQuery cannot be put to stores that live in worker threads')
  })

  test('should be asked the same question there as here', () => {
    const rows = rowsOf('amounts')
    const queries: Query<unknown>[] = [
      KeyQuery.withKey('k').skipCache(),
      TimestampedKeyQuery.withKey('k').skipCache(),
      RangeQuery.withLowerBound('k'),
      TimestampedRangeQuery.withRange('a', 'b').withDescendingKeys(),
      VersionedKeyQuery.withKey('k'),
      MultiVersionedKeyQuery.withKey('k').fromTime(3).toTime(5).withAscendingTimestamps(),
      WindowKeyQuery.withKeyAndWindowStartRange('k', 1, 2),
      WindowRangeQuery.withWindowStartRange(1, 2),
    ]
    for (const each of queries) expect(unpackQuery(structuredClone(packQuery(each, rows, exports)), rows, exports)).toEqual(each)
  })
})
