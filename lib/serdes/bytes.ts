import { asBuffer, makeSerde } from './make-serde.ts'
import { wrongValue } from './wrong-data.ts'

/** Bytes as they are, as Java's ByteArray, Bytes and ByteBuffer serdes. What is read is a copy and may be kept. */
export const bytes = makeSerde<Uint8Array>({
  write(data, out) {
    if (!(data instanceof Uint8Array)) throw wrongValue('Serdes.bytes', 'a Buffer or Uint8Array', data)
    out.writeBytes(data)
  },
  read: (buffer, start, end) => Buffer.from(buffer.subarray(start, end)),
  toStoreKey(data) {
    if (!(data instanceof Uint8Array)) throw wrongValue('Serdes.bytes', 'a Buffer or Uint8Array', data)
    return asBuffer(data).latin1Slice()
  },
  fromStoreKey: (key) => Buffer.from(key, 'latin1'),
})
