import type { QueryIterator } from '../query-iterator.ts'
import type { RowsPage } from './questions.ts'

/** Asks a worker. */
export type Ask = (question: unknown) => Promise<unknown>

/** Rows, of which the first page has come already. */
export interface StartedRows {
  readonly ask: Ask
  readonly page: RowsPage
  readonly unpack: (row: readonly [unknown, unknown]) => [unknown, unknown]
}

async function* read(starts: readonly StartedRows[], signal: AbortSignal | undefined): AsyncGenerator<[unknown, unknown], void> {
  const left = new Map(starts.map((start) => [start, start.page]))
  try {
    for (const start of starts) {
      for (let page = start.page; ; ) {
        for (const row of page.rows) {
          signal?.throwIfAborted()
          yield start.unpack(row)
        }
        const { cursor } = page
        if (cursor === undefined) break
        page = (await start.ask({ kind: 'more', cursor })) as RowsPage
        left.set(start, page)
      }
      left.delete(start)
    }
  } finally {
    for (const [{ ask }, { cursor }] of left) if (cursor !== undefined) ask({ kind: 'close', cursor }).catch(() => {})
  }
}

/** The rows of several workers, one after the other; `begin` fetches the first pages of all of them when the first row is asked for. */
export const remoteRows = (begin: () => Promise<readonly StartedRows[]>, signal: AbortSignal | undefined): QueryIterator<unknown, unknown> => {
  async function* all(): AsyncGenerator<[unknown, unknown], void> {
    signal?.throwIfAborted()
    yield* read(await begin(), signal)
  }
  return iteratorOf(all())
}

/** A generator as an iterator that can be closed. */
export const iteratorOf = <K, V>(rows: AsyncGenerator<[K, V], void>): QueryIterator<K, V> => {
  const close = async (): Promise<void> => void (await rows.return())
  const iterator: QueryIterator<K, V> = {
    next: async () => {
      const { done, value } = await rows.next()
      return done === true ? { done: true, value: undefined } : { done: false, value }
    },
    return: async () => {
      await close()
      return { done: true, value: undefined }
    },
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
