import { ByteWriter } from '../core/byte-writer.ts'
import { SerializationError } from '../core/errors.ts'
import { readInt64 } from '../core/int64.ts'
import { valueReader, valueWriter } from './fast-paths.ts'
import { asBuffer, makeSerde } from './make-serde.ts'
import type { Deserializer, Serde, Serializer } from './serde.ts'

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

/** How a window is laid out behind the bytes of its key. */
interface Layout {
  readonly name: string
  readonly bytes: number
  write(window: Window, out: ByteWriter): void
  read(buffer: Buffer, at: number): Window
}

/** The same for those who keep keys and windows apart. */
export interface WindowLayout extends Omit<Layout, 'name' | 'bytes'> {
  /** Where in `[start, end)` the key ends and its window begins. @throws {SerializationError} when there is no room for a window */
  keyEndOf(start: number, end: number): number
}

interface WindowedParts {
  readonly inner: Serde<unknown>
  readonly layout: WindowLayout
}

const knownParts = new WeakMap<object, WindowedParts>()

/** What a serde of windowed keys consists of: the bytes of the inner one, and behind them those of the window. Undefined for any other. */
export const windowedParts = (serde: object): WindowedParts | undefined => knownParts.get(serde)

/** Of window stores' changelogs: which of the records with one key and window it is. */
const SEQUENCE_BYTES = 4

const endOf = (start: number, sizeMs: number): number => Math.min(start + sizeMs, Number.MAX_SAFE_INTEGER)

const timeLayout = (windowSizeMs: number): Layout => ({
  name: 'Serdes.timeWindowed',
  bytes: INT64_BYTES,
  write: (window, out) => out.writeInt64(window.start),
  read: (buffer, at) => {
    const start = readInt64(buffer, at)
    return { start, end: endOf(start, windowSizeMs) }
  },
})

const sessionLayout: Layout = {
  name: 'Serdes.sessionWindowed',
  bytes: 2 * INT64_BYTES,
  write: (window, out) => {
    out.writeInt64(window.end)
    out.writeInt64(window.start)
  },
  read: (buffer, at) => ({ start: readInt64(buffer, at + INT64_BYTES), end: readInt64(buffer, at) }),
}

const windowed = <K>(inner: Serde<K>, layout: Layout, ignored = 0): Serde<Windowed<K>> => {
  const keyEndOf = (start: number, end: number): number => {
    const keyEnd = end - layout.bytes - ignored
    if (keyEnd < start) throw tooShort(layout.name, layout.bytes + ignored, end - start)
    return keyEnd
  }
  const serde = windowedOf(inner, layout, keyEndOf)
  if (ignored === 0) knownParts.set(serde, { inner: inner as Serde<unknown>, layout: { write: layout.write, read: layout.read, keyEndOf } })
  return serde
}

const windowedOf = <K>(inner: Serde<K>, layout: Layout, keyEndOf: WindowLayout['keyEndOf']): Serde<Windowed<K>> => {
  const readKey = valueReader(inner.deserializer, '')
  const writeKey = valueWriter(inner.serializer, '')
  const serde = makeSerde<Windowed<K>>({
    write(data, out) {
      writeKey(data.key, out)
      layout.write(data.window, out)
    },
    read(buffer, start, end) {
      const keyEnd = keyEndOf(start, end)
      return { key: readKey(buffer, start, keyEnd), window: layout.read(buffer, keyEnd) }
    },
  })
  if (inner.serializer.write !== undefined && inner.deserializer.read !== undefined) return serde
  // a serde that only has the slow functions may want to know topic and headers
  const serializer: Serializer<Windowed<K>> = {
    serialize(topic, data, headers) {
      if (data == null) return undefined
      const out = new ByteWriter(64)
      out.writeBytes(inner.serializer.serialize(topic, data.key, headers) ?? Buffer.alloc(0))
      layout.write(data.window, out)
      return out.view()
    },
  }
  const deserializer: Deserializer<Windowed<K>> = {
    deserialize(topic, data, headers) {
      if (data == null) return undefined
      const buffer = asBuffer(data)
      const keyEnd = keyEndOf(0, buffer.length)
      return { key: inner.deserializer.deserialize(topic, buffer.subarray(0, keyEnd), headers) as K, window: layout.read(buffer, keyEnd) }
    },
  }
  return { ...serde, serializer, deserializer }
}

/**
 * Keys of time windows as Java's TimeWindowedSerde: the bytes of the key, then 8 bytes of the window's start. The end is not
 * written, so the size (ms) has to be known. With `forChangelog` it reads the keys of a window store's changelog, which end in a
 * sequence number of 4 bytes.
 */
export const timeWindowed = <K>(inner: Serde<K>, windowSizeMs: number, options: { readonly forChangelog?: boolean } = {}): Serde<Windowed<K>> =>
  windowed(inner, timeLayout(windowSizeMs), options.forChangelog === true ? SEQUENCE_BYTES : 0)

/** Keys of sessions as Java's SessionWindowedSerde: the bytes of the key, then 8 bytes each of the session's end and start. */
export const sessionWindowed = <K>(inner: Serde<K>): Serde<Windowed<K>> => windowed(inner, sessionLayout)

/** The same by Java's names. */
export const WindowedSerdes = {
  timeWindowedSerdeFrom: timeWindowed,
  sessionWindowedSerdeFrom: sessionWindowed,
} as const
