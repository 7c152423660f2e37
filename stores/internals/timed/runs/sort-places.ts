import type { TimedOrder } from '../timed-order.ts'
import type { TimedPosition } from '../timed-rows.ts'

/** Fewer rows are sorted by comparing them. */
const FEW_ROWS = 256
/** So many bytes of each row decide nearly everything: those behind what all keys begin with. */
const DIGIT_BITS = 12
const DIGITS = 4
const DIGIT_SIZE = 1 << DIGIT_BITS

const commonPrefix = (positions: readonly TimedPosition[]): number => {
  const first = positions[0]!.key
  let length = first.length
  for (let i = 1; i < positions.length && length > 0; i++) {
    const { key } = positions[i]!
    if (key.length < length) length = key.length
    let same = 0
    while (same < length && key.charCodeAt(same) === first.charCodeAt(same)) same++
    length = same
  }
  return length
}

/** The byte at a place of key and time, one after the other. */
const byteAt = ({ key, time }: TimedPosition, at: number): number => {
  if (at < key.length) return key.charCodeAt(at)
  const place = at - key.length
  return place < 4 ? (Math.floor(time / 0x1_0000_0000) >>> (24 - place * 8)) & 255 : (time >>> (24 - (place - 4) * 8)) & 255
}

/**
 * Sorts rows by the bytes of key, time and minor number. Nearly all is done without comparing strings, by counting 12 bits after
 * 12 bits of the 6 bytes in which the keys begin to differ.
 */
export const sortPositions = <P extends TimedPosition>(positions: P[], order: TimedOrder): P[] => {
  const count = positions.length
  if (count <= FEW_ROWS) return positions.sort(order)
  const start = commonPrefix(positions)
  const high = new Uint32Array(count)
  const low = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const position = positions[i]!
    high[i] = (byteAt(position, start) << 16) | (byteAt(position, start + 1) << 8) | byteAt(position, start + 2)
    low[i] = (byteAt(position, start + 3) << 16) | (byteAt(position, start + 4) << 8) | byteAt(position, start + 5)
  }
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
  const sorted: P[] = new Array<P>(count)
  for (let i = 0; i < count; i++) sorted[i] = positions[from[i]!]!
  sortTies(sorted, (i) => high[from[i]!]! * 0x100_0000 + low[from[i]!]!, order)
  return sorted
}

const sortTies = <P extends TimedPosition>(sorted: P[], bytesAt: (i: number) => number, order: TimedOrder): void => {
  for (let start = 0; start < sorted.length; ) {
    const bytes = bytesAt(start)
    let end = start + 1
    while (end < sorted.length && bytesAt(end) === bytes) end++
    if (!isSorted(sorted, start, end, order)) {
      const ties = sorted.slice(start, end).sort(order)
      for (let i = start; i < end; i++) sorted[i] = ties[i - start]!
    }
    start = end
  }
}

/** Rows of one key mostly come in the order of their times. */
const isSorted = <P extends TimedPosition>(positions: readonly P[], start: number, end: number, order: TimedOrder): boolean => {
  for (let i = start + 1; i < end; i++) if (order(positions[i - 1]!, positions[i]!) > 0) return false
  return true
}
