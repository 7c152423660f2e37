/** One record header: a name and bytes, or `undefined` for a null value. Names may repeat. */
export interface Header {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/**
 * Record headers: an immutable ordered list. `Headers.empty` is shared by all records without headers, so that they cost
 * nothing; `add` and `remove` return new lists.
 */
export class Headers implements Iterable<Header> {
  static readonly empty = new Headers([])
  readonly #list: readonly Header[]

  private constructor(list: readonly Header[]) {
    this.#list = list
  }

  static of(list: readonly Header[]): Headers {
    return list.length === 0 ? Headers.empty : new Headers(list)
  }

  get size(): number {
    return this.#list.length
  }

  /** A list with one more header at its end; text is stored as UTF-8. */
  add(key: string, value: Uint8Array | string | undefined): Headers {
    return new Headers([...this.#list, { key, value: typeof value === 'string' ? Buffer.from(value) : value }])
  }

  /** A list without any header of that name. */
  remove(key: string): Headers {
    return Headers.of(this.#list.filter((header) => header.key !== key))
  }

  /** The last header of that name, as in Java's `lastHeader`. */
  last(key: string): Header | undefined {
    return this.#list.findLast((header) => header.key === key)
  }

  /** All headers of that name, in order. */
  all(key: string): readonly Header[] {
    return this.#list.filter((header) => header.key === key)
  }

  toArray(): readonly Header[] {
    return this.#list
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#list[Symbol.iterator]()
  }
}
