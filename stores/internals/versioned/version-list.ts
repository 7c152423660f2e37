import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { readInt64 } from '../../../lib/core/int64.ts'
import type { RowBytes } from '../row-codec.ts'
import type { Slots } from '../slots.ts'

/** The index of the last time that is not after `time`; -1 where there is none. */
export const indexAt = (times: readonly number[], time: number): number => {
  let high = times.length - 1
  // Nearly always the newest one is meant.
  if (high < 0 || times[high]! <= time) return high
  let low = 0
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}

/**
 * Versions of one key that follow each other: each holds from its time to the next one's, the last one to `end`. A version
 * without a value says that there was none. A list of one version that ends where it begins marks a deletion before which
 * nothing is known.
 */
export class VersionList<S> {
  end: number
  readonly times: number[]
  readonly values: (S | undefined)[]

  constructor(end: number, times: number[], values: (S | undefined)[]) {
    this.end = end
    this.times = times
    this.values = values
  }

  static of<S>(value: S | undefined, time: number, end: number): VersionList<S> {
    return new VersionList(end, [time], [value])
  }

  get start(): number {
    return this.times[0]!
  }

  copy(): VersionList<S> {
    return new VersionList(this.end, this.times.slice(), this.values.slice())
  }

  endOf(index: number): number {
    return index + 1 < this.times.length ? this.times[index + 1]! : this.end
  }

  /** Adds the last version; where it does not begin at the end there was no value in between. */
  append(value: S | undefined, time: number, end: number): void {
    if (time > this.end) this.#add(this.times.length, undefined, this.end)
    this.#add(this.times.length, value, time)
    this.end = end
  }

  prepend(value: S | undefined, time: number): void {
    this.#add(0, value, time)
  }

  /** Puts a version between `start` and `end`, and gives the time at which the one after it begins. */
  put(value: S | undefined, time: number): number {
    const at = indexAt(this.times, time)
    if (this.times[at] === time) {
      this.values[at] = value
      return this.endOf(at)
    }
    this.#add(at + 1, value, time)
    return this.endOf(at + 1)
  }

  #add(index: number, value: S | undefined, time: number): void {
    if (index === this.times.length) {
      this.times.push(time)
      this.values.push(value)
      return
    }
    this.times.splice(index, 0, time)
    this.values.splice(index, 0, value)
  }
}

const NO_VALUE = -1

/** In an engine: the end, then for each version its time, the length of its value (-1 for none) and the value. */
export const versionListBytes = <S>(slots: Slots<unknown, S>): Pick<RowBytes<VersionList<S>>, 'write' | 'read'> => ({
  write(list, out: ByteWriter) {
    out.writeInt64(list.end)
    for (let i = 0; i < list.times.length; i++) {
      const value = list.values[i]
      out.writeInt64(list.times[i]!)
      const lengthAt = out.position
      out.writeInt32(NO_VALUE)
      if (value === undefined) continue
      slots.write(value, out)
      out.buffer.writeInt32BE(out.position - lengthAt - 4, lengthAt)
    }
  },
  read(buffer, start, end) {
    const list = new VersionList<S>(readInt64(buffer, start), [], [])
    for (let p = start + 8; p < end; ) {
      list.times.push(readInt64(buffer, p))
      const length = buffer.readInt32BE(p + 8)
      p += 12
      list.values.push(length === NO_VALUE ? undefined : slots.read(buffer, p, p + length))
      if (length !== NO_VALUE) p += length
    }
    return list
  },
})
