import { InvalidStateStoreError } from '../../core/errors.ts'
import { isData } from '../../runtime/workers/data.ts'
import { localChangelogs } from '../../runtime/partition-lags.ts'
import type { WorkerContent } from '../../runtime/workers/worker-side.ts'
import { localPartitions, localStores } from '../local-stores.ts'
import type { StoreHolder } from '../local-stores.ts'
import { Position } from '../position.ts'
import type { QueryResult } from '../query.ts'
import type { QueryIterator } from '../query-iterator.ts'
import { QueryableStoreTypes } from '../queryable-store-types.ts'
import type { QueryableStoreType } from '../queryable-store-types.ts'
import { runQuery } from '../run-query.ts'
import { handleKinds } from './handle-methods.ts'
import type { HandleKind, HandleMethod } from './handle-methods.ts'
import { OpenRows } from './open-rows.ts'
import { answerOf, unpackQuery } from './portable-query.ts'
import type { PortableQuery } from './portable-query.ts'
import type { HandleCall, PartitionAnswer, QueryCall, Question, RowsAnswer, ValueAnswer } from './questions.ts'
import { StoreRows } from './store-rows.ts'

const RUNNING = { state: 'RUNNING', isRunningOrRebalancing: true } as const

/** By name; what they read is what the caller knows. */
const types = QueryableStoreTypes as unknown as Readonly<Record<string, () => QueryableStoreType<Readonly<Record<string, unknown>>>>>

interface Called {
  readonly kind: HandleKind
  readonly method: HandleMethod
  readonly rows: StoreRows
  /** How many stores there are to ask. */
  readonly stores: number
  call(): unknown
}

/** What a worker answers about its stores. */
export class Answering {
  readonly #open = new OpenRows()

  readonly answer = async (asked: unknown, content: WorkerContent): Promise<unknown> => {
    const question = asked as Question
    switch (question.kind) {
      case 'changelogs':
        return localChangelogs(content.thread)
      case 'value':
        return this.#value(question, content)
      case 'rows':
        return this.#rows(question, content)
      case 'query':
        return this.#query(question, content)
      case 'more':
        return this.#open.more(question.cursor)
      case 'close':
        return this.#open.close(question.cursor)
    }
  }

  async #value(asked: HandleCall, content: WorkerContent): Promise<ValueAnswer> {
    const { kind, method, rows, stores, call } = this.#called(asked, content)
    const value = stores === 0 ? undefined : await call()
    return { stores, value: method.gives === 'first' ? rows.packShown(value, kind.shape) : value }
  }

  async #rows(asked: HandleCall, content: WorkerContent): Promise<RowsAnswer> {
    const { kind, method, rows, stores, call } = this.#called(asked, content)
    const { gives } = method
    if (stores === 0 || gives === 'first' || gives === 'sum') return { stores, rows: [], cursor: undefined }
    const found = call() as QueryIterator<unknown, unknown>
    return { stores, ...(await this.#open.first(found, ([place, shown]) => [rows.packPlace(place, gives), rows.packShown(shown, kind.shape)])) }
  }

  #called({ storeName, type, partition, staleStores, method: name, args }: HandleCall, content: WorkerContent): Called {
    const kind = handleKinds[type]
    const method = kind?.methods[name]
    if (kind === undefined || method === undefined) throw new InvalidStateStoreError(`worker threads know no method ${name} of a ${type}`)
    const { builder, config } = content.prepared
    const rows = new StoreRows(builder, config, storeName)
    const find = () =>
      localStores(holderOf(content), storeName, staleStores)
        .filter((local) => partition === undefined || local.partition === partition || local.partition === -1)
        .map(({ store }) => store)
    const handle = types[type]!().create({ stores: find }, storeName)
    const unpacked = args.map((arg, i) => (method.takes[i] === 'key' ? rows.unpackKey(arg) : method.takes[i] === 'bytes' ? Buffer.from(arg as Uint8Array) : arg))
    // the caller's serializer has made the bytes
    if (name === 'prefixScan') unpacked[1] = { serialize: (_topic: string, prefix: Buffer) => prefix }
    return { kind, method, rows, stores: find().length, call: () => (handle[name] as (...given: readonly unknown[]) => unknown).apply(handle, unpacked) }
  }

  async #query({ storeName, query: packed, partitions, requireActive, positionBound, executionInfo }: QueryCall, content: WorkerContent): Promise<PartitionAnswer[]> {
    const { builder, config } = content.prepared
    const rows = new StoreRows(builder, config, storeName)
    const find = () => localPartitions(holderOf(content), storeName)
    const here = new Set(find().map(({ partition }) => partition))
    const results = runQuery({ name: storeName, partitionCount: undefined, find }, {
      store: storeName,
      query: unpackQuery(packed, rows, content.exports),
      partitions: (partitions ?? [...here]).filter((partition) => here.has(partition)).sort((a, b) => a - b),
      requireActive,
      positionBound: positionBound === undefined ? undefined : Position.of(positionBound),
      executionInfo,
    })
    const all: [number, QueryResult<unknown>][] = [...results.partitionResults, ...(results.globalResult === undefined ? [] : [[-1, results.globalResult] as [number, QueryResult<unknown>]])]
    return Promise.all(all.map(([partition, result]) => this.#packResult(partition, result, packed, rows)))
  }

  async #packResult(partition: number, answered: QueryResult<unknown>, query: PortableQuery, rows: StoreRows): Promise<PartitionAnswer> {
    const { executionInfo } = answered
    if (!answered.isSuccess) {
      const { failureReason, failureMessage } = answered
      return { partition, executionInfo, outcome: { isSuccess: false, failureReason, failureMessage } }
    }
    const { shape, gives } = answerOf(query)
    const { result } = answered
    if (gives === 'data' && !isData(result)) {
      const failureMessage = `what a ${query.name} answers is no data, and cannot be sent from its worker thread`
      return { partition, executionInfo, outcome: { isSuccess: false, failureReason: 'STORE_EXCEPTION', failureMessage } }
    }
    const pack = async (): Promise<unknown> => {
      if (gives === 'data') return result
      if (gives === 'one') return rows.packShown(result, shape)
      if (gives === 'list') return (result as readonly unknown[]).map((each) => rows.packShown(each, shape))
      return this.#open.first(result as QueryIterator<unknown, unknown>, ([place, shown]) => [rows.packPlace(place, gives), rows.packShown(shown, shape)])
    }
    return { partition, executionInfo, outcome: { isSuccess: true, result: await pack(), position: answered.position.components() } }
  }
}

const holderOf = ({ thread, globalStore }: WorkerContent): StoreHolder => ({ states: RUNNING, localThreads: [thread], globalStore })
