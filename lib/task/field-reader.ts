import type { Headers } from '../core/headers.ts'
import type { Deserializer } from '../serdes/serde.ts'

/** Turns one field of a raw record into its value; made once per queue, so that the hot path asks nothing. */
export interface FieldReader {
  /** `start` is -1 for null. */
  read(buffer: Buffer, start: number, end: number, headers: Headers): unknown
}

class DirectReader implements FieldReader {
  readonly #deserializer: Required<Deserializer<unknown>>

  constructor(deserializer: Required<Deserializer<unknown>>) {
    this.#deserializer = deserializer
  }

  read(buffer: Buffer, start: number, end: number): unknown {
    return start < 0 ? undefined : this.#deserializer.read(buffer, start, end)
  }
}

class ViewReader implements FieldReader {
  readonly #topic: string
  readonly #deserializer: Deserializer<unknown>

  constructor(topic: string, deserializer: Deserializer<unknown>) {
    this.#topic = topic
    this.#deserializer = deserializer
  }

  read(buffer: Buffer, start: number, end: number, headers: Headers): unknown {
    const bytes = start < 0 ? undefined : buffer.subarray(start, end)
    return this.#deserializer.deserialize(this.#topic, bytes, headers) ?? undefined
  }
}

export const fieldReader = (topic: string, deserializer: Deserializer<unknown>): FieldReader =>
  deserializer.read === undefined
    ? new ViewReader(topic, deserializer)
    : new DirectReader(deserializer as Required<Deserializer<unknown>>)
