import type { StateStore, StoreBuilder } from '../../topology/api.ts'
import type { Position } from './position.ts'

/**
 * A question to a store. {@link KeyQuery}, {@link RangeQuery} and their sisters are ready; users write their own for stores of
 * their own (KIP-796).
 */
export interface Query<R> {
  readonly name: string
  /** Whether a store is of the kind that can answer. */
  accepts(store: StateStore): boolean
  /**
   * The answer of one store. `store` gives it anew with every call and throws once it cannot be read: to be used where an
   * answer is read page by page.
   */
  execute(store: () => StateStore, signal: AbortSignal | undefined): R
}

/** Why a partition has no answer. */
export type FailureReason =
  /** The store cannot answer this kind of query. */
  | 'UNKNOWN_QUERY_TYPE'
  /** The partition is not active here (a standby, or it is being restored), and `requireActive` was asked for. */
  | 'NOT_ACTIVE'
  /** The store has not processed as much as `positionBound` asks for. */
  | 'NOT_UP_TO_BOUND'
  /** The partition is not on this instance, or cannot be read now. */
  | 'NOT_PRESENT'
  /** The store has no such partition. */
  | 'DOES_NOT_EXIST'
  /** The store threw. */
  | 'STORE_EXCEPTION'

/** What one partition answers. */
export type QueryResult<R> =
  | { readonly isSuccess: true; readonly result: R; readonly position: Position; readonly executionInfo: readonly string[] }
  | {
    readonly isSuccess: false
    readonly failureReason: FailureReason
    readonly failureMessage: string
    readonly executionInfo: readonly string[]
  }

export interface StateQueryRequest<R> {
  readonly store: string | StoreBuilder
  readonly query: Query<R>
  /** @default all partitions that are on this instance */
  readonly partitions?: readonly number[] | undefined
  /** Refuse answers of standbys and of partitions that are being restored. @default false */
  readonly requireActive?: boolean | undefined
  /** Only answers that contain everything up to these offsets of the inputs. @default no bound */
  readonly positionBound?: Position | undefined
  /** Have {@link QueryResult}s tell what was done and how long it took. @default false */
  readonly executionInfo?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** The answers of the partitions of one instance. */
export class StateQueryResult<R> {
  /** By partition; empty for a global store. */
  readonly partitionResults: ReadonlyMap<number, QueryResult<R>>
  readonly globalResult: QueryResult<R> | undefined

  constructor(partitionResults: ReadonlyMap<number, QueryResult<R>>, globalResult: QueryResult<R> | undefined) {
    this.partitionResults = partitionResults
    this.globalResult = globalResult
  }

  /** How far the answers are together. */
  get position(): Position | undefined {
    const results = [...this.partitionResults.values(), ...(this.globalResult === undefined ? [] : [this.globalResult])]
    return results
      .filter((result) => result.isSuccess)
      .map(({ position }) => position)
      .reduce<Position | undefined>((all, position) => all?.merge(position) ?? position, undefined)
  }

  /**
   * The one answer that is not undefined, as a query of a key has it; undefined when there is none.
   * @throws {Error} when several partitions have one
   */
  get onlyPartitionResult(): QueryResult<R> | undefined {
    const answers = [...this.partitionResults.values()].filter((result) => !result.isSuccess || result.result !== undefined)
    if (answers.length > 1) throw new Error(`${answers.length} partitions have answered, and not only one: read partitionResults`)
    return answers[0]
  }
}
