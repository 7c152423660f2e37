import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { byteStringDecoder, byteStringEncoder } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { Slots } from '../slots.ts'
import { slotsFor } from '../slots.ts'
import type { BufferedChange } from './buffered-change.ts'
import type { ValueBytes } from './changelog-bytes.ts'
import { SAME_AS_PRIOR } from './changelog-bytes.ts'
import { ABSENT, contextSize, writeContext } from './record-context-bytes.ts'

const TIME_BYTES = 8
const LENGTH_BYTES = 4

/** How a buffer holds values: as they are where they cannot change, else as their bytes; and what changes of them are as bytes. */
export class ChangeForm<V> {
  readonly #slots: Slots<V, unknown>
  readonly #ofBytes: (bytes: string) => unknown
  readonly #toBytes: (slot: unknown) => string
  readonly #fixedSize: number | undefined
  readonly #scratch = new ByteWriter(256)

  constructor(serde: Serde<V>, topic: string) {
    const isItself = serde.immutable === true
    this.#slots = slotsFor(serde, topic)
    this.#ofBytes = isItself ? byteStringDecoder(serde, topic) : (bytes) => bytes
    this.#toBytes = isItself ? (byteStringEncoder(serde, topic) as (slot: unknown) => string) : (slot) => slot as string
    this.#fixedSize = isItself ? serde.fixedSize : undefined
  }

  /** @throws what the value's serializer throws */
  toSlot(value: V | undefined): unknown {
    if (value === undefined) return undefined
    const slot = this.#slots.toSlot(value)
    this.#slots.check(slot)
    return slot
  }

  toValue(slot: unknown): V | undefined {
    return slot === undefined ? undefined : this.#slots.toValue(slot)
  }

  toBytes(slot: unknown): ValueBytes {
    return slot === undefined ? undefined : this.#toBytes(slot)
  }

  ofBytes(bytes: ValueBytes): unknown {
    return bytes === undefined ? undefined : this.#ofBytes(bytes)
  }

  #areEqual(a: unknown, b: unknown): boolean {
    if (Object.is(a, b)) return true
    return a !== undefined && b !== undefined && this.#toBytes(a) === this.#toBytes(b)
  }

  #sizeOf(slot: unknown): number {
    if (slot === undefined) return 0
    return this.#fixedSize ?? this.#toBytes(slot).length
  }

  /** Bytes as Kafka Streams counts them against a buffer's limit. */
  sizeOf(change: BufferedChange<unknown>): number {
    const { head, tail, prior, old, new: newSlot } = change
    const values = this.#sizeOf(prior) + (this.#areEqual(prior, old) ? 0 : this.#sizeOf(old)) + this.#sizeOf(newSlot)
    return TIME_BYTES + head.length + tail.bytes.length + values + contextSize(change)
  }

  /** The value of a changelog record of version 3; good until the next call. */
  bytesOf(change: BufferedChange<unknown>): Buffer {
    const out = this.#scratch
    const { prior, old } = change
    out.reset()
    writeContext(change, out)
    this.#write(prior, out)
    if (old !== undefined && this.#areEqual(prior, old)) out.writeInt32(SAME_AS_PRIOR)
    else this.#write(old, out)
    this.#write(change.new, out)
    out.writeInt64(change.time)
    return out.view()
  }

  #write(slot: unknown, out: ByteWriter): void {
    const start = out.position
    out.writeInt32(ABSENT)
    if (slot === undefined) return
    this.#slots.write(slot, out)
    const end = out.position
    out.position = start
    out.writeInt32(end - start - LENGTH_BYTES)
    out.position = end
  }
}
