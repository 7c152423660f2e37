import { ByteWriter } from '../../core/byte-writer.ts'
import { GroupProtocolError } from '../errors.ts'

/**
 * The envelope of every classic consumer group: what members send when they join and what the leader hands out. Millrace
 * puts its own metadata into `userData`, so that the tools of Kafka show topics and partitions of its groups as usual.
 */
export interface MemberSubscription {
  readonly topics: readonly string[]
  readonly userData: Buffer | undefined
  readonly ownedPartitions: readonly TopicPartitions[]
}

/** What one member is to read. */
export interface MemberAssignment {
  readonly partitions: readonly TopicPartitions[]
  readonly userData: Buffer | undefined
}

export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

const SUBSCRIPTION_VERSION = 1
const ASSIGNMENT_VERSION = 1

export const encodeSubscription = (subscription: MemberSubscription): Buffer => {
  const out = new ByteWriter(256)
  out.writeInt16(SUBSCRIPTION_VERSION)
  out.writeInt32(subscription.topics.length)
  for (const topic of subscription.topics) writeString(out, topic)
  writeBytes(out, subscription.userData)
  writeTopicPartitions(out, subscription.ownedPartitions)
  return out.view()
}

/** @throws {GroupProtocolError} when the bytes end early */
export const decodeSubscription = (bytes: Buffer): MemberSubscription => {
  const reader = new Reader(bytes, 'subscription')
  const version = reader.int16()
  const topics = reader.strings()
  const userData = reader.bytes()
  return { topics, userData, ownedPartitions: version >= 1 ? reader.topicPartitions() : [] }
}

export const encodeAssignment = (assignment: MemberAssignment): Buffer => {
  const out = new ByteWriter(256)
  out.writeInt16(ASSIGNMENT_VERSION)
  writeTopicPartitions(out, assignment.partitions)
  writeBytes(out, assignment.userData)
  return out.view()
}

/** @throws {GroupProtocolError} when the bytes end early */
export const decodeAssignment = (bytes: Buffer): MemberAssignment => {
  const reader = new Reader(bytes, 'assignment')
  reader.int16()
  return { partitions: reader.topicPartitions(), userData: reader.bytes() }
}

const writeString = (out: ByteWriter, text: string): void => {
  const bytes = Buffer.from(text)
  out.writeInt16(bytes.length)
  out.writeBytes(bytes)
}

const writeBytes = (out: ByteWriter, bytes: Buffer | undefined): void => {
  if (bytes === undefined) return out.writeInt32(-1)
  out.writeInt32(bytes.length)
  out.writeBytes(bytes)
}

const writeTopicPartitions = (out: ByteWriter, list: readonly TopicPartitions[]): void => {
  out.writeInt32(list.length)
  for (const { topic, partitions } of list) {
    writeString(out, topic)
    out.writeInt32(partitions.length)
    for (const partition of partitions) out.writeInt32(partition)
  }
}

class Reader {
  readonly #bytes: Buffer
  readonly #what: string
  #position = 0

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4))
  }

  string(): string {
    const length = this.int16()
    const start = this.#advance(length)
    return this.#bytes.utf8Slice(start, start + length)
  }

  bytes(): Buffer | undefined {
    const length = this.int32()
    if (length < 0) return undefined
    const start = this.#advance(length)
    return this.#bytes.subarray(start, start + length)
  }

  strings(): string[] {
    return this.#list(() => this.string())
  }

  topicPartitions(): TopicPartitions[] {
    return this.#list(() => ({ topic: this.string(), partitions: this.#list(() => this.int32()) }))
  }

  #list<T>(read: () => T): T[] {
    const list: T[] = []
    for (let left = this.int32(); left > 0; left--) list.push(read())
    return list
  }

  #advance(bytes: number): number {
    const start = this.#position
    if (bytes < 0 || start + bytes > this.#bytes.length) {
      throw new GroupProtocolError(
        `a group member's ${this.#what} of ${this.#bytes.length} bytes ends at byte ${start} in the middle of a field: ` +
          'another kind of client may be using this application.id as its group.id',
      )
    }
    this.#position = start + bytes
    return start
  }
}
