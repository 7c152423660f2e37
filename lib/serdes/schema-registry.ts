import { SerializationError } from '../core/errors.ts'
import { asBuffer } from './make-serde.ts'
import type { Serde } from './serde.ts'

/** A schema as a registry keeps it. */
export interface RegisteredSchema {
  readonly schema: string
  /** Default `AVRO`, as in the registries' own protocol. */
  readonly schemaType?: 'AVRO' | 'JSON' | 'PROTOBUF' | undefined
}

/**
 * What the serde asks of a schema registry: a port, for which {@link HttpSchemaRegistry} is one adapter. Both answer at once,
 * since records are read and written without waiting; whatever has to be fetched is fetched before, or while the thread waits.
 */
export interface SchemaRegistry {
  /** The id of a schema under a subject, which an adapter may register there. @throws {SerializationError} when there is none */
  idOf(subject: string, schema: RegisteredSchema): number
  /** @throws {SerializationError} when there is no such schema */
  schemaOf(id: number): RegisteredSchema
}

/** What a library for one format does with one type: Avro by `avsc`, say. */
export interface SchemaCodec<T> {
  /** What values are written with. */
  readonly schema: string
  /** Default `AVRO`. */
  readonly schemaType?: RegisteredSchema['schemaType']
  encode(value: T): Uint8Array
  /** Reads what was written with another version of the schema as this one's type. Called once per version. */
  decoder(writerSchema: string): (data: Uint8Array) => T
}

export interface SchemaRegistrySerdeOptions {
  /** Whether keys are read and written; default false. */
  readonly isKey?: boolean | undefined
  /** Default: `<topic>-key` or `<topic>-value`, Confluent's TopicNameStrategy. */
  readonly subject?: ((topic: string, isKey: boolean) => string) | undefined
}

const MAGIC = 0
/** The magic byte and 4 bytes of the schema's id. */
const PREFIX_BYTES = 5

const topicNameStrategy = (topic: string, isKey: boolean): string => `${topic}-${isKey ? 'key' : 'value'}`

/**
 * Values in Confluent's wire format: a zero byte, the schema's id in 4 bytes (big endian), then what the codec wrote. Java's
 * serdes of the same registry read them, and the other way round. (Of Protobuf, the codec writes the message indexes too.)
 */
export const schemaRegistrySerde = <T>(registry: SchemaRegistry, codec: SchemaCodec<T>, options: SchemaRegistrySerdeOptions = {}): Serde<T> => {
  const { isKey = false, subject = topicNameStrategy } = options
  const ids = new Map<string, number>()
  const decoders = new Map<number, (data: Uint8Array) => T>()

  const idFor = (topic: string): number => {
    let id = ids.get(topic)
    if (id === undefined) {
      id = registry.idOf(subject(topic, isKey), { schema: codec.schema, schemaType: codec.schemaType })
      ids.set(topic, id)
    }
    return id
  }

  const decoderOf = (id: number): ((data: Uint8Array) => T) => {
    let decode = decoders.get(id)
    if (decode === undefined) {
      decode = codec.decoder(registry.schemaOf(id).schema)
      decoders.set(id, decode)
    }
    return decode
  }

  return {
    serializer: {
      serialize(topic, data) {
        if (data == null) return undefined
        const encoded = codec.encode(data)
        const bytes = Buffer.allocUnsafe(PREFIX_BYTES + encoded.length)
        bytes[0] = MAGIC
        bytes.writeInt32BE(idFor(topic), 1)
        bytes.set(encoded, PREFIX_BYTES)
        return bytes
      },
    },
    deserializer: {
      deserialize(_topic, data) {
        if (data == null) return undefined
        const bytes = asBuffer(data)
        if (bytes.length < PREFIX_BYTES || bytes[0] !== MAGIC) throw unframed(bytes)
        const decode = decoderOf(bytes.readInt32BE(1))
        // a copy: what a codec returns may be a view, and the bytes are reused
        return decode(Buffer.from(bytes.subarray(PREFIX_BYTES)))
      },
    },
  }
}

const unframed = (bytes: Buffer): SerializationError =>
  new SerializationError(
    `Data of ${bytes.length} bytes that begins with ${bytes.subarray(0, PREFIX_BYTES).toString('hex') || 'nothing'} is not in the wire format of a ` +
      'schema registry, which is a zero byte, the id of the schema in 4 bytes, and the value; it was written with another serializer',
  )
