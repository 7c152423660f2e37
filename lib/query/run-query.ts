import type { StateStore } from '../../topology/api.ts'
import { InvalidStateStoreError } from '../core/errors.ts'
import type { Position } from './position.ts'
import type { FailureReason, Query, QueryResult, StateQueryRequest } from './query.ts'
import { StateQueryResult } from './query.ts'

/** One partition of a store that this instance has. */
export interface LocalPartition {
  readonly store: StateStore
  /** -1 for global stores. */
  readonly partition: number
  /** False of standbys, and while it is being restored. */
  readonly isActive: boolean
  readonly position: Position
}

export interface QueriedStore {
  readonly name: string
  /** How many partitions the store has in all; undefined while that is not known. */
  readonly partitionCount: number | undefined
  /** The partitions that are here now. */
  find(): readonly LocalPartition[]
}

const failure = (failureReason: FailureReason, failureMessage: string): QueryResult<never> =>
  ({ isSuccess: false, failureReason, failureMessage, executionInfo: [] })

/** Puts the question to each partition. */
export const runQuery = <R>(queried: QueriedStore, request: StateQueryRequest<R>): StateQueryResult<R> => {
  request.signal?.throwIfAborted()
  const local = queried.find()
  const results = new Map<number, QueryResult<R>>()
  const global = local.find(({ partition }) => partition === -1)
  if (global !== undefined) return new StateQueryResult(results, answer(queried, global, request))
  for (const partition of request.partitions ?? local.map((found) => found.partition).sort((a, b) => a - b)) {
    const found = local.find((candidate) => candidate.partition === partition)
    results.set(partition, found === undefined ? absent(queried, partition) : answer(queried, found, request))
  }
  return new StateQueryResult(results, undefined)
}

/** Why a partition that is not on this instance has no answer. */
export const absent = ({ name, partitionCount }: Pick<QueriedStore, 'name' | 'partitionCount'>, partition: number): QueryResult<never> => {
  if (partition < 0 || (partitionCount !== undefined && partition >= partitionCount)) {
    return failure('DOES_NOT_EXIST', `the store ${name} has no partition ${partition}, but ${partitionCount ?? 'some'}`)
  }
  return failure('NOT_PRESENT', `partition ${partition} of the store ${name} is not on this instance: see queryMetadataForKey`)
}

const answer = <R>(queried: QueriedStore, at: LocalPartition, request: StateQueryRequest<R>): QueryResult<R> => {
  const { name } = queried
  const { query, positionBound: bound } = request
  const which = at.partition === -1 ? `the global store ${name}` : `partition ${at.partition} of the store ${name}`
  if (request.requireActive === true && !at.isActive) return failure('NOT_ACTIVE', `${which} is a standby, or is being restored`)
  if (bound !== undefined && !at.position.reaches(bound, at.partition)) {
    return failure('NOT_UP_TO_BOUND', `${which} has not come to the position that is asked for`)
  }
  if (!query.accepts(at.store)) return failure('UNKNOWN_QUERY_TYPE', `${which} cannot answer a ${query.name}`)
  const startMs = request.executionInfo === true ? performance.now() : 0
  try {
    const result = query.execute(() => stillHere(queried, at.partition), request.signal)
    const executionInfo = request.executionInfo === true ? [executed(query, which, performance.now() - startMs)] : []
    return { isSuccess: true, result, position: at.position, executionInfo }
  } catch (error) {
    return failure('STORE_EXCEPTION', `${which} failed to answer a ${query.name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const executed = (query: Query<unknown>, which: string, ms: number): string => `${query.name} on ${which} took ${ms.toFixed(3)} ms`

/** Answers that are read in pages come back for the store. */
const stillHere = ({ name, find }: QueriedStore, partition: number): StateStore => {
  const found = find().find((candidate) => candidate.partition === partition)
  if (found !== undefined) return found.store
  throw new InvalidStateStoreError(`partition ${partition} of the store ${name} has left this instance: query again`)
}
