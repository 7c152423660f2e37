import type { TopicPartition } from '../../core/topic-partition.ts'
import type { FailureReason } from '../query.ts'
import type { PortableQuery } from './portable-query.ts'

/** A call of a method of a query handle. */
export interface HandleCall {
  readonly storeName: string
  /** The name of the `QueryableStoreType`. */
  readonly type: string
  readonly partition: number | undefined
  readonly staleStores: boolean
  readonly method: string
  readonly args: readonly unknown[]
}

export interface QueryCall {
  readonly storeName: string
  readonly query: PortableQuery
  readonly partitions: readonly number[] | undefined
  readonly requireActive: boolean
  readonly positionBound: readonly (TopicPartition & { readonly offset: number })[] | undefined
  readonly executionInfo: boolean
}

/** What a client asks a worker. */
export type Question =
  | ({ readonly kind: 'value' | 'rows' } & HandleCall)
  | ({ readonly kind: 'query' } & QueryCall)
  | { readonly kind: 'more' | 'close'; readonly cursor: number }
  | { readonly kind: 'changelogs' }

/** `stores`: how many of the worker's stores have answered. */
export interface ValueAnswer {
  readonly stores: number
  readonly value: unknown
}

/** Some rows, and where more of them are to be asked for; undefined when there are none. */
export interface RowsPage {
  readonly rows: readonly (readonly [unknown, unknown])[]
  readonly cursor: number | undefined
}

export interface RowsAnswer extends RowsPage {
  readonly stores: number
}

/** What a partition answered; -1: the global store. */
export interface PartitionAnswer {
  readonly partition: number
  readonly executionInfo: readonly string[]
  readonly outcome:
    | { readonly isSuccess: true; readonly result: unknown; readonly position: readonly (TopicPartition & { readonly offset: number })[] }
    | { readonly isSuccess: false; readonly failureReason: FailureReason; readonly failureMessage: string }
}
