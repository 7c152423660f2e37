import type { Deserializer, Serde, Serializer } from './serde.ts'

/** A serde of one's own from its two halves. Its values count as mutable: stores keep their bytes. */
export const serdeFrom = <T>(serializer: Serializer<T>, deserializer: Deserializer<T>): Serde<T> => ({ serializer, deserializer })
