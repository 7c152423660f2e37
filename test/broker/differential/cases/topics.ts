import {
  createPartitions, createTopics, deleteTopics, describeTopicPartitions, metadata,
} from '../../../../lib/protocol/index.ts'
import type { RequestInput } from '../../../../lib/protocol/index.ts'
import { eventually } from '../../helpers/topics.ts'
import type { Case, Conversation } from '../conversation.ts'

const NODE = 1
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const UNKNOWN_ID = 'abcdefghijklmnopqrstuw'

type Wish = RequestInput<typeof createTopics>['topics'][number]

const wish = (name: string, rest: Partial<Wish> = {}): Wish => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...rest })

/** Creates, in the newest version, and keeps the long list of settings out of it. */
const create = async (talk: Conversation, topics: readonly Wish[], note: string, validateOnly = false, version = 4): Promise<void> =>
  void (await talk.ask(createTopics, version, { topics, timeoutMs: 10_000, validateOnly }, note))

const ask = async (talk: Conversation, version: number, topics: RequestInput<typeof metadata>['topics'], note: string, allowAutoTopicCreation = false): Promise<void> =>
  void (await talk.ask(metadata, version, { topics, allowAutoTopicCreation, includeTopicAuthorizedOperations: version === 12 }, note))

/** Waits until a cluster knows that something is gone. */
const gone = (talk: Conversation, name: string): Promise<true> =>
  eventually(async () => {
    const { topics } = await (await talk.client()).request(metadata, 9, { topics: [{ name }], allowAutoTopicCreation: false })
    return topics[0]!.errorCode === 0 ? undefined : true
  })

export const topicCases: readonly Case[] = [
  {
    name: 'Metadata of topics that are and are not',
    run: async (talk) => {
      const { name, id } = await talk.topic(2)
      const missing = talk.name('missing')
      for (let version = 1; version <= 13; version++) {
        await ask(talk, version, [{ name, topicId: NO_ID }], 'of a topic')
        await ask(talk, version, [], 'of none')
        // Before version 4 whoever asks for a topic creates it.
        if (version >= 4) await ask(talk, version, [{ name: missing, topicId: NO_ID }], 'of an unknown topic')
        if (version >= 4) await ask(talk, version, [{ name: 'not a name', topicId: NO_ID }, { name: '', topicId: NO_ID }], 'of bad names', true)
        if (version >= 12) await ask(talk, version, [{ name: undefined, topicId: id }], 'by id')
        if (version >= 12) await ask(talk, version, [{ name: undefined, topicId: UNKNOWN_ID }], 'by unknown id')
      }
      await ask(talk, 12, [{ name, topicId: NO_ID }, { name, topicId: NO_ID }], 'of the same topic twice')
      await ask(talk, 12, [{ name, topicId: id }], 'by name and id')
      await talk.ask(metadata, 8, { topics: [], includeClusterAuthorizedOperations: true }, 'with operations')
    },
  },
  {
    name: 'CreateTopics in every version',
    run: async (talk) => {
      await talk.everyVersion(createTopics, () => ({ topics: [wish(talk.name('new'), { numPartitions: 2 })], timeoutMs: 10_000, validateOnly: true }), 'checked')
      await talk.ask(createTopics, 4, { topics: [wish(talk.name('new'), { numPartitions: -1, replicationFactor: -1 })], timeoutMs: 10_000, validateOnly: true }, 'by default')
      for (const version of [2, 4]) await create(talk, [wish(talk.name('new'), { numPartitions: 2 })], 'created', false, version)
    },
  },
  {
    name: 'CreateTopics that cannot be',
    run: async (talk) => {
      const existing = await talk.topic()
      const one = (rest: Partial<Wish>, note: string): Promise<void> => create(talk, [wish(talk.name('new'), rest)], note)
      await create(talk, [wish(existing.name)], 'exists')
      await create(talk, [wish(existing.name)], 'exists, checked', true)
      await create(talk, [wish('')], 'no name')
      await create(talk, [wish('.')], 'a dot')
      await create(talk, [wish('a b')], 'a blank')
      await create(talk, [wish('x'.repeat(250))], 'too long')
      await one({ numPartitions: 0 }, 'no partitions')
      await one({ numPartitions: -2 }, 'fewer than no partitions')
      await one({ replicationFactor: 0 }, 'no replicas')
      await one({ replicationFactor: -2 }, 'fewer than no replicas')
      await one({ replicationFactor: 5 }, 'too many replicas')
      await one({ configs: [{ name: 'no.such.config', value: '1' }] }, 'an unknown setting')
      await one({ configs: [{ name: 'retention.ms', value: 'soon' }] }, 'a bad value')
      await one({ configs: [{ name: 'retention.ms', value: '-5' }] }, 'a value out of range')
      await one({ configs: [{ name: 'retention.ms', value: undefined }] }, 'no value')
      await one({ configs: [{ name: '', value: 'x' }] }, 'a setting without a name')
      await one({ configs: [{ name: 'cleanup.policy', value: '' }] }, 'an empty policy')
      await one({ configs: [{ name: 'cleanup.policy', value: 'burn' }] }, 'a bad policy')
      await one({ configs: [{ name: 'min.insync.replicas', value: '0' }] }, 'no replicas in sync')
      await one({ configs: [{ name: 'segment.bytes', value: '13' }] }, 'a tiny segment')
      await one({ configs: [{ name: 'retention.ms', value: '1000' }, { name: 'retention.ms', value: '2000' }] }, 'a setting twice')
      await one({ configs: [{ name: 'compression.type', value: 'gzip' }, { name: 'compression.gzip.level', value: '99' }] }, 'a bad level')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [NODE] }] }, 'assigned')
      await one({ numPartitions: 1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [NODE] }] }, 'assigned and counted')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [NODE] }] }, 'assigned with a gap')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [] }] }, 'assigned to nobody')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [NODE, NODE] }] }, 'assigned to one twice')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [77] }] }, 'assigned to an unknown broker')
      await one({ numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [NODE] }, { partitionIndex: 0, brokerIds: [NODE] }] }, 'assigned twice')
      const twice = talk.name('new')
      await create(talk, [wish(twice), wish(twice)], 'twice in one request')
      await create(talk, [], 'nothing')
      const [dotted, underscored] = [`${existing.name}.x`, `${existing.name}_x`]
      await create(talk, [wish(dotted)], 'with a dot')
      await create(talk, [wish(underscored)], 'colliding')
    },
  },
  {
    name: 'DeleteTopics',
    run: async (talk) => {
      for (let version = 1; version <= 6; version++) {
        const { name } = await talk.topic()
        await talk.ask(deleteTopics, version, { topicNames: [name], topics: [{ name, topicId: NO_ID }], timeoutMs: 10_000 })
        await gone(talk, name)
        await talk.ask(deleteTopics, version, { topicNames: [name], topics: [{ name, topicId: NO_ID }], timeoutMs: 10_000 }, 'again')
      }
      const { name, id } = await talk.topic()
      await talk.ask(deleteTopics, 6, { topics: [{ name: undefined, topicId: UNKNOWN_ID }], timeoutMs: 10_000 }, 'by unknown id')
      await talk.ask(deleteTopics, 6, { topics: [{ name: undefined, topicId: NO_ID }], timeoutMs: 10_000 }, 'by no id')
      await talk.ask(deleteTopics, 6, { topics: [{ name, topicId: id }], timeoutMs: 10_000 }, 'by name and id')
      await talk.ask(deleteTopics, 6, { topics: [{ name, topicId: NO_ID }, { name: undefined, topicId: id }], timeoutMs: 10_000 }, 'by name, and by id')
      await talk.ask(deleteTopics, 6, { topics: [{ name: 'a b', topicId: NO_ID }, { name: '', topicId: NO_ID }], timeoutMs: 10_000 }, 'of bad names')
      await talk.ask(deleteTopics, 6, { topics: [], timeoutMs: 10_000 }, 'of nothing')
      const other = await talk.topic()
      await talk.ask(deleteTopics, 5, { topicNames: [other.name, other.name], timeoutMs: 10_000 }, 'twice in one request')
      const last = await talk.topic()
      await talk.ask(deleteTopics, 6, { topics: [{ name: undefined, topicId: last.id }], timeoutMs: 10_000 }, 'by id')
    },
  },
  {
    name: 'CreatePartitions',
    run: async (talk) => {
      const { name } = await talk.topic(2)
      const more = (count: number, note: string, rest: { topic?: string; assignments?: { brokerIds: number[] }[]; validateOnly?: boolean; version?: number } = {}) =>
        talk.ask(createPartitions, rest.version ?? 3, { topics: [{ name: rest.topic ?? name, count, assignments: rest.assignments }], timeoutMs: 10_000, validateOnly: rest.validateOnly ?? false }, note)
      for (let version = 0; version <= 3; version++) await more(3, 'checked', { validateOnly: true, version })
      await more(2, 'as many')
      await more(1, 'fewer')
      await more(0, 'none')
      await more(-1, 'fewer than none')
      await more(3, 'of an unknown topic', { topic: 'no-such-topic' })
      await more(3, 'of a bad name', { topic: 'a b' })
      await more(3, 'with an empty assignment', { assignments: [] })
      await more(3, 'with too many assignments', { assignments: [{ brokerIds: [NODE] }, { brokerIds: [NODE] }] })
      await more(3, 'assigned to nobody', { assignments: [{ brokerIds: [] }] })
      await more(3, 'assigned to one twice', { assignments: [{ brokerIds: [NODE, NODE] }] })
      await more(3, 'assigned to an unknown broker', { assignments: [{ brokerIds: [77] }] })
      await more(3, 'assigned', { assignments: [{ brokerIds: [NODE] }] })
      await talk.ask(createPartitions, 3, { topics: [{ name, count: 9, assignments: undefined }, { name, count: 8, assignments: undefined }], timeoutMs: 10_000, validateOnly: true }, 'twice in one request')
      await talk.ask(createPartitions, 3, { topics: [], timeoutMs: 10_000, validateOnly: true }, 'of nothing')
    },
  },
  {
    name: 'DescribeTopicPartitions',
    run: async (talk) => {
      const topic = await talk.topic(5)
      const describe = (names: readonly string[], note: string, rest: Partial<RequestInput<typeof describeTopicPartitions>> = {}) =>
        talk.ask(describeTopicPartitions, 0, { topics: names.map((name) => ({ name })), ...rest }, note)
      await describe([topic.name], 'of one')
      await describe(['no-such-topic'], 'of an unknown one')
      await describe([topic.name], 'two at a time', { responsePartitionLimit: 2 })
      await describe([topic.name], 'the next two', { responsePartitionLimit: 2, cursor: { topicName: topic.name, partitionIndex: 2 } })
      await describe([topic.name], 'the last', { responsePartitionLimit: 2, cursor: { topicName: topic.name, partitionIndex: 4 } })
      await describe([topic.name], 'from beyond the end', { cursor: { topicName: topic.name, partitionIndex: 9 } })
      await describe([topic.name], 'from a negative partition', { cursor: { topicName: topic.name, partitionIndex: -1 } })
      await describe([topic.name], 'none at a time', { responsePartitionLimit: 0 })
      await describe([topic.name, topic.name], 'of one twice')
      await describe([topic.name], 'from a topic that is not asked for', { cursor: { topicName: 'zzz', partitionIndex: 0 } })
    },
  },
]
