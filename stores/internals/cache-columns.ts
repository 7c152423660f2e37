import { Headers } from '../../lib/core/headers.ts'
import type { RowColumns } from '../engines/row-columns.ts'
import type { ContextHolder } from './store-context.ts'

/** Says that there is no row. */
export const NONE = -1

/** Links between rows, their size and their state, side by side: mostly they are needed together. */
const INTS = 8
export const NEWER = 0
export const OLDER = 1
export const BEFORE = 2
export const AFTER = 3
export const BYTES = 4
export const STATE = 5
const PARTITION = 6
export const HASH = 7

const NUMBERS = 4
const TIME = 0
const MINOR = 1
const OFFSET = 2
const TIMESTAMP = 3

/** States, which are added up. */
export const DIRTY = 1
/** From the beginning of the flush that writes it to the end. */
export const LEAVING = 2
/** In the cache no more, but it is still to be written. */
export const GONE = 4
/** It is a row, and no delete. */
const IS_ROW = 8

const FIRST_ROWS = 64

/** What many records have in common. */
interface Origin {
  readonly topic: string | undefined
  readonly headers: Headers
  readonly source: unknown
}

class Holder implements ContextHolder {
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers = Headers.empty
  source: unknown = undefined
}

const grown = <A extends Int32Array | Float64Array>(from: A, to: A): A => {
  to.set(from)
  return to
}

/**
 * The rows of a cache by number, with what the cache knows of each, and the context of the record that made it. A cache is full of
 * rows that live long and leave in turn: as objects they would be copied by the collector, and lie all over the memory.
 */
export class CacheColumns<R> {
  ints = new Int32Array(FIRST_ROWS * INTS)
  #numbers = new Float64Array(FIRST_ROWS * NUMBERS)
  readonly #keys: string[] = []
  readonly #origins: (Origin | undefined)[] = []
  readonly #rows: RowColumns<R>
  /** Linked by NEWER. */
  #firstFree = NONE
  #end = 0
  #origin: Origin = { topic: undefined, headers: Headers.empty, source: undefined }
  readonly #holder = new Holder()

  constructor(rows: RowColumns<R>) {
    this.#rows = rows
  }

  add(key: string, time: number, minor: number): number {
    let row = this.#firstFree
    if (row === NONE) row = this.#append()
    else this.#firstFree = this.ints[row * INTS + NEWER]!
    this.#keys[row] = key
    this.#numbers[row * NUMBERS + TIME] = time
    this.#numbers[row * NUMBERS + MINOR] = minor
    this.ints[row * INTS + STATE] = 0
    this.ints[row * INTS + BYTES] = 0
    return row
  }

  #append(): number {
    const row = this.#end++
    if (row * INTS === this.ints.length) {
      this.ints = grown(this.ints, new Int32Array(2 * this.ints.length))
      this.#numbers = grown(this.#numbers, new Float64Array(2 * this.#numbers.length))
    }
    this.#keys.push('')
    this.#origins.push(undefined)
    return row
  }

  /** Its number is used again. */
  free(row: number): void {
    this.#keys[row] = ''
    this.#origins[row] = undefined
    this.#rows.clear(row)
    this.ints[row * INTS + NEWER] = this.#firstFree
    this.#firstFree = row
  }

  link(row: number, name: number): number {
    return this.ints[row * INTS + name]!
  }

  setLink(row: number, name: number, to: number): void {
    this.ints[row * INTS + name] = to
  }

  has(row: number, state: number): boolean {
    return (this.ints[row * INTS + STATE]! & state) !== 0
  }

  mark(row: number, state: number): void {
    this.ints[row * INTS + STATE]! |= state
  }

  unmark(row: number, state: number): void {
    this.ints[row * INTS + STATE]! &= ~state
  }

  key(row: number): string {
    return this.#keys[row]!
  }

  time(row: number): number {
    return this.#numbers[row * NUMBERS + TIME]!
  }

  minor(row: number): number {
    return this.#numbers[row * NUMBERS + MINOR]!
  }

  isAt(row: number, time: number, minor: number): boolean {
    return this.#numbers[row * NUMBERS + TIME] === time && this.#numbers[row * NUMBERS + MINOR] === minor
  }

  isDelete(row: number): boolean {
    return !this.has(row, IS_ROW)
  }

  /** Undefined is a delete. */
  row(row: number): R | undefined {
    return this.has(row, IS_ROW) ? this.#rows.get(row) : undefined
  }

  setRow(row: number, to: R | undefined): void {
    if (to === undefined) {
      this.unmark(row, IS_ROW)
      this.#rows.clear(row)
    } else {
      this.mark(row, IS_ROW)
      this.#rows.set(row, to)
    }
  }

  /** Keeps the context of the current record beside the row, if there is one. Answers the bytes that Java counts for it. */
  keepContext(row: number, context: { copyRecordContext?(target: ContextHolder): boolean }): number {
    const holder = this.#holder
    if (context.copyRecordContext?.(holder) !== true) {
      this.#origins[row] = undefined
      return 0
    }
    const { topic, headers, source } = holder
    let origin = this.#origin
    if (origin.topic !== topic || origin.headers !== headers || origin.source !== source) this.#origin = origin = { topic, headers, source }
    this.#origins[row] = origin
    this.ints[row * INTS + PARTITION] = holder.partition
    this.#numbers[row * NUMBERS + OFFSET] = holder.offset
    this.#numbers[row * NUMBERS + TIMESTAMP] = holder.timestamp
    return bytesOf(origin)
  }

  /** The context of the record that made the row; undefined when no record did. Good until the next call. */
  context(row: number): ContextHolder | undefined {
    const origin = this.#origins[row]
    if (origin === undefined) return undefined
    const holder = this.#holder
    holder.topic = origin.topic
    holder.headers = origin.headers
    holder.source = origin.source
    holder.partition = this.ints[row * INTS + PARTITION]!
    holder.offset = this.#numbers[row * NUMBERS + OFFSET]!
    holder.timestamp = this.#numbers[row * NUMBERS + TIMESTAMP]!
    return holder
  }

  /** Lets go of the record that made the row. */
  dropContext(row: number): void {
    this.#origins[row] = undefined
  }
}

/** Topic and headers. */
const bytesOf = ({ topic, headers }: Origin): number => {
  let bytes = topic === undefined ? 0 : topic.length
  if (headers.size > 0) for (const { key, value } of headers) bytes += key.length + (value?.length ?? 0)
  return bytes
}
