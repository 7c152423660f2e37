import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { SerializationError } from '../../lib/core/errors.ts'
import type { Headers } from '../../lib/core/headers.ts'
import type { Deserializer, Serde, Serializer } from '../../lib/serdes/serde.ts'
import type { ProcessingContext } from '../../topology/api.ts'
import { Change } from './processors/change.ts'

/** The last byte of a serialized change says what stands before it. */
const OLD_ONLY = 0
const NEW_ONLY = 1
/** The length of the new value as a zigzag varint, then the new value, then the old one. */
const NEW_AND_OLD = 2

/** The serde of the repartition topic of a grouped table: changes around a serde for the values. */
export class ChangeSerde<V> implements Serde<Change<V>> {
  #inner: Serde<V> | undefined

  constructor(inner: Serde<V> | undefined) {
    this.#inner = inner
    if (inner !== undefined) return
    this.serializer.needsDefaults = ['value']
    this.deserializer.needsDefaults = ['value']
  }

  /** Called by the processors at both ends when they start: without a serde of the user's the configured default is used. */
  useDefault(context: ProcessingContext): void {
    this.#inner ??= context.valueSerde as Serde<V>
  }

  get #values(): Serde<V> {
    if (this.#inner === undefined) throw new SerializationError('a change was serialized before its processor was started')
    return this.#inner
  }

  readonly serializer: Serializer<Change<V>> & { needsDefaults: readonly 'value'[] } = {
    needsDefaults: [],
    serialize: (topic, change, headers) => {
      if (change === undefined) return undefined
      const { serializer } = this.#values
      const newBytes = serializer.serialize(topic, change.newValue, headers)
      const oldBytes = serializer.serialize(topic, change.oldValue, headers)
      if (newBytes === undefined && oldBytes === undefined) {
        throw new SerializationError(`Both old and new values are null in a change for topic ${topic}, which is not allowed.`)
      }
      return encode(newBytes, oldBytes)
    },
  }

  readonly deserializer: Deserializer<Change<V>> & { needsDefaults: readonly 'value'[] } = {
    needsDefaults: [],
    deserialize: (topic, data, headers) => (data === undefined ? undefined : decode(this.#values.deserializer, topic, data, headers)),
  }
}

const encode = (newBytes: Uint8Array | undefined, oldBytes: Uint8Array | undefined): Uint8Array => {
  const out = new ByteWriter((newBytes?.length ?? 0) + (oldBytes?.length ?? 0) + 6)
  if (newBytes !== undefined && oldBytes !== undefined) writeVarint(out, newBytes.length)
  if (newBytes !== undefined) out.writeBytes(newBytes)
  if (oldBytes !== undefined) out.writeBytes(oldBytes)
  if (oldBytes === undefined) out.writeByte(NEW_ONLY)
  else out.writeByte(newBytes === undefined ? OLD_ONLY : NEW_AND_OLD)
  return out.view()
}

const decode = <V>(inner: Deserializer<V>, topic: string, data: Uint8Array, headers: Headers | undefined): Change<V> => {
  const read = (start: number, end: number): V | undefined => inner.deserialize(topic, data.subarray(start, end), headers)
  const end = data.length - 1
  const flag = data[end]
  if (flag === NEW_ONLY) return new Change<V>(read(0, end), undefined, true)
  if (flag === OLD_ONLY) return new Change<V>(undefined, read(0, end), true)
  if (flag !== NEW_AND_OLD) throw new SerializationError(`Encountered unknown byte value \`${flag}\` at the end of a change in topic ${topic}`)
  const { value: length, next } = readVarint(data)
  return new Change<V>(read(next, next + length), read(next + length, end), true)
}

const writeVarint = (out: ByteWriter, length: number): void => {
  let rest = length * 2
  while (rest > 127) {
    out.writeByte((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  out.writeByte(rest)
}

const readVarint = (data: Uint8Array): { value: number; next: number } => {
  let zigzag = 0
  let scale = 1
  let next = 0
  for (; ; scale *= 128) {
    const byte = data[next++] ?? 0
    zigzag += (byte % 128) * scale
    if (byte < 128) return { value: zigzag / 2, next }
  }
}
