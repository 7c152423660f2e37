import { SerializationError } from '../core/errors.ts'
import type { Serde } from './serde.ts'

const notNull = (): never => {
  throw new SerializationError('Serdes.void is for records without key or value, but there is data; name the serde that fits it')
}

/** No data at all, as Java's VoidSerde: null in the topic, `undefined` here. */
export const voidSerde: Serde<undefined> = {
  serializer: { serialize: (_topic, data) => (data == null ? undefined : notNull()) },
  deserializer: { deserialize: (_topic, data) => (data == null ? undefined : notNull()) },
  immutable: true,
}
