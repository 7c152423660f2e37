import type { ByteWriter } from '../core/byte-writer.ts'
import { SerializationError } from '../core/errors.ts'
import { readInt64 } from '../core/int64.ts'
import { valueReader, valueWriter } from './fast-paths.ts'
import { makeSerde } from './make-serde.ts'
import type { Serde } from './serde.ts'

/** A time span in ms since the epoch: for windows without, for sessions with its end. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A key in one window. */
export interface Windowed<K> {
  readonly key: K
  readonly window: Window
}

const INT64_BYTES = 8

const tooShort = (serde: string, least: number, length: number): SerializationError =>
  new SerializationError(`${serde} reads at least ${least} bytes, but the data has ${length}; it was written with another serializer`)

/**
 * Keys of time windows as Java's TimeWindowedSerde: the bytes of the key, then 8 bytes of the window's start. The end is not
 * written, so the size (ms) has to be known.
 */
export const timeWindowed = <K>(inner: Serde<K>, windowSizeMs: number): Serde<Windowed<K>> => {
  const writeKey = valueWriter(inner.serializer, '')
  const readKey = valueReader(inner.deserializer, '')
  return makeSerde<Windowed<K>>({
    write(data, out) {
      writeKey(data.key, out)
      out.writeInt64(data.window.start)
    },
    read(buffer, start, end) {
      const keyEnd = end - INT64_BYTES
      if (keyEnd < start) throw tooShort('Serdes.timeWindowed', INT64_BYTES, end - start)
      const from = readInt64(buffer, keyEnd)
      return { key: readKey(buffer, start, keyEnd), window: { start: from, end: Math.min(from + windowSizeMs, Number.MAX_SAFE_INTEGER) } }
    },
  })
}

/** Keys of sessions as Java's SessionWindowedSerde: the bytes of the key, then 8 bytes each of the session's end and start. */
export const sessionWindowed = <K>(inner: Serde<K>): Serde<Windowed<K>> => {
  const writeKey = valueWriter(inner.serializer, '')
  const readKey = valueReader(inner.deserializer, '')
  return makeSerde<Windowed<K>>({
    write(data: Windowed<K>, out: ByteWriter) {
      writeKey(data.key, out)
      out.writeInt64(data.window.end)
      out.writeInt64(data.window.start)
    },
    read(buffer, start, end) {
      const keyEnd = end - 2 * INT64_BYTES
      if (keyEnd < start) throw tooShort('Serdes.sessionWindowed', 2 * INT64_BYTES, end - start)
      const window = { start: readInt64(buffer, keyEnd + INT64_BYTES), end: readInt64(buffer, keyEnd) }
      return { key: readKey(buffer, start, keyEnd), window }
    },
  })
}
