import { pagedIterator } from './query-iterator.ts'
import type { Page, QueryIterator } from './query-iterator.ts'

/** Rows that one store gave, and where in it to go on; `next` is undefined when the store has no more. */
export interface StorePage<K, V, N> {
  readonly rows: readonly [K, V][]
  readonly next: N | undefined
}

/**
 * The rows of several stores, one store after the other. The stores are asked for anew for every page: their thread may have
 * closed them meanwhile.
 */
export const pagesOfStores = <S, K, V, N>(
  stores: () => readonly S[],
  take: (store: S, at: N | undefined) => StorePage<K, V, N>,
  signal: AbortSignal | undefined,
): QueryIterator<K, V> => {
  const count = stores().length
  let index = 0
  let at: N | undefined
  const nextPage = (): Page<K, V> => {
    const store = stores()[index]
    if (store === undefined) return { rows: [], isLast: true }
    const { rows, next } = take(store, at)
    at = next
    if (next === undefined) index++
    return { rows, isLast: index >= count }
  }
  return pagedIterator(nextPage, signal)
}

/** Rows read from one store before the stream thread gets a turn. */
export const PAGE_ROWS = 500
