import { ByteWriter } from '../../lib/core/byte-writer.ts'

/** Writes the bytes that an engine keeps for a row of the changelog. */
export type RestoredBytes = (value: Buffer, timestamp: number, out: ByteWriter) => void

const FIRST_BYTES = 1 << 16
const DELETED_ROW = -1

/**
 * Rows on their way from a changelog into an engine: as the bytes that they are in both, since nobody may ever look at them. A number for
 * each key is all there is for the garbage collector.
 */
export class RestoredRows {
  readonly #places = new Map<string, number>()
  /** By place. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #out = new ByteWriter(FIRST_BYTES)

  get size(): number {
    return this.#places.size
  }

  /** Of all rows that came, also those that were replaced by longer or shorter ones. */
  get byteLength(): number {
    return this.#out.position
  }

  put(key: string, value: Buffer, timestamp: number, write: RestoredBytes): void {
    const out = this.#out
    const start = out.position
    write(value, timestamp, out)
    const end = out.position
    const place = this.#places.get(key)
    if (place === undefined) this.#add(key, start, end)
    else if (this.#ends[place]! - this.#starts[place]! === end - start) {
      out.buffer.copyWithin(this.#starts[place]!, start, end)
      out.position = start
    } else {
      this.#starts[place] = start
      this.#ends[place] = end
    }
  }

  delete(key: string): void {
    const place = this.#places.get(key)
    if (place === undefined) return this.#add(key, DELETED_ROW, DELETED_ROW)
    this.#starts[place] = DELETED_ROW
    this.#ends[place] = DELETED_ROW
  }

  #add(key: string, start: number, end: number): void {
    this.#places.set(key, this.#starts.length)
    this.#starts.push(start)
    this.#ends.push(end)
  }

  /** Somebody knows better what is under that key. */
  forget(key: string): void {
    this.#places.delete(key)
  }

  /** The bytes of a row, `deleted` when it was deleted, undefined when nothing came. */
  get<D>(key: string, deleted: D): Buffer | D | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#at(place, deleted)
  }

  #at<D>(place: number, deleted: D): Buffer | D {
    const start = this.#starts[place]!
    return start === DELETED_ROW ? deleted : this.#out.buffer.subarray(start, this.#ends[place])
  }

  /** Visits all keys; undefined for those that were deleted. */
  forEach(visit: (key: string, bytes: Buffer | undefined) => void): void {
    for (const [key, place] of this.#places) visit(key, this.#at(place, undefined))
  }
}
