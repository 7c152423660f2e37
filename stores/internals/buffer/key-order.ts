import type { Keyed } from './key-parts.ts'
import { compareKeys } from './key-parts.ts'

/** Below this a sort by comparison is as quick. */
const FEW = 48
/** Bytes that are looked at, three to a number. */
const DIGITS = 6
const NUMBERS = DIGITS / 3

/** Room to work in; nobody else runs while a sort does. */
let capacity = 0
let digits: readonly Int32Array[] = []
let places: readonly [Int32Array, Int32Array] = [new Int32Array(0), new Int32Array(0)]
const counts = new Int32Array(257)

const ensure = (size: number): void => {
  if (size <= capacity) return
  capacity = 2 ** Math.ceil(Math.log2(size))
  digits = Array.from({ length: NUMBERS }, () => new Int32Array(capacity))
  places = [new Int32Array(capacity), new Int32Array(capacity)]
}

/** How many characters all keys begin with. */
const commonLength = (list: readonly Keyed[]): number => {
  const first = list[0]!.head
  let common = first.length
  for (let i = 1; i < list.length && common > 0; i++) {
    const { head } = list[i]!
    let at = 0
    while (at < common && head.charCodeAt(at) === first.charCodeAt(at)) at++
    common = at
  }
  return common
}

/** Behind the end of a key there are zeros. */
const byteAt = ({ head, tail }: Keyed, at: number): number =>
  at < head.length ? head.charCodeAt(at) : at - head.length < tail.bytes.length ? tail.bytes.charCodeAt(at - head.length) : 0

/** One pass for each byte, from the last to the first; each keeps the order of the one before it. */
const orderByDigits = (size: number): Int32Array => {
  let [from, to] = places
  for (let i = 0; i < size; i++) from[i] = i
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const column = digits[Math.floor(digit / 3)]!
    const shift = 8 * (2 - (digit % 3))
    counts.fill(0)
    for (let i = 0; i < size; i++) counts[((column[i]! >>> shift) & 255) + 1]!++
    if (counts[((column[0]! >>> shift) & 255) + 1] === size) continue
    for (let byte = 0; byte < 256; byte++) counts[byte + 1]! += counts[byte]!
    for (let i = 0; i < size; i++) {
      const place = from[i]!
      to[counts[(column[place]! >>> shift) & 255]!++] = place
    }
    ;[from, to] = [to, from]
  }
  return from
}

/**
 * Sorts by the bytes of the keys, as Java's maps of bytes are sorted. Comparing strings takes longer than all else that a window does when it
 * closes, so the first bytes behind what all keys share are sorted as numbers, and only keys that are equal in these are compared.
 */
export const sortByKey = <E extends Keyed>(list: E[]): E[] => {
  const size = list.length
  if (size < FEW) return list.sort(compareKeys)
  ensure(size)
  const [high, low] = digits as [Int32Array, Int32Array]
  const start = commonLength(list)
  for (let i = 0; i < size; i++) {
    const entry = list[i]!
    high[i] = (byteAt(entry, start) << 16) | (byteAt(entry, start + 1) << 8) | byteAt(entry, start + 2)
    low[i] = (byteAt(entry, start + 3) << 16) | (byteAt(entry, start + 4) << 8) | byteAt(entry, start + 5)
  }
  const order = orderByDigits(size)
  const sorted = new Array<E>(size)
  for (let i = 0; i < size; i++) sorted[i] = list[order[i]!]!
  for (let from = 0; from < size; ) {
    const first = order[from]!
    let to = from + 1
    while (to < size && high[order[to]!] === high[first] && low[order[to]!] === low[first]) to++
    if (to - from > 1) sortPart(sorted, from, to)
    from = to
  }
  return sorted
}

const sortPart = <E extends Keyed>(list: E[], from: number, to: number): void => {
  const part = list.slice(from, to).sort(compareKeys)
  for (let i = 0; i < part.length; i++) list[from + i] = part[i]!
}
