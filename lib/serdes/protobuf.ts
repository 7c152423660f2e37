import { SerializationError } from '../core/errors.ts'
import { makeSerde } from './make-serde.ts'
import type { Serde } from './serde.ts'

/** What the serde needs of a protobufjs type, reflected or generated. */
export interface ProtobufType<T> {
  readonly name?: string
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** Protocol Buffers messages of a protobufjs `Type` or generated class, without schema registry framing. */
export const protobufSerde = <T extends object>(type: ProtobufType<T>): Serde<T> => {
  const name = type.name ?? 'message'
  return makeSerde<T>({
    write(data, out) {
      let bytes: Uint8Array
      try {
        bytes = type.encode(data).finish()
      } catch (error) {
        throw new SerializationError(`protobufSerde(${name}) cannot write the value: ${(error as Error).message}`, { cause: error })
      }
      out.writeBytes(bytes)
    },
    read(buffer, start, end) {
      try {
        // A copy: fields of type bytes are views of what was decoded.
        return type.decode(Buffer.from(buffer.subarray(start, end)))
      } catch (error) {
        throw new SerializationError(`protobufSerde(${name}) cannot read the data: ${(error as Error).message}`, { cause: error })
      }
    },
  })
}
