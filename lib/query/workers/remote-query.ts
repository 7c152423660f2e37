import { InvalidStateStoreError } from '../../core/errors.ts'
import { Position } from '../position.ts'
import type { QueryResult, StateQueryRequest } from '../query.ts'
import { StateQueryResult } from '../query.ts'
import { absent } from '../run-query.ts'
import type { TopologyExports } from '../../runtime/workers/topology-module.ts'
import { answerOf, packQuery } from './portable-query.ts'
import type { QueryAnswer } from './portable-query.ts'
import type { PartitionAnswer, RowsPage } from './questions.ts'
import { remoteRows } from './remote-rows.ts'
import type { Ask } from './remote-rows.ts'
import type { StoreRows } from './store-rows.ts'

export interface RemotePartitions {
  readonly name: string
  readonly partitionCount: number | undefined
  readonly rows: StoreRows
  readonly workers: readonly Ask[]
  /** Of the topology's module. */
  readonly exports: TopologyExports
  /** What the partitions of this event loop have answered. */
  readonly local: StateQueryResult<unknown>
}

/** Puts the question to the partitions in workers, and adds what those of this event loop have answered. */
export const remoteQuery = async <R>(queried: RemotePartitions, request: StateQueryRequest<R>): Promise<StateQueryResult<R>> => {
  const { name: storeName, rows, workers, exports, local } = queried
  request.signal?.throwIfAborted()
  const query = packQuery(request.query, rows, exports)
  const answer = answerOf(query)
  const question = {
    kind: 'query',
    storeName,
    query,
    partitions: request.partitions,
    requireActive: request.requireActive ?? false,
    positionBound: request.positionBound?.components(),
    executionInfo: request.executionInfo ?? false,
  }
  const found = new Map<number, QueryResult<unknown>>()
  const asked = await Promise.all(workers.map(async (ask) => ({ ask, answered: await ask(question).then((answered) => answered as PartitionAnswer[], goneAway) })))
  const results = asked.flatMap(({ ask, answered }) => answered.map((each) => [each.partition, unpackResult(each, answer, ask, request, rows)] as const))
  for (const [partition, result] of [...local.partitionResults, ...results]) {
    // a standby in one thread and the active task in another: the one that can answer
    if (found.get(partition)?.isSuccess !== true) found.set(partition, result)
  }
  const global = local.globalResult ?? found.get(-1)
  if (global !== undefined) return new StateQueryResult<R>(new Map(), global as QueryResult<R>)
  const wanted = request.partitions ?? [...found.keys()].sort((a, b) => a - b)
  return new StateQueryResult<R>(new Map(wanted.map((partition) => [partition, (found.get(partition) ?? absent(queried, partition)) as QueryResult<R>])), undefined)
}

/** The partitions of a worker that has ended are nowhere for now. */
const goneAway = (error: unknown): PartitionAnswer[] => {
  if (error instanceof InvalidStateStoreError) return []
  throw error
}

const unpackResult = (
  { executionInfo, outcome }: PartitionAnswer,
  { shape, gives }: QueryAnswer,
  ask: Ask,
  request: StateQueryRequest<unknown>,
  rows: StoreRows,
): QueryResult<unknown> => {
  if (!outcome.isSuccess) return { ...outcome, executionInfo }
  const unpack = (): unknown => {
    if (gives === 'data') return outcome.result
    if (gives === 'one') return rows.unpackShown(outcome.result, shape)
    if (gives === 'list') return (outcome.result as readonly unknown[]).map((each) => rows.unpackShown(each, shape))
    const started = {
      ask,
      page: outcome.result as RowsPage,
      unpack: ([place, shown]: readonly [unknown, unknown]): [unknown, unknown] => [rows.unpackPlace(place, gives), rows.unpackShown(shown, shape)],
    }
    return remoteRows(async () => [started], request.signal)
  }
  return { isSuccess: true, result: unpack(), position: Position.of(outcome.position), executionInfo }
}
