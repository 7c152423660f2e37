import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { SerializationError } from '../../../lib/core/errors.ts'
import type { Deserializer, Serde, Serializer } from '../../../lib/serdes/serde.ts'
import { hashBytes, readHash, serdeOf, versionByte, versionOf, writeHash } from './hash-bytes.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Hash128 } from './murmur3.ts'

/** What a left row is told of the right row of its foreign key. */
export class Answer<VO> {
  /** The hash that the left row subscribed with. */
  readonly hash: Hash128 | undefined
  /** Undefined where there is no right row. */
  readonly foreignValue: VO | undefined
  /** Where to send the answer, as far as the subscription says so; it is not written. */
  readonly primaryPartition: number | undefined

  constructor(hash: Hash128 | undefined, foreignValue: VO | undefined, primaryPartition: number | undefined) {
    this.hash = hash
    this.foreignValue = foreignValue
    this.primaryPartition = primaryPartition
  }
}

const VERSION = 0

type AnswerSerdes<VO> = Pick<JoinSerdes<never, never, never, VO>, 'writeForeignValue' | 'readForeignValue' | 'hasForeignValue'>

/** version, hash, foreign value. As in Java, a value of no bytes (such as an empty string) is read as no value. */
export const answerSerde = <VO>(serdes: AnswerSerdes<VO>): Serde<Answer<VO>> => {
  const write = ({ hash, foreignValue }: Answer<VO>, out: ByteWriter): void => {
    out.writeByte(versionByte(VERSION, hash))
    if (hash !== undefined) writeHash(hash, out)
    if (foreignValue !== undefined) serdes.writeForeignValue(foreignValue, out)
  }
  const read = (buffer: Buffer, start: number, end: number): Answer<VO> => {
    const first = buffer[start]!
    if (versionOf(first) !== VERSION) {
      throw new SerializationError(`An answer of a foreign-key join has version ${versionOf(first)}; this library knows version ${VERSION}`)
    }
    const hashLength = hashBytes(first)
    const valueStart = start + 1 + hashLength
    if (end < valueStart) throw new SerializationError(`An answer of a foreign-key join cannot have only ${end - start} bytes`)
    const hash = hashLength === 0 ? undefined : readHash(buffer, start + 1)
    return new Answer(hash, end === valueStart ? undefined : serdes.readForeignValue(buffer, valueStart, end), undefined)
  }
  const serde = serdeOf(write, read)
  if (serdes.hasForeignValue) return serde
  // So that an application without a default serde is refused before it runs.
  const needsDefaults = ['value']
  return { serializer: { ...serde.serializer, needsDefaults } as Serializer<Answer<VO>>, deserializer: { ...serde.deserializer, needsDefaults } as Deserializer<Answer<VO>> }
}
