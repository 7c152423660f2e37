/** Bytes of the minor number: a sequence number, or the start of a session. */
export type MinorBytes = 4 | 8

const TIME_BYTES = 8

const charsOf = (value: number, bytes: number): string => {
  let chars = ''
  let rest = value
  for (let i = 0; i < bytes; i++) {
    chars = String.fromCharCode(rest % 256) + chars
    rest = Math.floor(rest / 256)
  }
  return chars
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
      this.#lastTimeChars = charsOf(time, TIME_BYTES)
    }
    if (minor !== this.#lastMinor) {
      this.#lastMinor = minor
      this.#lastMinorChars = charsOf(minor, this.minorBytes)
    }
    return key + this.#lastTimeChars + this.#lastMinorChars
  }

  keyOf(composed: string): string {
    return composed.slice(0, composed.length - this.suffixLength)
  }

  timeOf(composed: string): number {
    return numberAt(composed, composed.length - this.suffixLength, TIME_BYTES)
  }

  minorOf(composed: string): number {
    return numberAt(composed, composed.length - this.minorBytes, this.minorBytes)
  }
}

/** A time as 8 bytes: rows with it in front are sorted by it. */
export const timePrefix = (time: number): string => charsOf(time, TIME_BYTES)

export const timeOfPrefix = (text: string): number => numberAt(text, 0, TIME_BYTES)
