import {
  addOffsetsToTxn, addPartitionsToTxn, describeProducers, describeTransactions, endTxn, initProducerId, listTransactions, produce, txnOffsetCommit, writeTxnMarkers,
} from '../../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../../lib/protocol/index.ts'
import { batchOf, numbered } from '../../helpers/batches.ts'
import { isRealKafka } from '../../helpers/broker-under-test.ts'
import type { TestTopic } from '../../helpers/topics.ts'
import type { Case, Conversation } from '../conversation.ts'

type Init = RequestInput<typeof initProducerId>

const init = (talk: Conversation, transactionalId: string | undefined, note: string, options: Partial<Init> & { version?: number } = {}): Promise<ResponseOf<typeof initProducerId> | undefined> => {
  const { version = 5, ...rest } = options
  return talk.ask(initProducerId, version, { transactionalId, transactionTimeoutMs: 60_000, ...rest }, note)
}

const begun = async (talk: Conversation): Promise<{ transactionalId: string; producerId: number; producerEpoch: number }> => {
  const transactionalId = talk.name('txn')
  const client = await talk.client()
  for (;;) {
    const { errorCode, producerId, producerEpoch } = await client.request(initProducerId, 5, { transactionalId, transactionTimeoutMs: 60_000 })
    if (errorCode === 0) return { transactionalId, producerId, producerEpoch }
    if (!isRealKafka) throw new Error(`InitProducerId: ${errorCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

interface Owner {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

const add = (talk: Conversation, { transactionalId, producerId, producerEpoch }: Owner, topic: string, partitions: readonly number[], note: string, version = 3, verifyOnly = false) =>
  talk.ask(addPartitionsToTxn, version, {
    v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: [{ name: topic, partitions }],
    transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly, topics: [{ name: topic, partitions }] }],
  }, note)

const end = (talk: Conversation, owner: Owner, committed: boolean, note: string, version = 3) => talk.ask(endTxn, version, { ...owner, committed }, note)

const write = (talk: Conversation, { transactionalId, producerId, producerEpoch }: Owner, { name, id }: TestTopic, baseSequence: number, note: string, version = 9) =>
  talk.ask(produce, version, {
    transactionalId, acks: -1, timeoutMs: 10_000,
    topicData: [{ name, topicId: id, partitionData: [{ index: 0, records: batchOf(numbered(2), { producerId, producerEpoch, baseSequence, transactional: true }) }] }],
  }, note)

const settled = async (talk: Conversation, transactionalId: string): Promise<void> => {
  const client = await talk.client()
  for (;;) {
    const { transactionStates } = await client.request(describeTransactions, 0, { transactionalIds: [transactionalId] })
    if (!transactionStates[0]!.transactionState.startsWith('Prepare')) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const transactionCases: readonly Case[] = [
  {
    name: 'InitProducerId',
    run: async (talk) => {
      if (isRealKafka) await begun(talk)
      await talk.everyVersion(initProducerId, { transactionalId: undefined, transactionTimeoutMs: 60_000 }, 'idempotent')
      const id = talk.name('txn')
      for (let version = 0; version <= 5; version++) await init(talk, id, 'transactional', { version })
      for (const version of [2, 5]) {
        await init(talk, '', 'with an empty id', { version })
        await init(talk, id, 'with no time-out', { version, transactionTimeoutMs: 0 })
        await init(talk, id, 'with a negative time-out', { version, transactionTimeoutMs: -1 })
        await init(talk, id, 'with a long time-out', { version, transactionTimeoutMs: 2_000_000_000 })
      }
      const { producerId, producerEpoch } = (await init(talk, id, 'once more'))!
      await init(talk, id, 'with its id and epoch', { producerId, producerEpoch })
      await init(talk, id, 'with the epoch before', { producerId, producerEpoch })
      await init(talk, id, 'with an old epoch', { producerId, producerEpoch: 0 })
      await init(talk, id, 'with an old epoch', { producerId, producerEpoch: 0, version: 3 })
      await init(talk, id, 'with an epoch to come', { producerId, producerEpoch: 99 })
      await init(talk, id, 'with another id', { producerId: producerId + 100_000, producerEpoch: 0 })
      await init(talk, id, 'with an id alone', { producerId, producerEpoch: -1 })
      await init(talk, id, 'with an epoch alone', { producerId: -1, producerEpoch: 0 })
      await init(talk, undefined, 'idempotent, with id and epoch', { producerId, producerEpoch: 3 })
    },
  },
  {
    name: 'a transaction of the old protocol',
    run: async (talk) => {
      const owner = await begun(talk)
      const topic = await talk.topic(2)
      await write(talk, owner, topic, 0, 'before the partition is added')
      await write(talk, owner, topic, 0, 'before the partition is added', 11)
      for (let version = 0; version <= 3; version++) await add(talk, owner, topic.name, [0], 'a partition', version)
      for (let version = 4; version <= 5; version++) await add(talk, owner, topic.name, [1], 'a partition', version)
      await add(talk, owner, topic.name, [0], 'verified', 4, true)
      await write(talk, owner, topic, 0, 'written')
      await talk.ask(describeTransactions, 0, { transactionalIds: [owner.transactionalId] })
      await talk.ask(describeProducers, 0, { topics: [{ name: topic.name, partitionIndexes: [0, 1, 9] }, { name: 'no-such-topic', partitionIndexes: [0] }] })
      await add(talk, { ...owner, producerEpoch: 7 }, topic.name, [0], 'with another epoch')
      await add(talk, { ...owner, producerEpoch: 7 }, topic.name, [0], 'with another epoch', 1)
      await add(talk, { ...owner, producerId: owner.producerId + 100_000 }, topic.name, [0], 'with another producer id')
      await add(talk, { ...owner, transactionalId: talk.name('txn') }, topic.name, [0], 'with an unknown id')
      await add(talk, { ...owner, transactionalId: '' }, topic.name, [0], 'with an empty id')
      await add(talk, owner, 'no-such-topic', [0], 'an unknown topic')
      await add(talk, owner, topic.name, [0, 9], 'an unknown partition')
      for (let version = 0; version <= 4; version++) await talk.ask(addOffsetsToTxn, version, { ...owner, groupId: talk.name('group') })
      await talk.ask(addOffsetsToTxn, 4, { ...owner, groupId: '' }, 'of no group')
      await talk.ask(addOffsetsToTxn, 4, { ...owner, producerEpoch: 7, groupId: 'g' }, 'with another epoch')
      await end(talk, { ...owner, producerEpoch: 7 }, true, 'with another epoch')
      await end(talk, { ...owner, producerEpoch: 7 }, true, 'with another epoch', 1)
      await end(talk, { ...owner, producerId: owner.producerId + 100_000 }, true, 'with another producer id')
      await end(talk, { ...owner, transactionalId: talk.name('txn') }, true, 'with an unknown id')
      await end(talk, { ...owner, transactionalId: '' }, true, 'with an empty id')
      await end(talk, owner, true, 'committed')
      await settled(talk, owner.transactionalId)
      await end(talk, owner, true, 'committed again')
      await end(talk, owner, false, 'aborted after that')
      await talk.ask(describeTransactions, 0, { transactionalIds: [owner.transactionalId] }, 'afterwards')
      await write(talk, owner, topic, 2, 'after the end')
      await write(talk, owner, topic, 2, 'after the end', 11)
    },
  },
  {
    name: 'a transaction of the new protocol',
    run: async (talk) => {
      const owner = await begun(talk)
      const topic = await talk.topic(1)
      await end(talk, owner, true, 'committed before it began', 5)
      await write(talk, owner, topic, 0, 'written', 12)
      await write(talk, owner, topic, 2, 'written', 13)
      await talk.ask(describeTransactions, 0, { transactionalIds: [owner.transactionalId] })
      const raised = (await end(talk, owner, true, 'committed', 5))!
      await settled(talk, owner.transactionalId)
      await end(talk, owner, true, 'committed again', 5)
      await end(talk, owner, false, 'aborted after that', 5)
      const next = { ...owner, producerEpoch: raised.producerEpoch }
      await write(talk, owner, topic, 4, 'with the epoch before', 12)
      await write(talk, next, topic, 3, 'not from 0', 12)
      await write(talk, next, topic, 0, 'from 0', 12)
      await end(talk, next, false, 'aborted', 5)
      await settled(talk, owner.transactionalId)
      await end(talk, { ...next, producerEpoch: next.producerEpoch + 1 }, false, 'aborted with nothing in it', 5)
      await settled(talk, owner.transactionalId)
      await talk.ask(describeTransactions, 0, { transactionalIds: [owner.transactionalId] }, 'afterwards')
    },
  },
  {
    name: 'offsets in transactions',
    run: async (talk) => {
      const owner = await begun(talk)
      const topic = await talk.topic(1)
      const groupId = talk.name('group')
      const commit = (version: number, note: string, options: Partial<RequestInput<typeof txnOffsetCommit>> & { topic?: string; metadata?: string } = {}) => {
        const { topic: name = topic.name, metadata, ...rest } = options
        return talk.ask(txnOffsetCommit, version, {
          ...owner, groupId, generationId: -1, memberId: '', topics: [{ name, partitions: [{ partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, committedMetadata: metadata }] }], ...rest,
        }, note)
      }
      await commit(3, 'before the group is added')
      await commit(4, 'before the group is added')
      await talk.ask(addOffsetsToTxn, 3, { ...owner, groupId })
      for (let version = 0; version <= 5; version++) await commit(version, '')
      await commit(3, 'of a generation', { generationId: 3 })
      await commit(3, 'of an unknown member', { memberId: 'nobody' })
      await commit(3, 'of a member in a generation', { memberId: 'nobody', generationId: 3 })
      await commit(3, 'of an unknown instance', { groupInstanceId: 'unknown' })
      await commit(3, 'to an unknown topic', { topic: 'no-such-topic' })
      await commit(3, 'with too much metadata', { metadata: 'x'.repeat(5000) })
      await commit(3, 'in no group', { groupId: '' })
      await commit(3, 'of another epoch', { producerEpoch: 7 })
      await commit(3, 'of another producer', { producerId: owner.producerId + 100_000 })
      await end(talk, owner, true, 'committed')
    },
  },
  {
    name: 'what is told of transactions',
    run: async (talk) => {
      const owner = await begun(talk)
      await talk.ask(describeTransactions, 0, { transactionalIds: [talk.name('txn'), '', owner.transactionalId] })
      await talk.ask(describeTransactions, 0, { transactionalIds: [] }, 'none')
      const list = (version: number, note: string, filters: Partial<RequestInput<typeof listTransactions>>) =>
        talk.ask(listTransactions, version, { stateFilters: [], producerIdFilters: [owner.producerId], ...filters }, note)
      for (let version = 0; version <= 2; version++) await list(version, '', {})
      await list(2, 'in a state', { stateFilters: ['Empty'] })
      await list(2, 'in another state', { stateFilters: ['Ongoing'] })
      await list(2, 'in an unknown state', { stateFilters: ['NoSuchState', 'Empty'] })
      await list(2, 'in unknown states alone', { stateFilters: ['NoSuchState'] })
      await list(2, 'by a pattern', { transactionalIdPattern: '.*' })
      await list(2, 'by a pattern that does not match', { transactionalIdPattern: 'no-such-.*' })
      await list(2, 'by a bad pattern', { transactionalIdPattern: '[' })
      await list(2, 'by an empty pattern', { transactionalIdPattern: '' })
      await list(1, 'for long', { durationFilter: 1_000_000 })
      await list(1, 'for no time', { durationFilter: 0 })
      await list(1, 'for less than no time', { durationFilter: -5 })
    },
  },
  {
    name: 'WriteTxnMarkers',
    run: async (talk) => {
      const topic = await talk.topic()
      const mark = (version: number, note: string, options: { producerId: number; producerEpoch?: number; name?: string; partition?: number; coordinatorEpoch?: number }) =>
        talk.ask(writeTxnMarkers, version, {
          markers: [{
            producerId: options.producerId, producerEpoch: options.producerEpoch ?? 0, transactionResult: false, coordinatorEpoch: options.coordinatorEpoch ?? 0,
            topics: [{ name: options.name ?? topic.name, partitionIndexes: [options.partition ?? 0] }],
          }],
        }, note)
      const owner = await begun(talk)
      for (const version of [1, 2]) await mark(version, 'of a producer without a transaction', owner)
      await mark(1, 'to an unknown partition', { ...owner, partition: 9 })
      await mark(1, 'to an unknown topic', { ...owner, name: 'no-such-topic' })
      await write(talk, owner, topic, 0, 'written', 12)
      await mark(1, 'of the transaction', owner)
      await mark(1, 'of a newer epoch', { ...owner, producerEpoch: 5 })
      await mark(1, 'of the epoch before', owner)
      await talk.ask(writeTxnMarkers, 1, { markers: [] }, 'none')
    },
  },
]
