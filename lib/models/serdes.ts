import { decodeModelDescriptor, encodeModelDescriptor } from './model-descriptor.ts'
import { decodeWineRecord, encodeWineRecord } from './wine-record.ts'
import type { Serde } from '../index.ts'
import type { ModelDescriptor } from './model-descriptor.ts'
import type { WineRecord } from './wine-record.ts'

const messageSerde = <T>(encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => T): Serde<T> => ({
  serializer: { serialize: (_topic, data) => data === undefined ? undefined : encode(data) },
  deserializer: { deserialize: (_topic, data) => data === undefined ? undefined : decode(data) },
})

/** Protobuf `ModelDescriptor`s. Bytes that are none are a {@link ModelError}. */
export const modelDescriptorSerde: Serde<ModelDescriptor> = messageSerde(encodeModelDescriptor, decodeModelDescriptor)

/** Protobuf `WineRecord`s. */
export const wineRecordSerde: Serde<WineRecord> = messageSerde(encodeWineRecord, decodeWineRecord)
