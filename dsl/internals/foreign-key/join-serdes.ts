import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { byteStringEncoder, valueReader, valueWriter } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { StateStoreContext } from '../../../topology/api.ts'
import type { Hash128 } from './murmur3.ts'
import { murmur3 } from './murmur3.ts'

/** The serdes of both tables, as far as the user named them. */
export interface GivenSerdes<K, V, KO, VO> {
  readonly key: Serde<K> | undefined
  readonly value: Serde<V> | undefined
  readonly foreignKey: Serde<KO> | undefined
  readonly foreignValue: Serde<VO> | undefined
}

type Write<T> = (data: T, out: ByteWriter) => void
type Read<T> = (buffer: Buffer, start: number, end: number) => T

type SerdeContext = Pick<StateStoreContext, 'applicationId' | 'keySerde' | 'valueSerde'>

/**
 * How one foreign-key join turns keys and values into bytes and back. What is only a part of a record is serialized under a
 * topic name of its own, as in Java, so that serdes with a schema registry keep the schemas apart.
 */
export class JoinSerdes<K, V, KO, VO> {
  readonly #given: GivenSerdes<K, V, KO, VO>
  readonly #subscriptionTopic: string
  readonly #answerTopic: string
  readonly #scratch = new ByteWriter(256)
  #writeValue!: Write<V>
  /** Primary keys inside of subscriptions. */
  writeKey!: Write<K>
  readKey!: Read<K>
  /** A primary key as a part of a key in the store of subscriptions; one character a byte. */
  keyString!: (key: K) => string
  /** Likewise a foreign key. */
  foreignKeyString!: (key: KO) => string
  /** Values of the right table inside of answers. */
  writeForeignValue!: Write<VO>
  readForeignValue!: Read<VO>

  constructor(given: GivenSerdes<K, V, KO, VO>, subscriptionTopic: string, answerTopic: string) {
    this.#given = given
    this.#subscriptionTopic = subscriptionTopic
    this.#answerTopic = answerTopic
  }

  /** True when the serde of the right table's values was named. */
  get hasForeignValue(): boolean {
    return this.#given.foreignValue !== undefined
  }

  /**
   * Called when a processor of the join starts: only then are the application and its default serdes known.
   * @throws {ConfigError} when a serde is missing
   */
  start(context: SerdeContext): void {
    if (this.#given.key === undefined || this.#given.foreignKey === undefined) require(context.keySerde)
    if (this.#given.value === undefined || this.#given.foreignValue === undefined) require(context.valueSerde)
    this.prepare(context)
  }

  /** The same for the store of subscriptions, which is restored before processors start. */
  prepare(context: SerdeContext): void {
    const key = this.#given.key ?? (context.keySerde as Serde<K>)
    const value = this.#given.value ?? (context.valueSerde as Serde<V>)
    const foreignKey = this.#given.foreignKey ?? (context.keySerde as Serde<KO>)
    const foreignValue = this.#given.foreignValue ?? (context.valueSerde as Serde<VO>)
    const subscriptions = `${context.applicationId}-${this.#subscriptionTopic}`
    const answers = `${context.applicationId}-${this.#answerTopic}`
    this.#writeValue = valueWriter(value.serializer, `${subscriptions}-vh`)
    this.writeKey = valueWriter(key.serializer, `${subscriptions}-pk`)
    this.readKey = valueReader(key.deserializer, `${subscriptions}-pk`)
    this.keyString = byteStringEncoder(key, `${subscriptions}-pk`)
    this.foreignKeyString = byteStringEncoder(foreignKey, `${subscriptions}-fk`)
    this.writeForeignValue = valueWriter(foreignValue.serializer, answers)
    this.readForeignValue = valueReader(foreignValue.deserializer, answers)
  }

  /** By which a left row's value is known again. */
  hashOf(value: V): Hash128 {
    const scratch = this.#scratch
    scratch.reset()
    this.#writeValue(value, scratch)
    return murmur3(scratch.buffer, 0, scratch.position)
  }
}

/** What stands for a default serde that is not configured throws whatever it is asked; others turn nothing into nothing. */
const require = (serde: Serde<unknown>): void => {
  serde.serializer.serialize('', undefined)
}
