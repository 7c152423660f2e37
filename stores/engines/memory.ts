import type { RowCursor, Rows } from '../internals/rows.ts'

const CHUNK_KEYS = 256

/** The first index whose key is not below `key`. */
const lowerBound = (keys: readonly string[], key: string): number => {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the chunk that holds, or would hold, `key`. */
const chunkOf = (chunks: readonly (readonly string[])[], key: string): number => {
  let low = 0
  let high = chunks.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (chunks[middle]![0]! <= key) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Rows in memory, the engine of in-memory stores and of write buffers: a Map, and for ranges an index of sorted keys in
 * chunks of 256. The index exists only once a range was asked for, and catches up with changes only when the next one is: so
 * stores that are never scanned pay nothing, and the others one list entry per new or deleted key.
 */
export class MemoryRows<R> implements Rows<R> {
  readonly #rows = new Map<string, R>()
  /** Sorted keys. A chunk is never changed, only replaced, so that open cursors keep what they started with. */
  #chunks: string[][] | undefined
  /** Keys that came or went since the index was up to date; whether a key exists is asked of the Map. */
  #touched: string[] = []
  #openCursors = 0

  get size(): number {
    return this.#rows.size
  }

  approximateCount(): number {
    return this.#rows.size
  }

  get(key: string): R | undefined {
    return this.#rows.get(key)
  }

  put(key: string, row: R): void {
    if (this.#chunks === undefined) {
      this.#rows.set(key, row)
      return
    }
    const before = this.#rows.size
    this.#rows.set(key, row)
    if (this.#rows.size !== before) this.#touch(key)
  }

  delete(key: string): void {
    if (this.#rows.delete(key) && this.#chunks !== undefined) this.#touch(key)
  }

  clear(): void {
    this.#rows.clear()
    this.#forgetIndex()
  }

  /** All rows, in the order of their first put; not to be changed meanwhile. */
  entries(): IterableIterator<[string, R]> {
    return this.#rows.entries()
  }

  range(from: string, end: string | undefined, reverse: boolean): RowCursor<R> {
    const chunks = this.#settledChunks()
    this.#openCursors++
    return new MemoryCursor(this.#rows, chunks, from, end, reverse, () => this.#openCursors--)
  }

  #touch(key: string): void {
    this.#touched.push(key)
    // Without ranges the list would grow for ever; building the index anew is then cheaper than catching up.
    if (this.#touched.length > CHUNK_KEYS && this.#touched.length > this.#rows.size) this.#forgetIndex()
  }

  #forgetIndex(): void {
    this.#chunks = undefined
    this.#touched = []
  }

  #settledChunks(): string[][] {
    if (this.#chunks === undefined || this.#touched.length > this.#rows.size >> 2) {
      const keys = [...this.#rows.keys()].sort()
      this.#chunks = []
      for (let i = 0; i < keys.length; i += CHUNK_KEYS) this.#chunks.push(keys.slice(i, i + CHUNK_KEYS))
    } else if (this.#touched.length > 0) {
      this.#catchUp(this.#chunks)
    }
    this.#touched = []
    return this.#chunks!
  }

  #catchUp(settled: string[][]): void {
    const chunks = this.#openCursors > 0 ? settled.slice() : settled
    const touched = this.#touched.sort()
    // From the last to the first, so that splitting or dropping a chunk does not move those still to be visited.
    let high = touched.length
    while (high > 0) {
      const at = chunkOf(chunks, touched[high - 1]!)
      const first = at === 0 ? '' : chunks[at]![0]!
      let low = high - 1
      while (low > 0 && touched[low - 1]! >= first) low--
      const merged = this.#merge(chunks[at] ?? [], touched, low, high)
      if (merged.length === 0) chunks.splice(at, 1)
      else if (merged.length <= 2 * CHUNK_KEYS) chunks[at] = merged
      else {
        const parts: string[][] = []
        for (let i = 0; i < merged.length; i += CHUNK_KEYS) parts.push(merged.slice(i, i + CHUNK_KEYS))
        chunks.splice(at, 1, ...parts)
      }
      high = low
    }
    this.#chunks = chunks
  }

  /** The keys of a chunk after the changes `touched[low, high)`. */
  #merge(chunk: readonly string[], touched: readonly string[], low: number, high: number): string[] {
    const merged: string[] = []
    let i = 0
    for (let t = low; t < high; t++) {
      const key = touched[t]!
      if (t > low && key === touched[t - 1]) continue
      while (i < chunk.length && chunk[i]! < key) merged.push(chunk[i++]!)
      if (i < chunk.length && chunk[i] === key) i++
      if (this.#rows.has(key)) merged.push(key)
    }
    while (i < chunk.length) merged.push(chunk[i++]!)
    return merged
  }
}

class MemoryCursor<R> implements RowCursor<R> {
  key = ''
  readonly #rows: ReadonlyMap<string, R>
  readonly #chunks: readonly (readonly string[])[]
  readonly #from: string
  readonly #end: string | undefined
  readonly #step: 1 | -1
  readonly #onClose: () => void
  #chunk: number
  #position: number
  #row: R | undefined
  #closed = false

  constructor(
    rows: ReadonlyMap<string, R>, chunks: readonly (readonly string[])[],
    from: string, end: string | undefined, reverse: boolean, onClose: () => void,
  ) {
    this.#rows = rows
    this.#chunks = chunks
    this.#from = from
    this.#end = end
    this.#step = reverse ? -1 : 1
    this.#onClose = onClose
    this.#chunk = chunks.length - 1
    this.#position = 0
    if (chunks.length === 0) return
    if (!reverse) {
      this.#chunk = chunkOf(chunks, from)
      this.#position = lowerBound(chunks[this.#chunk]!, from)
    } else if (end === undefined) {
      this.#position = chunks[this.#chunk]!.length - 1
    } else {
      this.#chunk = chunkOf(chunks, end)
      this.#position = lowerBound(chunks[this.#chunk]!, end) - 1
    }
  }

  next(): boolean {
    const chunks = this.#chunks
    while (!this.#closed) {
      const chunk = chunks[this.#chunk]
      if (chunk === undefined) break
      const key = chunk[this.#position]
      if (key === undefined) {
        this.#chunk += this.#step
        this.#position = this.#step === 1 ? 0 : (chunks[this.#chunk]?.length ?? 0) - 1
        continue
      }
      this.#position += this.#step
      if (this.#step === 1 ? this.#end !== undefined && key >= this.#end : key < this.#from) break
      const row = this.#rows.get(key)
      if (row === undefined) continue
      this.key = key
      this.#row = row
      return true
    }
    this.close()
    return false
  }

  row(): R {
    return this.#row as R
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#row = undefined
    this.#onClose()
  }
}
