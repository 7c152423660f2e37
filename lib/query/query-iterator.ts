/** Rows of a query, read with `for await`; closed at the end of the loop, by `close()`, or by `await using`. */
export interface QueryIterator<K, V> extends AsyncIterableIterator<[K, V]>, AsyncDisposable {
  close(): Promise<void>
}

/** What a page holds and whether more may follow. */
export interface Page<K, V> {
  readonly rows: readonly [K, V][]
  readonly isLast: boolean
}

/** Reads rows page by page: between pages the stream thread goes on, so no iterator of a store stays open. */
export const pagedIterator = <K, V>(nextPage: () => Page<K, V>, signal: AbortSignal | undefined): QueryIterator<K, V> => {
  let rows: readonly [K, V][] = []
  let at = 0
  let done = false
  const iterator: QueryIterator<K, V> = {
    async next() {
      signal?.throwIfAborted()
      while (at >= rows.length && !done) {
        const page = nextPage()
        rows = page.rows
        at = 0
        done = page.isLast
      }
      const row = rows[at++]
      return row === undefined ? { done: true, value: undefined } : { done: false, value: row }
    },
    async return() {
      await iterator.close()
      return { done: true, value: undefined }
    },
    async close() {
      done = true
      rows = []
    },
    async [Symbol.asyncDispose]() {
      await iterator.close()
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
