import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { byteStringDecoder, byteStringEncoder } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { Window, Windowed, WindowLayout } from '../../../lib/serdes/windowed.ts'
import { windowedParts } from '../../../lib/serdes/windowed.ts'
import { HASH_SEED, hashOf, hashOfNumber, spread } from '../string-hash.ts'

/** The bytes behind a key: those of its window. All keys of a window share one tail, so that a key in a window is no string of its own. */
export interface KeyTail {
  /** As a latin1 string; empty for keys without windows. */
  readonly bytes: string
  readonly window: Window | undefined
  readonly hash: number
}

/** A power of two. Windows that are open at the same time find their tails here, sessions hardly ever. */
const REMEMBERED_TAILS = 16

const NO_TAIL: KeyTail = { bytes: '', window: undefined, hash: HASH_SEED }

/** Takes keys apart and puts them together again. The parts of the key that was taken apart last are in its fields. */
export class KeyParts<K> {
  /** The bytes of the key, without those of its window. */
  head = ''
  tail = NO_TAIL
  /** Of both. */
  hash = 0
  readonly #layout: WindowLayout | undefined
  readonly #encode: (key: unknown) => string
  readonly #decode: (head: string) => unknown
  readonly #tails: (KeyTail | undefined)[] = new Array<undefined>(REMEMBERED_TAILS).fill(undefined)
  readonly #scratch = new ByteWriter(16)

  constructor(serde: Serde<K>, topic: string) {
    const parts = windowedParts(serde)
    const ofHead = parts === undefined ? (serde as Serde<unknown>) : parts.inner
    this.#layout = parts?.layout
    this.#encode = byteStringEncoder(ofHead, topic)
    this.#decode = byteStringDecoder(ofHead, topic)
  }

  split(key: K): void {
    const layout = this.#layout
    if (layout === undefined) this.#set(this.#encode(key), NO_TAIL)
    else {
      const windowed = key as Windowed<unknown>
      this.#set(this.#encode(windowed.key), this.#tailOf(windowed.window, layout))
    }
  }

  /** The same of a key in its bytes. */
  splitBytes(bytes: Buffer, start = 0, end = bytes.length): void {
    const layout = this.#layout
    if (layout === undefined) {
      this.#set(bytes.latin1Slice(start, end), NO_TAIL)
      return
    }
    const headEnd = layout.keyEndOf(start, end)
    this.#set(bytes.latin1Slice(start, headEnd), this.#tailOf(layout.read(bytes, headEnd), layout))
  }

  #set(head: string, tail: KeyTail): void {
    this.head = head
    this.tail = tail
    this.hash = hashOf(head, tail.hash)
  }

  #tailOf(window: Window, layout: WindowLayout): KeyTail {
    const { start, end } = window
    const at = spread(hashOfNumber(start, end | 0)) & (REMEMBERED_TAILS - 1)
    const remembered = this.#tails[at]
    if (remembered !== undefined && remembered.window!.start === start && remembered.window!.end === end) return remembered
    const scratch = this.#scratch
    scratch.reset()
    layout.write(window, scratch)
    const bytes = scratch.buffer.latin1Slice(0, scratch.position)
    const tail = { bytes, window: layout.read(scratch.buffer, 0), hash: hashOf(bytes, HASH_SEED) }
    this.#tails[at] = tail
    return tail
  }

  join(head: string, { window }: KeyTail): K {
    const key = this.#decode(head)
    return (window === undefined ? key : { key, window }) as K
  }
}

/** What has a key. */
export interface Keyed {
  readonly head: string
  readonly tail: KeyTail
}

/** By the bytes of their keys. */
export const compareKeys = (a: Keyed, b: Keyed): number => {
  const x = a.head
  const y = b.head
  // Where one begins as the other does, what stands behind the shorter one decides.
  const isBeginning = x.length <= y.length ? y.startsWith(x) : x.startsWith(y)
  if (!isBeginning) return x < y ? -1 : 1
  const whole = x + a.tail.bytes
  const other = y + b.tail.bytes
  return whole < other ? -1 : whole > other ? 1 : 0
}
