import { bodyCodec } from './codec.ts'
import { MessageWriter } from './message-writer.ts'
import { malformed } from './protocol-error.ts'
import { ProtocolReader } from './reader.ts'
import type { DecodedOf, Fields, InputOf } from './schema.ts'

/**
 * What members of a classic consumer group tell each other inside JoinGroup and SyncGroup (protocol type `consumer`): the
 * broker carries it as bytes. A version number stands before each.
 */
const subscriptionFields = {
  topics: { arrayOf: 'string' },
  /** The assignor's own. */
  userData: { type: 'bytes', nullable: '0+' },
  /** What the member holds now, for cooperative assignors. */
  ownedPartitions: { arrayOf: { topic: 'string', partitions: { arrayOf: 'int32' } }, versions: '1+' },
  /** The generation in which it got that; -1: unknown. */
  generationId: { type: 'int32', versions: '2+', default: -1 },
  rackId: { type: 'string', versions: '3+', nullable: '3+' },
} as const satisfies Fields

const assignmentFields = {
  assignedPartitions: { arrayOf: { topic: 'string', partitions: { arrayOf: 'int32' } } },
  userData: { type: 'bytes', nullable: '0+' },
} as const satisfies Fields

export type ConsumerSubscription = DecodedOf<typeof subscriptionFields>
export type ConsumerAssignment = DecodedOf<typeof assignmentFields>

/** The newest version. Newer ones, from other clients, are read as this one: fields are only ever added at the end. */
export const CONSUMER_PROTOCOL_VERSION = 3

const versioned = (fields: Fields) => {
  const codecs = Array.from({ length: CONSUMER_PROTOCOL_VERSION + 1 }, (_, version) => bodyCodec(fields, version, false))
  return {
    encode(value: unknown, version: number): Buffer {
      const out = new MessageWriter(256)
      out.writeInt16(version)
      codecs[version]!.encode(out, value)
      return out.view()
    },
    decode(bytes: Buffer): unknown {
      const reader = new ProtocolReader(bytes)
      const version = reader.int16()
      if (version < 0) throw malformed(`version ${version} of a consumer's subscription or assignment`)
      return codecs[Math.min(version, CONSUMER_PROTOCOL_VERSION)]!.decode(reader)
    },
  }
}

const subscription = versioned(subscriptionFields)
const assignment = versioned(assignmentFields)

export const encodeConsumerSubscription = (value: InputOf<typeof subscriptionFields>, version = CONSUMER_PROTOCOL_VERSION): Buffer =>
  subscription.encode(value, version)

/** @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED */
export const decodeConsumerSubscription = (bytes: Buffer): ConsumerSubscription => subscription.decode(bytes) as ConsumerSubscription

export const encodeConsumerAssignment = (value: InputOf<typeof assignmentFields>, version = CONSUMER_PROTOCOL_VERSION): Buffer =>
  assignment.encode(value, version)

/** No bytes at all, as a member of a group that is just being formed gets, are an empty assignment. @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED */
export const decodeConsumerAssignment = (bytes: Buffer): ConsumerAssignment =>
  bytes.length === 0 ? { assignedPartitions: [], userData: undefined } : (assignment.decode(bytes) as ConsumerAssignment)
