import { decodeModelDescriptor, encodeModelDescriptor } from './model-descriptor.ts'
import { decodeWineRecord, encodeWineRecord } from './wine-record.ts'
import type { ModelDescriptor } from './model-descriptor.ts'
import type { WineRecord } from './wine-record.ts'

/** What Millrace's `Serde` asks for; nothing more is needed to be one. */
export interface MessageSerde<T> {
  readonly serializer: { serialize(topic: string, data: T | undefined): Uint8Array | undefined }
  readonly deserializer: { deserialize(topic: string, data: Uint8Array | undefined): T | undefined }
}

const messageSerde = <T>(encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => T): MessageSerde<T> => ({
  serializer: { serialize: (_topic, data) => data === undefined ? undefined : encode(data) },
  deserializer: { deserialize: (_topic, data) => data === undefined ? undefined : decode(data) },
})

/** Protobuf `ModelDescriptor`s. Bytes that are none are a {@link ModelError}. */
export const modelDescriptorSerde: MessageSerde<ModelDescriptor> = messageSerde(encodeModelDescriptor, decodeModelDescriptor)

/** Protobuf `WineRecord`s. */
export const wineRecordSerde: MessageSerde<WineRecord> = messageSerde(encodeWineRecord, decodeWineRecord)
