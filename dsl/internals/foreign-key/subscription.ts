import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { SerializationError } from '../../../lib/core/errors.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import { hashBytes, readHash, readInt32, serdeOf, versionByte, versionOf, writeHash } from './hash-bytes.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Hash128 } from './murmur3.ts'

/** What a row of the left table asks of the right one. The numbers are Kafka Streams' own, as they stand in its topics. */
export const Instruction = {
  /** Forget the row: the new one asks elsewhere. */
  deleteKey: 0,
  /** Forget the row and answer that it is gone. */
  deleteKeyAndAnswer: 1,
  /** Remember the row and answer, also when there is no partner. */
  answerAlways: 2,
  /** Remember the row and answer if there is a partner. */
  answerIfJoined: 3,
} as const

/** A left row's subscription to the right row of its foreign key. */
export class Subscription<K> {
  readonly instruction: number
  /** Of the left row's value, so that an answer to an older one is known by it; undefined for a deleted row. */
  readonly hash: Hash128 | undefined
  readonly primaryKey: K
  /** The partition of the left row, where the answer has to go; undefined in records of old versions of Kafka Streams. */
  readonly primaryPartition: number | undefined

  constructor(instruction: number, hash: Hash128 | undefined, primaryKey: K, primaryPartition: number | undefined) {
    this.instruction = instruction
    this.hash = hash
    this.primaryKey = primaryKey
    this.primaryPartition = primaryPartition
  }
}

/** The version of subscriptions that carry their partition; those of version 0 do not. */
const WITH_PARTITION = 1
const PARTITION_BYTES = 4

/** version, instruction, hash, primary key, partition. */
export const subscriptionSerde = <K>(serdes: Pick<JoinSerdes<K, never, never, never>, 'writeKey' | 'readKey'>): Serde<Subscription<K>> => {
  const write = ({ instruction, hash, primaryKey, primaryPartition }: Subscription<K>, out: ByteWriter): void => {
    out.writeByte(versionByte(primaryPartition === undefined ? 0 : WITH_PARTITION, hash))
    out.writeByte(instruction)
    if (hash !== undefined) writeHash(hash, out)
    serdes.writeKey(primaryKey, out)
    if (primaryPartition !== undefined) out.writeInt32(primaryPartition)
  }
  const read = (buffer: Buffer, start: number, end: number): Subscription<K> => {
    const first = buffer[start]!
    const version = versionOf(first)
    if (version > WITH_PARTITION) {
      throw new SerializationError(`A subscription of a foreign-key join has version ${version}; this library knows those up to ${WITH_PARTITION}`)
    }
    const hashLength = hashBytes(first)
    const keyStart = start + 2 + hashLength
    const keyEnd = version === WITH_PARTITION ? end - PARTITION_BYTES : end
    if (keyEnd < keyStart) throw new SerializationError(`A subscription of a foreign-key join cannot have only ${end - start} bytes`)
    const hash = hashLength === 0 ? undefined : readHash(buffer, start + 2)
    const partition = version === WITH_PARTITION ? readInt32(buffer, keyEnd) : undefined
    return new Subscription(buffer[start + 1]!, hash, serdes.readKey(buffer, keyStart, keyEnd), partition)
  }
  // No processor changes a subscription, so stores may keep the object itself.
  return { ...serdeOf(write, read), immutable: true }
}
