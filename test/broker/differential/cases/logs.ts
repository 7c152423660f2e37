import { deleteRecords, fetch, listOffsets, offsetForLeaderEpoch, produce } from '../../../../lib/protocol/index.ts'
import type { RequestInput } from '../../../../lib/protocol/index.ts'
import { setLogAppendTime } from '../../../../lib/protocol/records/batch-rewrite.ts'
import { batchOf, numbered } from '../../helpers/batches.ts'
import type { TestTopic } from '../../helpers/topics.ts'
import type { Case, Conversation } from '../conversation.ts'

const UNKNOWN_ID = 'abcdefghijklmnopqrstuw'
const T0 = 1_700_000_000_000

type FetchPartition = RequestInput<typeof fetch>['topics'][number]['partitions'][number]

const write = (talk: Conversation, { name, id }: TestTopic, records: Buffer | undefined, note: string, options: { version?: number; acks?: number; partition?: number; transactionalId?: string } = {}) =>
  talk.ask(produce, options.version ?? 11, {
    transactionalId: options.transactionalId, acks: options.acks ?? -1, timeoutMs: 10_000, topicData: [{ name, topicId: id, partitionData: [{ index: options.partition ?? 0, records }] }],
  }, note)

const read = (talk: Conversation, { name, id }: TestTopic, fetchOffset: number, note: string, options: Partial<RequestInput<typeof fetch>> & { version?: number; partition?: Partial<FetchPartition> } = {}) => {
  const { version = 12, partition, ...rest } = options
  return talk.ask(fetch, version, {
    maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, sessionEpoch: -1, ...rest,
    topics: [{ topic: name, topicId: id, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000, ...partition }] }],
  }, note)
}

const at = (talk: Conversation, { name }: TestTopic, timestamp: number, note: string, options: { version?: number; partition?: number; isolationLevel?: number; currentLeaderEpoch?: number } = {}) =>
  talk.ask(listOffsets, options.version ?? 9, {
    replicaId: -1, isolationLevel: options.isolationLevel ?? 0,
    topics: [{ name, partitions: [{ partitionIndex: options.partition ?? 0, timestamp, currentLeaderEpoch: options.currentLeaderEpoch ?? -1 }] }],
  }, note)

/** Ten records a second apart, in two batches. */
const filled = async (talk: Conversation, configs: Record<string, string> = {}): Promise<TestTopic> => {
  const topic = await talk.topic(1, configs)
  for (const from of [0, 5]) await write(talk, topic, batchOf(Array.from({ length: 5 }, (_, i) => ({ key: 'k', value: `v${from + i}`, timestamp: T0 + (from + i) * 1000 }))), 'five records')
  return topic
}

const damaged = (change: (batch: Buffer) => void, resealed = true): Buffer => {
  const batch = batchOf(numbered(2))
  change(batch)
  // Setting the time seals the batch anew.
  if (resealed) setLogAppendTime(batch, 0, T0)
  return batch
}

export const logCases: readonly Case[] = [
  {
    name: 'Produce in every version',
    run: async (talk) => {
      const topic = await talk.topic()
      for (let version = 3; version <= 13; version++) await write(talk, topic, batchOf(numbered(2)), '', { version })
      for (let version = 3; version <= 13; version++) await write(talk, { name: 'no-such-topic', id: UNKNOWN_ID }, batchOf(numbered(2)), 'to an unknown topic', { version })
    },
  },
  {
    name: 'Produce with LogAppendTime',
    run: async (talk) => {
      const topic = await talk.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
      for (const version of [3, 8, 13]) await write(talk, topic, batchOf(numbered(2)), '', { version })
    },
  },
  {
    name: 'Produce of what cannot be written',
    run: async (talk) => {
      const topic = await talk.topic(1, { 'max.message.bytes': '2000' })
      const compacted = await talk.topic(1, { 'cleanup.policy': 'compact' })
      await write(talk, topic, batchOf(numbered(1)), 'to partition 9', { partition: 9 })
      await write(talk, topic, batchOf(numbered(1)), 'to partition -1', { partition: -1 })
      await write(talk, topic, batchOf(numbered(1)), 'with acks 2', { acks: 2 })
      await write(talk, topic, batchOf(numbered(1)), 'with acks -2', { acks: -2 })
      await write(talk, topic, Buffer.alloc(0), 'of nothing')
      await write(talk, topic, Buffer.alloc(5), 'of five zeros')
      await write(talk, topic, Buffer.alloc(100), 'of a hundred zeros')
      await write(talk, topic, batchOf([{ value: 'x'.repeat(3000) }]), 'of too much')
      await write(talk, topic, damaged((batch) => (batch[70]! ^= 1), false), 'with a bad crc')
      await write(talk, topic, damaged((batch) => batch.writeInt8(1, 16), false), 'of magic 1')
      await write(talk, topic, damaged((batch) => batch.writeInt8(3, 16), false), 'of magic 3')
      await write(talk, topic, Buffer.concat([batchOf(numbered(1)), batchOf(numbered(1))]), 'of two batches')
      await write(talk, topic, batchOf(numbered(1)).subarray(0, 60), 'of a batch cut off')
      await write(talk, topic, Buffer.concat([batchOf(numbered(1)), Buffer.alloc(3)]), 'of a batch and three bytes')
      await write(talk, topic, damaged((batch) => batch.writeInt16BE(0x20, 21)), 'of a control batch')
      await write(talk, topic, damaged((batch) => batch.writeInt16BE(0x07, 21)), 'of an unknown compression')
      await write(talk, topic, damaged((batch) => batch.writeInt32BE(5, 23)), 'with a wrong last offset')
      await write(talk, topic, damaged((batch) => batch.writeInt32BE(7, 57)), 'with a wrong count')
      await write(talk, topic, damaged((batch) => batch.writeInt32BE(-1, 57)), 'with a negative count')
      await write(talk, compacted, batchOf([{ value: 'no key' }]), 'without a key to a compacted topic')
      await write(talk, topic, batchOf([{ value: 'v', timestamp: Date.now() + 2 * 3_600_000 }]), 'from the future')
      await write(talk, topic, batchOf([{ value: 'v', timestamp: -1 }]), 'without a time')
      await write(talk, topic, batchOf(numbered(1), { producerId: 5, producerEpoch: 0, baseSequence: 0, transactional: true }), 'transactional without an id')
      await write(talk, topic, batchOf(numbered(1), { producerId: 5, producerEpoch: -1, baseSequence: 0 }), 'with a producer but no epoch')
      await write(talk, topic, batchOf(numbered(1), { producerId: 5, producerEpoch: 0, baseSequence: -1 }), 'with a producer but no sequence')
      await write(talk, { name: 'a b', id: UNKNOWN_ID }, batchOf(numbered(1)), 'to a bad name')
      await write(talk, { name: '', id: UNKNOWN_ID }, batchOf(numbered(1)), 'to no name')
      await talk.ask(produce, 9, { acks: -1, timeoutMs: 1000, topicData: [] }, 'of no topics')
      await talk.ask(produce, 9, { acks: -1, timeoutMs: 1000, topicData: [{ name: topic.name, partitionData: [] }] }, 'of no partitions')
    },
  },
  {
    name: 'Produce by an idempotent producer',
    run: async (talk) => {
      const topic = await talk.topic()
      const producerId = 7_000_000 + Math.floor(Math.random() * 1e9)
      const offer = (producerEpoch: number, baseSequence: number, count = 2) =>
        write(talk, topic, batchOf(numbered(count), { producerId, producerEpoch, baseSequence }), `epoch ${producerEpoch}, sequence ${baseSequence}, ${count} records`)
      await offer(0, 0)
      await offer(0, 2)
      await offer(0, 0)
      await offer(0, 0, 1)
      await offer(0, 5)
      for (let sequence = 4; sequence < 16; sequence += 2) await offer(0, sequence)
      await offer(0, 0)
      await offer(0, 6)
      await offer(1, 3)
      await offer(1, 0)
      await offer(0, 16)
      await offer(3, 0)
    },
  },
  {
    name: 'Fetch in every version',
    run: async (talk) => {
      const topic = await filled(talk)
      for (let version = 4; version <= 18; version++) {
        await read(talk, topic, 0, '', { version })
        await read(talk, topic, 7, 'from the middle, committed', { version, isolationLevel: 1 })
        await read(talk, topic, 10, 'from the end', { version })
        await read(talk, topic, 11, 'from beyond the end', { version })
        await read(talk, { name: 'no-such-topic', id: UNKNOWN_ID }, 0, 'of an unknown topic', { version })
      }
    },
  },
  {
    name: 'Fetch with limits and epochs',
    run: async (talk) => {
      const topic = await filled(talk)
      await read(talk, topic, -1, 'from before the beginning')
      await read(talk, topic, 0, 'of an unknown partition', { partition: { partition: 9 } })
      await read(talk, topic, 0, 'of a negative partition', { partition: { partition: -1 } })
      await read(talk, topic, 0, 'of one byte', { maxBytes: 1 })
      await read(talk, topic, 0, 'of one byte of the partition', { partition: { partitionMaxBytes: 1 } })
      await read(talk, topic, 0, 'of no bytes', { maxBytes: 0 })
      await read(talk, topic, 0, 'of no bytes of the partition', { partition: { partitionMaxBytes: 0 } })
      await read(talk, topic, 0, 'in the right epoch', { partition: { currentLeaderEpoch: 0 } })
      await read(talk, topic, 0, 'in an epoch to come', { partition: { currentLeaderEpoch: 1 } })
      await read(talk, topic, 0, 'in an epoch to come', { version: 17, partition: { currentLeaderEpoch: 1 } })
      await read(talk, topic, 5, 'after the right epoch', { partition: { lastFetchedEpoch: 0 } })
      await read(talk, topic, 5, 'after an epoch to come', { partition: { lastFetchedEpoch: 3 } })
      await read(talk, topic, 11, 'beyond the end after the right epoch', { partition: { lastFetchedEpoch: 0 } })
      await talk.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics: [] }, 'of nothing')
      await talk.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionId: 5, sessionEpoch: 5, topics: [] }, 'in no session')
      await talk.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionId: 0, sessionEpoch: 0, topics: [] }, 'of nothing in a new session')
      await talk.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionId: 0, sessionEpoch: 5, topics: [] }, 'in session 0')
      await talk.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionId: 0, sessionEpoch: -7, topics: [] }, 'in a negative epoch')
    },
  },
  {
    name: 'ListOffsets',
    run: async (talk) => {
      const topic = await filled(talk)
      const empty = await talk.topic()
      for (let version = 1; version <= 11; version++) {
        for (const timestamp of [-1, -2, T0 + 3000]) await at(talk, topic, timestamp, `${timestamp}`, { version })
        for (const timestamp of [-3, -4, -5, -6, -7]) await at(talk, topic, timestamp, `${timestamp}`, { version })
      }
      for (const timestamp of [-1, -2, -3, T0]) await at(talk, empty, timestamp, `${timestamp} of an empty one`)
      await at(talk, topic, T0 + 3500, 'between two records')
      await at(talk, topic, T0 + 999_999, 'after all records')
      await at(talk, topic, 0, 'the beginning of time')
      await at(talk, topic, -1, 'committed', { isolationLevel: 1 })
      await at(talk, topic, -1, 'of an unknown partition', { partition: 9 })
      await at(talk, { name: 'no-such-topic', id: UNKNOWN_ID }, -1, 'of an unknown topic')
      await at(talk, topic, -1, 'in the right epoch', { currentLeaderEpoch: 0 })
      await at(talk, topic, -1, 'in an epoch to come', { currentLeaderEpoch: 4 })
      await talk.ask(listOffsets, 7, { replicaId: -1, topics: [] }, 'of nothing')
      await talk.ask(listOffsets, 7, { replicaId: -1, topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp: -1 }, { partitionIndex: 0, timestamp: -2 }] }] }, 'of a partition twice')
    },
  },
  {
    name: 'OffsetForLeaderEpoch',
    run: async (talk) => {
      const topic = await filled(talk)
      const ends = (leaderEpoch: number, note: string, rest: { partition?: number; topic?: string; currentLeaderEpoch?: number; version?: number } = {}) =>
        talk.ask(offsetForLeaderEpoch, rest.version ?? 4, {
          replicaId: -1, topics: [{ topic: rest.topic ?? topic.name, partitions: [{ partition: rest.partition ?? 0, currentLeaderEpoch: rest.currentLeaderEpoch ?? -1, leaderEpoch }] }],
        }, note)
      for (const version of [2, 3, 4]) await ends(0, 'the present one', { version })
      await ends(1, 'one to come')
      await ends(-1, 'none')
      await ends(0, 'of an unknown partition', { partition: 9 })
      await ends(0, 'of an unknown topic', { topic: 'no-such-topic' })
      await ends(0, 'knowing of an epoch to come', { currentLeaderEpoch: 3 })
      await ends(0, 'knowing the present one', { currentLeaderEpoch: 0 })
    },
  },
  {
    name: 'DeleteRecords',
    run: async (talk) => {
      const topic = await filled(talk)
      const compacted = await filled(talk, { 'cleanup.policy': 'compact' })
      const remove = (offset: number, note: string, rest: { partitionIndex?: number; name?: string; version?: number } = {}) =>
        talk.ask(deleteRecords, rest.version ?? 2, { topics: [{ name: rest.name ?? topic.name, partitions: [{ partitionIndex: rest.partitionIndex ?? 0, offset }] }], timeoutMs: 10_000 }, note)
      for (const version of [0, 1, 2]) await remove(2, 'before 2', { version })
      await remove(1, 'before 1, once more')
      await read(talk, topic, 1, 'from before the beginning')
      await read(talk, topic, 2, 'from the beginning')
      await at(talk, topic, -2, 'the beginning')
      await remove(11, 'beyond the end')
      await remove(-2, 'before -2')
      await remove(0, 'of an unknown partition', { partitionIndex: 9 })
      await remove(0, 'of an unknown topic', { name: 'no-such-topic' })
      await remove(0, 'of a bad name', { name: 'a b' })
      await remove(5, 'of a compacted topic', { name: compacted.name })
      await remove(-1, 'all')
      await at(talk, topic, -2, 'the beginning')
      await at(talk, topic, T0, 'the first time')
      await write(talk, topic, batchOf(numbered(1)), 'after that')
      await talk.ask(deleteRecords, 2, { topics: [], timeoutMs: 10_000 }, 'of nothing')
    },
  },
]
