import { StreamsStatus, configure } from '../../../../lib/broker/groups/streams/streams-topology.ts'
import type { Configured, StreamsTopology, Subtopology, TopicInfo } from '../../../../lib/broker/groups/streams/streams-topology.ts'
import { FakeTopics } from '../../helpers/fake-topics.ts'

const internal = (name: string, partitions = 0): TopicInfo => ({ name, partitions, replicationFactor: 0, topicConfigs: [] })

const subtopology = (subtopologyId: string, rest: Partial<Subtopology>): Subtopology => ({
  subtopologyId, sourceTopics: [], sourceTopicRegex: [], stateChangelogTopics: [], repartitionSinkTopics: [], repartitionSourceTopics: [], copartitionGroups: [], ...rest,
})

const topology = (...subtopologies: Subtopology[]): StreamsTopology => ({ epoch: 0, subtopologies })

const missing = (configured: Configured): Record<string, number> => {
  if (configured.problem !== undefined) throw new Error(configured.problem.statusDetail)
  return Object.fromEntries(configured.missing.map(({ name, partitions }) => [name, partitions]))
}

const counting = topology(
  subtopology('0', { sourceTopics: ['in'], repartitionSinkTopics: ['again'] }),
  subtopology('1', { repartitionSourceTopics: [internal('again')], stateChangelogTopics: [internal('log')] }),
)

describe('a topology on a broker', () => {
  test('should give internal topics as many partitions as those have that feed them', () => {
    expect(missing(configure(counting, new FakeTopics({ in: 4 })))).toEqual({ again: 4, log: 4 })
    expect(configure(counting, new FakeTopics({ in: 4, again: 4 }))).toMatchObject({ subtopologies: [{ id: '0', tasks: 4 }, { id: '1', tasks: 4, changelogTopics: [{ partitions: 4 }] }] })
  })

  test('should keep the number that a repartition topic asks for', () => {
    const fixed = topology(counting.subtopologies[0]!, subtopology('1', { repartitionSourceTopics: [internal('again', 7)], stateChangelogTopics: [internal('log')] }))
    expect(missing(configure(fixed, new FakeTopics({ in: 4 })))).toEqual({ again: 7, log: 7 })
  })

  test('should let a repartition topic follow the source that it is joined with', () => {
    const joins = topology(
      subtopology('0', { sourceTopics: ['in'], repartitionSinkTopics: ['again'] }),
      subtopology('1', { sourceTopics: ['other'], repartitionSourceTopics: [internal('again')], copartitionGroups: [{ sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] }] }),
    )
    expect(missing(configure(joins, new FakeTopics({ in: 4, other: 6 })))).toEqual({ again: 6 })
  })

  test('should read the topics that match its patterns', () => {
    const read = topology(subtopology('0', { sourceTopicRegex: ['in-.*'] }))
    expect(configure(read, new FakeTopics({ 'in-a': 1, 'in-b': 3, out: 9 }))).toMatchObject({ subtopologies: [{ sourceTopics: ['in-a', 'in-b'], tasks: 3 }] })
  })

  test.each<[words: string, of: StreamsTopology, on: Record<string, number>, status: number, detail: string]>([
    ['lacks a source topic', counting, {}, StreamsStatus.MISSING_SOURCE_TOPICS, 'Source topics in are missing.'],
    [
      'finds an internal topic with other partitions', counting, { in: 4, log: 3 }, StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS,
      'Existing topic log has different number of partitions: expected 4, found 3',
    ],
    [
      'joins topics with different numbers of partitions',
      topology(subtopology('0', { sourceTopics: ['a', 'b'], copartitionGroups: [{ sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }] })), { a: 1, b: 2 },
      StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS, 'Following topics do not have the same number of partitions: [a, b]',
    ],
    [
      'reads what nobody writes', topology(subtopology('0', { repartitionSourceTopics: [internal('again')] })), {}, StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS,
      'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
    ],
    [
      'feeds itself', topology(subtopology('0', { repartitionSourceTopics: [internal('again')], repartitionSinkTopics: ['again'] })), {}, StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS,
      'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
    ],
  ])('should say what is wrong when it %s', (_words, of, on, statusCode, statusDetail) => {
    expect(configure(of, new FakeTopics(on))).toEqual({ problem: { statusCode, statusDetail } })
  })
})
