import type { TimedOrder } from '../timed-order.ts'

/** Fewer rows are sorted by comparing them. */
const FEW_ROWS = 256
/** So many bytes of each row decide nearly everything: those behind what all keys begin with. */
const DIGIT_BITS = 12
const DIGITS = 4
const DIGIT_SIZE = 1 << DIGIT_BITS

/** Rows by number. */
export interface RowPlaces {
  readonly keys: readonly string[]
  readonly times: ArrayLike<number>
  readonly minors: ArrayLike<number>
}

const commonPrefix = (places: readonly number[], { keys }: RowPlaces): number => {
  const first = keys[places[0]!]!
  let length = first.length
  for (let i = 1; i < places.length && length > 0; i++) {
    const key = keys[places[i]!]!
    if (key.length < length) length = key.length
    let same = 0
    while (same < length && key.charCodeAt(same) === first.charCodeAt(same)) same++
    length = same
  }
  return length
}

/** The byte at a place of key and time, one after the other. */
const byteAt = (key: string, time: number, at: number): number => {
  if (at < key.length) return key.charCodeAt(at)
  const place = at - key.length
  return place < 4 ? (Math.floor(time / 0x1_0000_0000) >>> (24 - place * 8)) & 255 : (time >>> (24 - (place - 4) * 8)) & 255
}

/**
 * Sorts numbers of rows by the bytes of key, time and minor number. Nearly all is done without comparing strings, by counting 12
 * bits after 12 bits of the 6 bytes in which the keys begin to differ.
 */
export const sortPlaces = (places: number[], rows: RowPlaces, order: TimedOrder): number[] => {
  const { keys, times, minors } = rows
  const positionAt = (place: number) => ({ key: keys[place]!, time: times[place]!, minor: minors[place]! })
  const compare = (a: number, b: number): number => order(positionAt(a), positionAt(b))
  const count = places.length
  if (count <= FEW_ROWS) return places.sort(compare)
  const start = commonPrefix(places, rows)
  const high = new Uint32Array(count)
  const low = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const key = keys[places[i]!]!
    const time = times[places[i]!]!
    high[i] = (byteAt(key, time, start) << 16) | (byteAt(key, time, start + 1) << 8) | byteAt(key, time, start + 2)
    low[i] = (byteAt(key, time, start + 3) << 16) | (byteAt(key, time, start + 4) << 8) | byteAt(key, time, start + 5)
  }
  const byBytes = sortByBytes(high, low)
  const sorted = Array.from(byBytes, (i) => places[i]!)
  for (let from = 0; from < count; ) {
    let end = from + 1
    while (end < count && high[byBytes[end]!] === high[byBytes[from]!] && low[byBytes[end]!] === low[byBytes[from]!]) end++
    if (!isSorted(sorted, from, end, rows, compare)) {
      const ties = sorted.slice(from, end).sort(compare)
      for (let i = from; i < end; i++) sorted[i] = ties[i - from]!
    }
    from = end
  }
  return sorted
}

/** The numbers of the rows by their bytes; those that have the same keep their order. */
const sortByBytes = (high: Uint32Array, low: Uint32Array): Uint32Array => {
  const count = high.length
  let from = new Uint32Array(count)
  let to = new Uint32Array(count)
  for (let i = 0; i < count; i++) from[i] = i
  const counts = new Uint32Array(DIGIT_SIZE)
  for (let digit = 0; digit < DIGITS; digit++) {
    const part = digit < 2 ? low : high
    const shift = (digit & 1) * DIGIT_BITS
    counts.fill(0)
    for (let i = 0; i < count; i++) counts[(part[i]! >>> shift) & (DIGIT_SIZE - 1)]!++
    for (let value = 0, sum = 0; value < DIGIT_SIZE; value++) {
      const here = counts[value]!
      counts[value] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const index = from[i]!
      to[counts[(part[index]! >>> shift) & (DIGIT_SIZE - 1)]!++] = index
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Rows of one key mostly come in the order of their times. */
const isSorted = (places: readonly number[], from: number, end: number, { keys, times }: RowPlaces, compare: (a: number, b: number) => number): boolean => {
  for (let i = from + 1; i < end; i++) {
    const [a, b] = [places[i - 1]!, places[i]!]
    if (keys[a] === keys[b] ? times[a]! >= times[b]! && compare(a, b) > 0 : compare(a, b) > 0) return false
  }
  return true
}
