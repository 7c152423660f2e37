import { readInt64 } from '../../../lib/core/int64.ts'
import type { TimedPosition } from './timed-rows.ts'

/** Bytes of the minor number: a sequence number, or the start of a session. */
export type MinorBytes = 4 | 8

const TIME_BYTES = 8

export const chars4 = (value: number): string => String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)

/** Joins put each row at a time of its own: one string of 8 characters, not one for each of them. */
const chars8 = (value: number): string => {
  const high = Math.floor(value / 0x1_0000_0000)
  const low = value >>> 0
  return String.fromCharCode(
    high >>> 24, (high >>> 16) & 255, (high >>> 8) & 255, high & 255,
    low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255,
  )
}

const numberAt = (text: string, start: number, bytes: number): number => {
  let value = 0
  for (let i = start; i < start + bytes; i++) value = value * 256 + text.charCodeAt(i)
  return value
}

/**
 * Key, time and minor number as one string of bytes: the key of Java's changelogs and RocksDB rows, `[key][start 8][seq 4]`
 * for windows and `[key][end 8][start 8]` for sessions. Times are not negative.
 */
export class TimedKeys {
  readonly minorBytes: MinorBytes
  /** Windows of many keys have the same start. */
  #lastTime = -1
  #lastTimeChars = ''
  #lastMinor = -1
  #lastMinorChars = ''

  constructor(minorBytes: MinorBytes) {
    this.minorBytes = minorBytes
  }

  get suffixLength(): number {
    return TIME_BYTES + this.minorBytes
  }

  compose(key: string, time: number, minor: number): string {
    if (time !== this.#lastTime) {
      this.#lastTime = time
      this.#lastTimeChars = chars8(time)
    }
    if (minor !== this.#lastMinor) {
      this.#lastMinor = minor
      this.#lastMinorChars = this.minorBytes === 4 ? chars4(minor) : chars8(minor)
    }
    return key + this.#lastTimeChars + this.#lastMinorChars
  }

  /** What the bytes of a composed key say. */
  positionIn(buffer: Buffer, start: number, end: number): TimedPosition {
    const keyEnd = end - TIME_BYTES - this.minorBytes
    const minorStart = keyEnd + TIME_BYTES
    return {
      key: buffer.latin1Slice(start, keyEnd),
      time: readInt64(buffer, keyEnd),
      minor: this.minorBytes === 4 ? buffer.readUInt32BE(minorStart) : readInt64(buffer, minorStart),
    }
  }
}

/** A time as 8 bytes: rows with it in front are sorted by it. */
export const timePrefix = (time: number): string => chars8(time)

export const timeOfPrefix = (text: string): number => numberAt(text, 0, TIME_BYTES)
